// Runs one verb of the program to its end.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BIN, ROOT } from "./server.mjs";

/**
 * runVerb(["export", "trials"], {env, onSpawn}) resolves to {status, signal, stdout, stderr}.
 * Settings of the tests' own surroundings do not reach it; onSpawn(child) may signal it.
 */
export function runVerb(args, { env = {}, onSpawn, timeoutMs = 120000, binary = false } = {}) {
	const clean = Object.fromEntries(Object.entries(process.env)
		.filter(([name]) => !name.startsWith("CAMP_") && !name.startsWith("DATABASE_URL")));
	const settings = {
		...clean,
		CAMP_TASKS_DIR: path.join(ROOT, "tasks"),
		CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"),
		...env,
	};
	return new Promise((resolve, reject) => {
		const child = spawn(BIN, args, { env: settings, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
		const parts = [];
		let stderr = "";
		child.stdout.on("data", (part) => parts.push(part));
		child.stderr.on("data", (part) => { stderr += part; });
		child.on("error", reject);
		child.on("close", (status, signal) => {
			const stdout = Buffer.concat(parts);
			resolve({ status, signal, stdout: binary ? stdout : stdout.toString(), stderr });
		});
		onSpawn?.(child);
	});
}

/** A folder for one test file, removed when its process ends. file(name, text) writes in it. */
export function makeFolder() {
	const dir = mkdtempSync(path.join(tmpdir(), "camp-cli-"));
	process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
	return {
		dir,
		file(name, data) {
			const full = path.join(dir, name);
			writeFileSync(full, data);
			return full;
		},
	};
}

/** CSV text as objects by column name; for tests only: quotes are honoured, lines end in LF. */
export function parseCsv(text) {
	const rows = [];
	let row = [""];
	for (let i = 0, quoted = false; i < text.length; i++) {
		const c = text[i];
		if (c === '"' && quoted && text[i + 1] === '"') row[row.length - 1] += text[++i];
		else if (c === '"') quoted = !quoted;
		else if (c === "," && !quoted) row.push("");
		else if (c === "\n" && !quoted) {
			rows.push(row);
			row = [""];
		} else row[row.length - 1] += c;
	}
	const [header, ...data] = rows;
	return data.map((fields) => Object.fromEntries(header.map((name, i) => [name, fields[i]])));
}
