// What both benches share: the load generator, medians, tables.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const BUILD = process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build");

const command = (file, args, options = {}) =>
	new Promise((resolve) => {
		execFile(file, args, { maxBuffer: 1 << 24, ...options }, (error, stdout, stderr) =>
			resolve({ code: error ? (error.code ?? -1) : 0, stdout, stderr }));
	});

/** tests/bench/<name>, built when it is not there. */
export async function benchProgram(name) {
	const program = path.join(BUILD, "tests/bench", name);
	const made = await command("make", ["-s", "-C", BUILD, `tests/bench/${name}`]);
	if (made.code !== 0 && !existsSync(program))
		throw new Error(`cannot build tests/bench/${name}: ${made.stderr.trim()}`);
	return program;
}

/** The load generator. */
export const loadProgram = () => benchProgram("load");

/** One run of the load generator: its JSON. Failed requests are in it, not thrown. */
export async function load(program, options) {
	const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const { code, stdout, stderr } = await command(program, args);
	if (stdout === "") throw new Error(`load ended with ${code}: ${stderr.trim()}`);
	return JSON.parse(stdout);
}

/** What went wrong in a run, in words; [] for a clean one. */
export function loadFaults(name, r) {
	const faults = [];
	if (r.stalled) faults.push(`${name}: ${r.unanswered} requests were never answered`);
	if (r.broken > 0) faults.push(`${name}: ${r.broken} connections lost in a request`);
	if (r.wrong > 0) faults.push(`${name}: ${r.wrong} answers did not say what they should`);
	for (const [status, n] of Object.entries(r.status))
		if (status !== "200") faults.push(`${name}: status ${status} ${n} times`);
	return faults;
}

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** {key: median over the runs} of every numeric key of the first run. */
export function medians(runs) {
	const keys = Object.keys(runs[0]).filter((key) => typeof runs[0][key] === "number");
	return Object.fromEntries(keys.map((key) => [key, median(runs.map((run) => run[key]))]));
}

/** A number at a glance: three figures or so. */
export function figure(value) {
	if (value >= 1000) return String(Math.round(value));
	if (value >= 100) return value.toFixed(0);
	return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function table(header, rows) {
	const line = (cells) => `| ${cells.join(" | ")} |\n`;
	return line(header) + line(header.map((_, i) => (i === 0 ? "---" : "---:"))) + rows.map(line).join("");
}

export const machine = () => ({
	cores: os.cpus().length,
	load_before: Number(os.loadavg()[0].toFixed(2)),
	node: process.version,
});
