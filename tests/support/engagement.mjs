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
	const streamed = [], scores = [];
	for (const { correct, rt_ms, ...ahead } of trials) {
		streamed.push(forecaster.next(ahead));
		forecaster.outcome({ correct, rt_ms });
		scores.push(forecaster.score());
	}
	return { model: forecaster.run(), linear: forecaster.run("linear"), streamed, scores };
}

function near(actual, expected, what, tolerance) {
	const same = actual === expected || Math.abs(actual - expected) <= tolerance;
	assert.ok(same, `${what}: ${actual}, natively ${expected}`);
}

const values = (forecast) => FIELDS.map((field) => forecast[field]);

function sameForecasts(found, expected, what, tolerance) {
	assert.equal(found.length, expected.length);
	expected.forEach((numbers, t) => {
		const list = values(found[t]);
		numbers.forEach((number, i) => near(list[i], number, `${what}, trial ${t}, ${FIELDS[i]}`, tolerance));
	});
}

function sameScore(found, expected, what, tolerance) {
	if (expected === null) return assert.equal(found, null);
	near(found.value, expected.value, `${what}, E`, 100 * tolerance); /* per 100 */
	/* Whole trials of 20; a bound that lies between two may go either way. */
	for (const field of ["low", "high"]) near(found[field], expected[field], `${what}, ${field} of E`, tolerance > TOLERANCE ? 5 : 0);
	assert.equal(found.lapses, expected.lapses);
}

function sameRun(found, expected, what, tolerance) {
	sameForecasts(found.forecasts, expected.forecasts, what, tolerance);
	expected.risks.forEach((risk, t) => near(found.risks[t], risk, `${what}, risk of trial ${t}`, tolerance));
	sameScore(found.score, expected.score, what, tolerance);
}

/** What play() gave is what `native run` printed, and forecasts are not all alike. */
export function assertParity(played, expected, what, tolerance = TOLERANCE) {
	for (const by of ["model", "linear"]) sameRun(played[by], expected[by], `${what}, ${by}`, tolerance);
	sameForecasts(played.streamed, expected.model.forecasts, `${what}, streamed`, tolerance);
	sameScore(played.scores.at(-1), expected.model.score, `${what}, streamed`, tolerance);
	assert.ok(played.scores.slice(0, 19).every((score) => score === null), "a score before 20 trials");
	const spread = new Set(expected.model.forecasts.map(([p]) => p.toFixed(4)));
	assert.ok(spread.size > expected.trials.length / 4, "forecasts hardly differ: nothing is compared");
	assert.notDeepEqual(expected.model.forecasts, expected.linear.forecasts);
}
