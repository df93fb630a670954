import assert from "node:assert/strict";
import { test } from "node:test";
import { meanOver, riskRange } from "./risk";

test("a running mean starts with what there is and forgets what is past", () => {
	assert.deepEqual(meanOver([[1, 1], [2, 0], [3, 0.5], [4, 1]], 2), [[1, 1], [2, 0.5], [3, 0.25], [4, 0.75]]);
	assert.deepEqual(meanOver([], 3), []);
});

test("a range has its ends and its mean, or is none", () => {
	assert.deepEqual(riskRange([[1, 0.25], [2, 0.75], [3, 0.5]]), { low: 0.25, mean: 0.5, high: 0.75 });
	assert.equal(riskRange([]), null);
});
