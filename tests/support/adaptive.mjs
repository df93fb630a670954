// Adaptive difficulty's two builds, and how they are held against each other: to the bit.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./server.mjs";

const BUILD = process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build");

/** Sessions that the native program played; see tests/integration/adaptive/native.c. */
export function nativeSessions(trials, seed) {
	const program = path.join(BUILD, "tests/integration/adaptive/native");
	assert.ok(existsSync(program), `${program} is not built: make check-programs`);
	const run = spawnSync(program, [String(trials), String(seed)], { encoding: "utf8", maxBuffer: 1 << 28 });
	assert.equal(run.status, 0, run.stderr);
	return run.stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** Paths of the built client's module: its script and its WebAssembly. */
export function builtAdaptive() {
	const assets = path.join(ROOT, "web/dist/assets");
	const found = (pattern) => readdirSync(assets).find((name) => pattern.test(name));
	const script = found(/^adaptive\.\w+\.js$/), wasm = found(/^adaptive\.\w+\.wasm$/);
	assert.ok(script && wasm, "web/dist has no module of adaptive difficulty: ./dev build");
	return { script: path.join(assets, script), wasm: path.join(assets, wasm) };
}

/**
 * Plays native sessions again and answers what differs, and how much was compared. Also
 * runs in a page, so it uses nothing from here. `fields` are the configuration's names.
 */
export async function replay(Adaptive, fields, sessions, module) {
	const view = new DataView(new ArrayBuffer(8));
	const double = (hex) => (view.setBigUint64(0, BigInt(`0x${hex}`)), view.getFloat64(0));
	const bits64 = (x) => (view.setFloat64(0, x), view.getBigUint64(0).toString(16).padStart(16, "0"));
	const bits32 = (x) => (view.setFloat32(0, x), view.getUint32(0).toString(16).padStart(8, "0"));
	const different = [];
	let decisions = 0, estimates = 0;
	const levels = new Set();
	for (const [s, { seed, kind, config, prior, trials }] of sessions.entries()) {
		const numbers = Object.fromEntries(fields.map((name, i) => [name, double(config[i])]));
		const [location, location_sd, slope, slope_sd] = prior.map(double);
		const a = await Adaptive.open({ ...numbers, kind }, module);
		a.start(seed, location_sd > 0 ? { location, location_sd, slope, slope_sd } : null);
		for (const [t, trial] of trials.entries()) {
			const next = a.next();
			decisions++;
			levels.add(next);
			if (bits32(next) !== trial.difficulty || a.isProbe() !== trial.probe)
				different.push(`session ${s}, trial ${t}: ${next} is not ${trial.difficulty}`);
			a.outcome(next, trial.correct);
			if (trial.estimate === undefined) continue;
			for (const [i, [name, value]] of Object.entries(a.estimate()).entries()) {
				estimates++;
				/* Of NaN, any. */
				if (bits64(value) !== trial.estimate[i] && !(value !== value && Number.isNaN(double(trial.estimate[i]))))
					different.push(`session ${s}, trial ${t}, ${name}: ${value}, ${trial.estimate[i]}`);
			}
		}
	}
	return { different: different.slice(0, 10), decisions, estimates, levels: levels.size };
}

/** The configuration's names, read from the module itself. */
export async function fieldNames(module) {
	const { exports } = await WebAssembly.instantiate(await module);
	const names = [];
	for (let at = exports.adaptive_field(0); at !== 0; at = exports.adaptive_field(names.length)) {
		const bytes = new Uint8Array(exports.memory.buffer, at);
		names.push(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))));
	}
	return names;
}

/** Nothing differs, and enough was compared to say so. */
export function assertSameBits({ different, decisions, estimates, levels }, sessions, trials) {
	assert.deepEqual(different, []);
	assert.equal(decisions, sessions * trials);
	assert.ok(estimates >= sessions * trials, `${estimates} estimates`);
	assert.ok(levels > 30, `only ${levels} levels: nothing is compared`);
}
