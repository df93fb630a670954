// A throw-away PostgreSQL cluster on a unix socket, for tests that must stop, kill or
// measure PostgreSQL apart from the server. initdb refuses root, so root lends it a user.
//
//   const cluster = await createCluster({ settings: { shared_buffers: "256MB" } });
//   cluster.url("camp");            // for DATABASE_URL
//   await cluster.query("camp", "SELECT 1");
//   await cluster.kill9();          // the postmaster and all its children
//   await cluster.start();
//   await cluster.remove();
import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { atExit, childrenOf, cpuSeconds, pidAlive, until } from "./proc.mjs";

const run = promisify(execFile);
const MAX_BUFFER = 64 * 1024 * 1024;

function binaries() {
	const root = "/usr/lib/postgresql";
	const versions = existsSync(root) ? readdirSync(root).map(Number).filter(Boolean) : [];
	const found = versions.sort((a, b) => b - a).map((v) => `${root}/${v}/bin`)
		.find((dir) => existsSync(`${dir}/postgres`));
	return found ?? execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
}

// {name, uid, gid} that PostgreSQL runs as; ids absent: the present user.
function clusterUser() {
	if (process.getuid() !== 0) return { name: "postgres" };
	const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
	for (const wanted of ["camp-db", "postgres", "nobody"]) {
		const user = users.find((u) => u[0] === wanted);
		if (user) return { name: "postgres", uid: Number(user[2]), gid: Number(user[3]) };
	}
	throw new Error("no user for PostgreSQL: make one named camp-db");
}

/** SIGKILL to a postmaster and every child, none of which can fork in between. */
export async function kill9Tree(pid) {
	process.kill(pid, "SIGSTOP");
	const pids = [...childrenOf(pid), pid];
	for (const p of pids) {
		try { process.kill(p, "SIGKILL"); } catch { /* it ended by itself */ }
	}
	await until("PostgreSQL's end", 10000, () => !pids.some(pidAlive));
}

// After the end of a backend by force all of PostgreSQL recovers, which takes a moment.
const NOT_YET = /FATAL: +the database system is (starting up|in recovery mode|not yet accepting)/;
const RECOVERY_MS = 60000;

/** psql on the databases that url(name) leads to. */
function psqlOn(url) {
	const psql = `${binaries()}/psql`;
	const args = (database) => ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c"];
	return {
		/** Runs SQL; the rows as text, a line each, columns parted by "|". */
		async query(database, sql) {
			let rows = "";
			await until("PostgreSQL's recovery", RECOVERY_MS, async () => {
				try {
					rows = (await run(psql, [...args(database), sql], { maxBuffer: MAX_BUFFER })).stdout.trimEnd();
					return true;
				} catch (err) {
					if (NOT_YET.test(err.stderr)) return false; // refused before the SQL ran
					throw err;
				}
			});
			return rows;
		},

		/** A running psql whose stdout gives the rows of a query of one column, as they are. */
		copyOut(database, sql) {
			const copy = `COPY (${sql}) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')`;
			return spawn(psql, [...args(database), copy], { stdio: ["ignore", "pipe", "inherit"] });
		},
	};
}

/** The running private cluster of a server's state folder: {pid, query, copyOut}. */
export function privateCluster(stateDir) {
	const lines = () => readFileSync(path.join(stateDir, "postgres/postmaster.pid"), "utf8").split("\n");
	return {
		get pid() { return Number(lines()[0]); },
		...psqlOn((database) => `postgresql:///${database}?host=${encodeURIComponent(lines()[4])}&port=${lines()[3]}&user=camp`),
	};
}

/**
 * Makes and starts a cluster.
 *   settings  postgresql.conf values
 *   dir       its folder (default: a new temporary one)
 *   walDir    where to put pg_wal instead
 */
export async function createCluster({ settings = {}, dir, walDir } = {}) {
	const user = clusterUser();
	const bin = binaries();
	const as = user.uid === undefined ? {} : { uid: user.uid, gid: user.gid };
	const own = (folder) => {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
		return folder;
	};
	const home = own(dir ?? mkdtempSync(path.join(tmpdir(), "camp-pg-")));
	const data = path.join(home, "data");
	const port = 5432; // names the socket; nothing listens on TCP
	const initdb = ["-D", data, "-U", user.name, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
	if (walDir) initdb.push("--waldir", path.join(own(walDir), "wal"));
	await run(`${bin}/initdb`, initdb, { ...as, cwd: home });

	const options = {
		listen_addresses: "", unix_socket_directories: home, port, unix_socket_permissions: "0777",
		...settings,
	};
	const args = ["-D", data, ...Object.entries(options).flatMap(([k, v]) => ["-c", `${k}=${v}`])];
	const log = path.join(home, "log");
	let child = null;
	let ended = null;

	atExit(() => child?.kill("SIGINT"));

	const cluster = {
		home, data, log,
		url: (database) => `postgresql:///${database}?host=${encodeURIComponent(home)}&port=${port}&user=${user.name}`,
		get pid() { return child?.pid; },

		/** Starts the postmaster and waits until it takes connections. */
		async start({ timeoutMs = 60000 } = {}) {
			const out = openSync(log, "a");
			child = spawn(`${bin}/postgres`, args, { ...as, cwd: home, stdio: ["ignore", out, out] });
			closeSync(out);
			ended = new Promise((resolve) => child.on("exit", resolve));
			let gone = false;
			ended.then(() => { gone = true; });
			await until("PostgreSQL", timeoutMs, async () => {
				if (gone) throw new Error(`PostgreSQL ended at its start:\n${readFileSync(log, "utf8").slice(-2000)}`);
				return run(`${bin}/pg_isready`, ["-q", "-h", home, "-p", String(port)]).then(() => true, () => false);
			});
		},

		/** Stops cleanly, with a checkpoint. */
		async stop() {
			if (!child || child.exitCode !== null || child.signalCode !== null) return;
			child.kill("SIGINT");
			await ended;
		},

		/** SIGKILL to the postmaster and every child. */
		async kill9() {
			await kill9Tree(child.pid);
			await ended;
		},

		/** SIGKILL to one backend of a database; PostgreSQL then restarts all of them. */
		async kill9Backend(database, random) {
			const text = await cluster.query("postgres",
				`SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND backend_type = 'client backend' ORDER BY pid`);
			const pids = text.split("\n").filter(Boolean).map(Number);
			if (pids.length === 0) return false;
			process.kill(pids[Math.floor(random * pids.length)], "SIGKILL");
			return true;
		},

		/** CPU seconds of the postmaster and all its children, those that ended included. */
		cpuSeconds() {
			return cpuSeconds(child.pid, { exitedChildren: true }) +
				childrenOf(child.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
		},

		...psqlOn((database) => cluster.url(database)),
		createDatabase: (database) => cluster.query("postgres", `CREATE DATABASE "${database}"`),

		async remove() {
			await cluster.stop();
			rmSync(home, { recursive: true, force: true });
			if (walDir) rmSync(path.join(walDir, "wal"), { recursive: true, force: true });
		},
	};
	await cluster.start();
	return cluster;
}
