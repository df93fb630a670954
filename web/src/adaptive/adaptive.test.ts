import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Adaptive, type AdaptiveConfig } from "./adaptive";

/* The decisions themselves are held against the server's in tests/integration and tests/e2e. */

const module = () => WebAssembly.compile(readFileSync(ADAPTIVE_MODULE));

const config: AdaptiveConfig = {
	kind: "questplus", version: 1, parameter: "snr_db", unit: "dB", harder: -1,
	min: -20, max: 10, step: 1, target: 0.8, prior_mean: -6, prior_sd: 4,
	location_min: -20, location_max: 10, location_points: 31, guess_min: 0.1, guess_max: 0.1,
};

test("the module asks for nothing from outside", async () => {
	assert.deepEqual(WebAssembly.Module.imports(await module()), []);
});

test("a configuration that cannot be used is refused with a sentence", async () => {
	const open = (change: Partial<AdaptiveConfig>) => () => Adaptive.open({ ...config, ...change }, module());
	await assert.rejects(open({ kind: "guess" as "ability" }), /there is no kind "guess"/);
	await assert.rejects(open({ speed: 3 }), /"speed" is no number of adaptive difficulty/);
	await assert.rejects(open({ step: 0 }), /step/);
	await assert.rejects(open({ target: 0.05 }), /target must be between/);
	await assert.rejects(open({ version: 2 }), /version/);
});

test("difficulty follows the answers, and a reload goes on where it was", async () => {
	const a = await Adaptive.open(config, module());
	const b = await Adaptive.open(config, module());
	a.start(4294967295, null);
	const trials: { difficulty: number; correct: boolean }[] = [];
	for (let i = 0; i < 30; i++) {
		const difficulty = a.next();
		assert.equal(difficulty, Math.fround(difficulty));
		assert.equal(a.next(), difficulty);
		trials.push({ difficulty, correct: true });
		a.outcome(difficulty, true);
	}
	assert.ok((trials.at(-1)?.difficulty ?? 0) < (trials[0]?.difficulty ?? 0), "all right, and no harder");
	b.start(4294967295, null);
	b.resume(trials);
	assert.deepEqual(b.estimate(), a.estimate());
	assert.equal(b.next(), a.next());
	assert.equal(b.isProbe(), a.isProbe());
});

test("a session starts from the ability of the one before", async () => {
	const a = await Adaptive.open(config, module());
	a.start(1, { location: 2, location_sd: 1, slope: 1, slope_sd: 0 });
	const { location, location_sd, trials } = a.estimate();
	assert.ok(Math.abs(location - 2) < 0.01 && Math.abs(location_sd - 1) < 0.01);
	assert.equal(trials, 0);
});
