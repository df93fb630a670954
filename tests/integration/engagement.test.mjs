// The attention model's two builds agree: the program's and WebAssembly's, here in Node (in
// Chromium: tests/e2e). And its files are what their format says, read by other code.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import {
	assertParity, builtModule, dataFiles, native, play, randomModel, TOLERANCE,
} from "../support/engagement.mjs";
import { readSafetensors } from "../support/safetensors.mjs";
import { ROOT } from "../support/server.mjs";

let data, Forecaster, module;

before(async () => {
	data = await dataFiles();
	const built = builtModule();
	({ Forecaster } = await import(built.script));
	module = WebAssembly.compile(readFileSync(built.wasm));
});

const open = (file) => Forecaster.open(new Uint8Array(readFileSync(file)), module);

for (const [encoder, components] of [["transformer", 2], ["transformer", 1], ["gru", 2], ["cnn", 2], ["linear", 2]]) {
	test(`${encoder}, ${components} components: WebAssembly forecasts as the program does`, async () => {
		const file = randomModel(encoder, components, data.simulated);
		const forecaster = await open(file);
		assert.equal(forecaster.text("encoder"), encoder);
		assert.equal(forecaster.text("no such key"), null);
		for (const sequence of native("run", file, data.simulated, "8"))
			assertParity(play(forecaster, sequence), sequence, sequence.task);
	});
}

test("on recordings, too", async (t) => {
	if (!data.recorded) return t.skip("CAMP_TEST_DATA does not name the folder of recordings");
	const file = randomModel("transformer", 2, data.recorded);
	const forecaster = await open(file);
	for (const sequence of native("run", file, data.recorded, "6"))
		assertParity(play(forecaster, sequence), sequence, sequence.task);
});

test("the model that ships, at most 1 MB", async () => {
	const file = path.join(ROOT, "models/default/model.safetensors");
	assert.ok(statSync(file).size <= 1 << 20);
	const forecaster = await open(file), csv = data.recorded ?? data.simulated;
	for (const sequence of native("run", file, csv, "6")) assertParity(play(forecaster, sequence), sequence, sequence.task);
});

// int8 also rounds what enters each product: where two builds differ in the last bit of a
// float, an activation may fall on the other side of a step, 1/127 of the row's largest.
for (const [type, tolerance] of [["f16", TOLERANCE], ["int8", 0.03]]) {
	test(`a model of ${type} is forecast as the program does, to ${tolerance}`, async () => {
		const file = randomModel("transformer", 2, data.simulated), smaller = `${file}.${type}`;
		const made = await runVerb(["quantise", "--model", file, "--out", smaller, "--type", type]);
		assert.equal(made.status, 0, made.stderr);
		const forecaster = await open(smaller);
		for (const sequence of native("run", smaller, data.simulated, "8"))
			assertParity(play(forecaster, sequence), sequence, sequence.task, tolerance);
	});
}

test("a task and conditions that the model never saw are forecast", async () => {
	const forecaster = await open(randomModel("transformer", 2, data.simulated));
	assert.ok(forecaster.knows("stroop"));
	assert.ok(!forecaster.knows("origami"));
	forecaster.start("origami");
	assert.equal(forecaster.run().score, null);
	for (let i = 0; i < 19; i++) {
		forecaster.next({ condition: `fold ${i % 2}` });
		forecaster.outcome({ correct: i % 5 > 0, rt_ms: 400 + 10 * i });
	}
	assert.equal(forecaster.score(), null, "before 20 trials there is no score");
	forecaster.next({ condition: "注意", onset_ms: 50000 });
	assert.throws(() => forecaster.next({ condition: "注意" }), /the trial before has no outcome yet/);
	forecaster.outcome({ correct: true, rt_ms: null });
	assert.throws(() => forecaster.outcome({ correct: true, rt_ms: null }), /no trial waits/);
	const { forecasts, score } = forecaster.run();
	assert.ok(forecasts.every(({ p, mu, sigma }) => p > 0 && p < 1 && Number.isFinite(mu) && sigma > 0));
	assert.ok(score.value > 0 && score.value < 100 && score.low <= score.value && score.high >= score.value);
	/* Another session starts anew. */
	forecaster.start("origami");
	assert.deepEqual(forecaster.run(), { forecasts: [], risks: [], score: null });
});

test("a model file is read by another reader of the format", () => {
	const file = randomModel("gru", 2, data.simulated);
	const { metadata, tensors } = readSafetensors(readFileSync(file));
	const [expected] = native("tensors", file);
	assert.equal(metadata.encoder, "gru");
	assert.deepEqual(Object.keys(tensors).sort(), Object.keys(expected).sort());
	for (const [name, { shape, values }] of Object.entries(tensors)) {
		assert.deepEqual(shape, expected[name].shape, name);
		assert.deepEqual(values, expected[name].values.map(Math.fround), name);
	}
});

test("another writer's file is read by this reader as it was meant", () => {
	const { metadata, tensors } = JSON.parse(readFileSync(path.join(ROOT, "tests/reference/tiny.json"), "utf8"));
	const [found] = native("tensors", path.join(ROOT, "tests/reference/tiny.safetensors"));
	assert.equal(metadata.format, "pt");
	for (const [name, { values }] of Object.entries(tensors)) assert.deepEqual(found[name].values.map(Math.fround), values, name);
});
