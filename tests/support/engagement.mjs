// Models and forecasts of the native side, and how WebAssembly's are held against them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { makeFolder, runVerb } from "./cli.mjs";
import { ROOT } from "./server.mjs";

const BUILD = process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build");
const FIELDS = ["p", "mu", "sigma", "mu1", "sigma1", "slow", "delta", "sigma2"];

/** Two kernels sum in another order and two libraries round exp() otherwise: 1e-6 or so. */
export const TOLERANCE = 1e-5;

export function native(...args) {
	const program = path.join(BUILD, "tests/integration/engagement/native");
	assert.ok(existsSync(program), `${program} is not built: make check-programs`);
	const run = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });
	assert.equal(run.status, 0, run.stderr);
	return run.stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Paths of the built client's module: its script and its WebAssembly. */
export function builtModule() {
	const assets = path.join(ROOT, "web/dist/assets");
	const found = (pattern) => readdirSync(assets).find((name) => pattern.test(name));
	const script = found(/^engagement\.\w+\.js$/), wasm = found(/^engagement\.\w+\.wasm$/);
	assert.ok(script && wasm, "web/dist has no module of the attention model: ./dev build");
	return { script: path.join(assets, script), wasm: path.join(assets, wasm) };
}

export const folder = makeFolder();

/** CSV of simulated people; 300 trials are three windows. Of recordings too, when there are some. */
export async function dataFiles() {
	const simulated = path.join(folder.dir, "simulated.csv");
	const made = await runVerb(["simulate", "--people", "2", "--trials", "300", "--out", simulated]);
	assert.equal(made.status, 0, made.stderr);
	const recorded = path.join(process.env.CAMP_TEST_DATA || "/nowhere", "lef_attention.csv");
	return { simulated, recorded: existsSync(recorded) ? recorded : null };
}

/** A model file of random values for an encoder. */
export function randomModel(encoder, components, data) {
	const file = path.join(folder.dir, `${encoder}-${components}.safetensors`);
	native("make", file, encoder, String(components), data);
	return file;
}

/** Plays a sequence on a Forecaster; also runs in a page, so it uses nothing from here. */
export function play(forecaster, { task, trials }) {
	forecaster.start(task);
	/* The last trial is also forecast before it happens. */
	for (const trial of trials.slice(0, -1)) forecaster.push(trial);
	const { correct: _, rt_ms: __, ...ahead } = trials.at(-1);
	const next = { model: forecaster.next(ahead), linear: forecaster.next(ahead, "linear") };
	forecaster.push(trials.at(-1));
	return { model: forecaster.run(), linear: forecaster.run("linear"), next };
}

function near(actual, expected, what, scale = 1) {
	const same = actual === expected || Math.abs(actual - expected) <= TOLERANCE * scale;
	assert.ok(same, `${what}: ${actual}, natively ${expected}`);
}

const values = (forecast) => FIELDS.map((field) => forecast[field]);

function sameRun(actual, expected, what) {
	assert.equal(actual.forecasts.length, expected.forecasts.length);
	expected.forecasts.forEach((numbers, t) => {
		const found = values(actual.forecasts[t]);
		numbers.forEach((number, i) => near(found[i], number, `${what}, trial ${t}, ${FIELDS[i]}`));
		near(actual.risks[t], expected.risks[t], `${what}, trial ${t}, risk`);
	});
	if (expected.score === null) return assert.equal(actual.score, null);
	for (const field of ["value", "low", "high"]) /* per 100 */
		near(actual.score[field], expected.score[field], `${what}, ${field} of E`, 100);
	assert.equal(actual.score.lapses, expected.score.lapses);
}

/** What play() gave is what `native run` printed, and forecasts are not all alike. */
export function assertParity(played, expected, what) {
	for (const by of ["model", "linear"]) {
		sameRun(played[by], expected[by], `${what}, ${by}`);
		const last = values(played.next[by]);
		last.forEach((number, i) =>
			near(number, expected[by].forecasts.at(-1)[i], `${what}, ${by}, next trial, ${FIELDS[i]}`));
	}
	const spread = new Set(expected.model.forecasts.map(([p]) => p.toFixed(4)));
	assert.ok(spread.size > expected.trials.length / 4, "forecasts hardly differ: nothing is compared");
	assert.notDeepEqual(expected.model.forecasts, expected.linear.forecasts);
}
