// Starts the real program on free ports and a state folder of its own. See README.md.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { atExit, freePort, pidAlive, sleep, until } from "./proc.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const BIN = process.env.CAMP_BIN ?? path.join(process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build"), "camp");

// Servers still running when the tests end by themselves or by Ctrl-C.
const running = new Set();
atExit(() => {
	for (const child of running) child.kill("SIGTERM");
});

// What the tests' own surroundings set must not steer the server under test.
function cleanEnvironment() {
	const env = { ...process.env };
	for (const name of Object.keys(env))
		if (name.startsWith("CAMP_") || name.startsWith("DATABASE_URL")) delete env[name];
	return env;
}

/** A client with the names and encodings of a built one, for tests of HTTP alone. */
export function makeStandInClient(dir) {
	mkdirSync(path.join(dir, "assets"), { recursive: true });
	const script = Buffer.from(Array.from({ length: 320 }, (_, i) => `export const value${i} = ${i * 7919 % 1000};`).join("\n"));
	const files = {
		"app.html": Buffer.from(`<!doctype html><title>camp</title><p>${"participant app ".repeat(40)}</p>`),
		"cohort.html": Buffer.from(`<!doctype html><title>camp</title><p>${"cohort page ".repeat(40)}</p>`),
		"models.html": Buffer.from(`<!doctype html><title>camp</title><p>${"models page ".repeat(40)}</p>`),
		"assets/app.0A1B2C3D.js": script,
		"favicon.svg": Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
	};
	for (const [name, data] of Object.entries(files)) {
		writeFileSync(path.join(dir, name), data);
		writeFileSync(path.join(dir, `${name}.gz`), zlib.gzipSync(data));
		writeFileSync(path.join(dir, `${name}.br`), zlib.brotliCompressSync(data));
	}
	return dir;
}

function webDir(client, stateDir) {
	const built = path.join(ROOT, "web/dist");
	if (client === "real" || (client === "auto" && existsSync(path.join(built, "app.html")))) return built;
	return makeStandInClient(path.join(stateDir, "client"));
}

// The pid of a private cluster below the state folder that outlived its server.
function postmasterPid(stateDir) {
	for (const entry of readdirSync(stateDir, { withFileTypes: true, recursive: false })) {
		const file = path.join(stateDir, entry.name, "postmaster.pid");
		if (entry.isDirectory() && existsSync(file)) return Number(readFileSync(file, "utf8").split("\n")[0]);
	}
	return 0;
}

async function stopLeftCluster(stateDir) {
	const pid = postmasterPid(stateDir);
	if (!pid || !pidAlive(pid)) return;
	process.kill(pid, "SIGINT");
	await until("PostgreSQL's end", 30000, () => !pidAlive(pid));
}

/**
 * Starts `camp serve`. Options:
 *   demo      seed the demo organisation (default false)
 *   env       variables of the server; CAMP_*, DATABASE_URL
 *   args      more flags
 *   client    "auto" (web/dist, or a stand-in when it is not built), "real", "stand-in"
 *   stateDir  use and keep this folder
 *   timeoutMs until it must be ready (60 s)
 */
export async function startServer({ demo = false, env = {}, args = [], client = "auto", stateDir: givenDir, timeoutMs = 60000 } = {}) {
	const stateDir = givenDir ?? mkdtempSync(path.join(tmpdir(), "camp-test-"));
	chmodSync(stateDir, 0o711); // PostgreSQL runs as another user when root tests
	const port = Number(env.CAMP_PORT ?? await freePort());
	let adminPort = Number(env.CAMP_ADMIN_PORT ?? await freePort());
	while (adminPort === port) adminPort = await freePort();
	const settings = {
		...cleanEnvironment(),
		CAMP_STATE_DIR: stateDir,
		CAMP_WEB_DIR: webDir(client, stateDir),
		CAMP_TASKS_DIR: path.join(ROOT, "tasks"),
		CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"),
		CAMP_OPENAPI_FILE: path.join(ROOT, "server/openapi.yaml"),
		CAMP_MODEL: path.join(ROOT, "models/default/model.safetensors"),
		...env,
		CAMP_PORT: String(port),
		CAMP_ADMIN_PORT: String(adminPort),
	};
	const flags = ["serve", ...(demo ? ["--demo"] : []), ...args];
	let child = null;
	let ended = null; // promise of {code, signal} of the present child
	let stderr = "";
	let stdout = "";

	const server = {
		url: `http://127.0.0.1:${port}`,
		adminUrl: `http://127.0.0.1:${adminPort}`,
		port, adminPort, stateDir,
		get pid() { return child?.pid; },
		/** Lines of stderr so far, of all starts. */
		log: () => stderr.split("\n").filter(Boolean),
		/** What was printed to stdout so far. */
		output: () => stdout,

		async start() {
			child = spawn(BIN, flags, { env: settings, stdio: ["ignore", "pipe", "pipe"] });
			const mine = child;
			running.add(mine);
			mine.stderr.on("data", (part) => {
				stderr += part;
				if (process.env.CAMP_TEST_VERBOSE) process.stderr.write(part);
			});
			mine.stdout.on("data", (part) => { stdout += part; });
			let outcome = null;
			ended = new Promise((resolve) => {
				mine.on("error", (error) => { outcome = { error }; resolve(outcome); });
				mine.on("close", (code, signal) => { outcome = { code, signal }; resolve(outcome); });
			});
			ended.then(() => running.delete(mine));
			await until("the server's readiness", timeoutMs, async () => {
				if (outcome) throw new Error(`the server ended at its start (${outcome.error ?? outcome.code ?? outcome.signal}):\n${stderr.slice(-3000)}`);
				return fetch(`${server.adminUrl}/readyz`).then((answer) => answer.ok, () => false);
			});
			if (demo) {
				server.demo = JSON.parse(readFileSync(path.join(stateDir, "demo.json"), "utf8"));
				server.joinCode = server.demo.join_code;
				server.joinUrl = server.demo.join_url;
				server.cohortUrl = server.demo.cohort_url;
			}
		},

		/** Sends a signal and resolves to {code, signal} once the server has ended. */
		async end(signal = "SIGTERM") {
			if (!child) return { code: 0, signal: null };
			const timer = setTimeout(() => child.kill("SIGKILL"), 30000);
			child.kill(signal);
			const outcome = await ended;
			clearTimeout(timer);
			child = null;
			return outcome;
		},

		async reload() {
			const before = server.log().length;
			child.kill("SIGHUP");
			await until("the reload", 10000, () => server.log().slice(before).some((line) => line.includes("reload")));
		},

		async restart() {
			await server.end("SIGTERM");
			await server.start();
		},

		/** The server only; its private PostgreSQL goes on, as after a crash. */
		kill9: () => server.end("SIGKILL"),

		async stop({ keep = givenDir !== undefined } = {}) {
			const outcome = await server.end("SIGTERM");
			await stopLeftCluster(stateDir);
			if (!keep) rmSync(stateDir, { recursive: true, force: true });
			// A sanitizer's finding shows as the status of a clean end, at the latest.
			if (outcome.code !== 0 && outcome.signal === null)
				throw new Error(`the server ended with status ${outcome.code}:\n${stderr.slice(-6000)}`);
			return outcome;
		},
	};
	try {
		await server.start();
	} catch (error) {
		await server.end("SIGTERM");
		await stopLeftCluster(stateDir);
		if (givenDir === undefined) rmSync(stateDir, { recursive: true, force: true });
		throw error;
	}
	return server;
}

/** Runs camp to its end: {code, signal, stdout, stderr}. */
export function runCamp(args, { env = {}, timeoutMs = 30000 } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(BIN, args, { env: { ...cleanEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
		const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
		let stdout = "";
		let stderr = "";
		child.stdout.on("data", (part) => { stdout += part; });
		child.stderr.on("data", (part) => { stderr += part; });
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			resolve({ code, signal, stdout, stderr });
		});
	});
}

export { sleep, until };
