// What Linux knows of processes: CPU time, memory, children; and helpers to run them.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import net from "node:net";

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

// Fields of /proc/PID/stat from the third on; the second, the name, may hold blanks.
function stat(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "latin1");
		return text.slice(text.lastIndexOf(")") + 2).split(" ");
	} catch {
		return null; // it has ended
	}
}

/** Seconds of CPU that a process used; with its exited, waited-for children if asked. */
export function cpuSeconds(pid, { exitedChildren = false } = {}) {
	const f = stat(pid);
	if (!f) return 0;
	const [utime, stime, cutime, cstime] = f.slice(11, 15).map(Number);
	return (utime + stime + (exitedChildren ? cutime + cstime : 0)) / TICKS;
}

/** Ids of the present children of a process. */
export function childrenOf(pid) {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name) && stat(name)?.[1] === String(pid))
		.map(Number);
}

/** Bytes of memory: {now, peak} resident. */
export function rssBytes(pid) {
	const text = readFileSync(`/proc/${pid}/status`, "latin1");
	const kib = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0);
	return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
}

/** Starts the peak anew, so that a later rssBytes() tells that of one phase. */
export async function rssPeakReset(pid) {
	const { writeFile } = await import("node:fs/promises");
	await writeFile(`/proc/${pid}/clear_refs`, "5");
}

/** Seconds of CPU used on the whole machine since its start. */
export function machineBusySeconds() {
	const line = readFileSync("/proc/stat", "latin1").split("\n")[0].split(/\s+/);
	const [user, nice, system, , , irq, softirq] = line.slice(1).map(Number);
	return (user + nice + system + irq + softirq) / TICKS;
}

const exitWork = new Set();

/** Runs work when the tests end, be it by a time limit's signal: nothing stays behind. */
export function atExit(work) {
	if (exitWork.size === 0 && process.listenerCount("exit", runExitWork) === 0) {
		process.on("exit", runExitWork);
		for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.once(name, () => process.exit(1));
	}
	exitWork.add(work);
}

function runExitWork() {
	for (const work of exitWork) work();
}

export function pidAlive(pid) {
	const f = stat(pid);
	return f !== null && f[0] !== "Z";
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort() {
	return new Promise((resolve, reject) => {
		const server = net.createServer();
		server.on("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `try_` until it returns something true; throws `what` after `ms`. */
export async function until(what, ms, try_) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await try_();
		if (value) return value;
		if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
		await sleep(20);
	}
}

/**
 * Stops the children of a process in their tracks while work(thaw) runs; thaw() ends that
 * earlier. The process itself goes on: PostgreSQL's takes connections and answers none.
 */
export async function whileFrozen(pid, work) {
	const pids = childrenOf(pid);
	const signal = (name, list) => {
		for (const child of list) {
			try { process.kill(child, name); } catch { /* it has ended */ }
		}
	};
	const thaw = () => signal("SIGCONT", pids.splice(0));
	atExit(thaw);
	signal("SIGSTOP", pids);
	try {
		return await work(thaw);
	} finally {
		thaw();
		exitWork.delete(thaw);
	}
}
