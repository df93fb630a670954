// `camp quantise`: a trained model made smaller, read by another reader, and what it costs.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { makeFolder, runVerb } from "../support/cli.mjs";
import { readSafetensors } from "../support/safetensors.mjs";
import { ROOT } from "../support/server.mjs";

const folder = makeFolder();
const at = (name) => path.join(folder.dir, name);

async function camp(...args) {
	const { status, stdout, stderr } = await runVerb(args);
	assert.equal(status, 0, stderr);
	return stdout;
}

before(async () => {
	await camp("simulate", "--people", "60", "--trials", "60", "--task", "stroop", "--out", at("data.csv"));
	await camp("train", "--data", at("data.csv"), "--steps", "40", "--width", "32", "--layers", "2",
		"--heads", "4", "--batch", "8", "--patience", "0", "--out", at("model"));
});

// The bar of the design, in nats a trial.
const CHANGE = 0.001;

for (const [type, shrinks] of [["f16", 0.65], ["int8", 0.5]]) {
	test(`${type}: smaller, the same names, and hardly another likelihood`, async () => {
		const told = JSON.parse(await camp("quantise", "--model", at("model"), "--out", at(type), "--type", type,
			"--data", at("data.csv"), "--json"));
		assert.equal(told.bytes_before, statSync(at("model")).size);
		assert.equal(told.bytes_after, statSync(at(type)).size);
		assert.ok(told.bytes_after < shrinks * told.bytes_before, `${told.bytes_after} of ${told.bytes_before} bytes`);
		assert.ok(told.trials > 0);
		for (const name of ["nll_correct", "nll_rt"]) {
			assert.ok(Math.abs(told[name].change) <= CHANGE, `${name} changes by ${told[name].change}`);
			assert.ok(Math.abs(told[name].after - told[name].before - told[name].change) < 1e-9);
		}
		const figures = JSON.parse(await camp("evaluate", "--model", at(type), "--data", at("data.csv"), "--json"));
		assert.equal(figures.model.nll_rt.toFixed(9), told.nll_rt.after.toFixed(9));
	});
}

test("another reader finds the values, int8 with a scale a row", () => {
	const [large, half, int8] = ["model", "f16", "int8"].map((name) => readSafetensors(readFileSync(at(name))));
	assert.equal(int8.metadata.quantised, "int8");
	assert.equal(int8.metadata.data_hash, large.metadata.data_hash);
	let bytes = 0;
	for (const [name, { shape, values }] of Object.entries(large.tensors)) {
		const largest = Math.max(...values.map(Math.abs));
		half.tensors[name].values.forEach((v, i) => assert.ok(Math.abs(v - values[i]) <= largest / 2048, name));
		const { dtype, values: q } = int8.tensors[name];
		const columns = values.length / shape[0];
		if (dtype !== "I8") continue;
		bytes += q.length;
		const scales = int8.tensors[`${name}.scale`].values;
		q.forEach((v, i) => {
			const scale = scales[Math.floor(i / columns)];
			assert.ok(Math.abs(v * scale - values[i]) <= 0.501 * scale, `${name}[${i}]`);
		});
	}
	assert.ok(bytes > 1000, "no matrix is int8");
});

test("in words, without data", async () => {
	const told = await camp("quantise", "--model", at("model"), "--out", at("words"), "--type", "f16");
	assert.match(told, /model: \d+ bytes\n.*words: \d+ bytes, f16\n$/);
});

for (const [what, args, expected] of [
	["no model", ["--out", at("x")], /needs --model MODEL and --out FILE/],
	["an unknown type", ["--model", at("model"), "--out", at("x"), "--type", "int4"], /--type takes int8 or f16, not "int4"/],
	["a missing file", ["--model", at("none"), "--out", at("x")], /none" cannot be opened: No such file/],
	["another program's file", ["--model", path.join(ROOT, "tests/reference/tiny.safetensors"), "--out", at("x")],
		/tiny.safetensors": it is not a model of this program/],
	["what is int8 already", ["--model", at("int8"), "--out", at("x")], /int8": it is int8 already/],
]) {
	test(`${what} is refused and nothing is written`, async () => {
		const { status, stderr } = await runVerb(["quantise", ...args]);
		assert.equal(status, 2);
		assert.match(stderr, expected);
		assert.ok(!existsSync(at("x")));
	});
}
