import assert from "node:assert/strict";
import { test } from "node:test";
import { curveOf, lastStep } from "./curves";

const rows = [
	{ phase: "linear", step: 10, nll_correct: 0.4, nll_rt: 0.2 },
	{ phase: "gru", step: 20, nll_correct: 0.3, nll_rt: null },
	{ phase: "gru", step: 10, nll_correct: 0.35, nll_rt: 0.1 },
	{ phase: "gru", step: 20, nll_correct: 0.25, nll_rt: 0.05 },
	{ event: "progress", step: 21 },
];

test("curves are apart by phase, in order, with each step once", () => {
	assert.deepEqual(curveOf(rows, "nll_correct", false), [[10, 0.35], [20, 0.25]]);
	assert.deepEqual(curveOf(rows, "nll_correct", true), [[10, 0.4]]);
	assert.deepEqual(curveOf(rows, "nll_rt", false), [[10, 0.1], [20, 0.05]]);
	assert.deepEqual(curveOf([], "nll_rt", false), []);
});

test("an axis ends with the last step, and is never empty", () => {
	assert.equal(lastStep([[[10, 1]], [[30, 2], [20, 1]]]), 30);
	assert.equal(lastStep([[], []]), 1);
});
