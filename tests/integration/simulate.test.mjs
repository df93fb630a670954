// `camp simulate`: trials of simulated participants, as other verbs read them.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";

const folder = makeFolder();
const simulate = (...args) => runVerb(["simulate", ...args]);

test("simulated trials are the same for the same seed", async () => {
	const args = ["--people", "3", "--sessions", "2", "--trials", "20", "--task", "stroop", "sart", "--seed"];
	const one = await simulate(...args, "7");
	assert.equal(one.status, 0, one.stderr);
	const rows = parseCsv(one.stdout);
	assert.equal(rows.length, 3 * 2 * 20 * 2);
	assert.deepEqual([...new Set(rows.map((row) => row.task))].sort(), ["sart", "stroop"]);
	assert.deepEqual([...new Set(rows.map((row) => row.participant))], ["sim0001", "sim0002", "sim0003"]);
	for (const { rt_ms, correct, trial } of rows) {
		assert.match(rt_ms, /^(\d+(\.\d)?)?$/);
		assert.match(correct, /^[01]$/);
		assert.ok(Number(trial) >= 1 && Number(trial) <= 20);
	}
	assert.equal((await simulate(...args, "7")).stdout, one.stdout);
	assert.notEqual((await simulate(...args, "8")).stdout, one.stdout);
});

test("a name that ends in .gz is compressed and appears whole", async () => {
	const file = path.join(folder.dir, "people.csv.gz");
	const { status, stdout, stderr } = await simulate("--people", "1", "--trials", "5", "--out", file);
	assert.equal(status, 0, stderr);
	assert.equal(stdout, "");
	assert.equal(parseCsv(gunzipSync(readFileSync(file)).toString()).length, 5 * 7);
});

test("mistakes are named and write nothing", async () => {
	const file = path.join(folder.dir, "never.csv");
	for (const [args, sentence] of [
		[["--task", "chess"], /--task takes stroop, .*, not "chess"/],
		[["--people", "0"], /--people takes a whole number from 1 to 100000, not "0"/],
		[["--history", "much"], /--history takes a number from 0 to 3, not "much"/],
	]) {
		const { status, stdout, stderr } = await simulate(...args, "--out", file);
		assert.equal(status, 2);
		assert.equal(stdout, "");
		assert.match(stderr, sentence);
		assert.ok(!existsSync(file));
	}
	const { status, stderr } = await simulate("--out", path.join(folder.dir, "no/such/folder.csv"));
	assert.equal(status, 1);
	assert.match(stderr, /"[^"]*folder\.csv" cannot be written: No such file or directory/);
});
