import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, heldMissing, trialsDue } from "./cells";

const held = (from: number, to: number, pending = true) =>
	Array.from({ length: to - from }, (_, i) => ({ seq: from + i, pending }));

test("a partial cell waits", () => {
	assert.deepEqual(trialsDue(held(0, 31), false), []);
	assert.equal(trialsDue(held(0, 32), false).length, 32);
	assert.equal(trialsDue(held(0, 40), false).length, 32);
});

test("a partial cell goes out when asked for", () => {
	assert.equal(trialsDue(held(0, 40), true).length, 40);
	assert.equal(trialsDue(held(0, 5), true).length, 5);
});

test("a cell that grew goes out with its acknowledged trials", () => {
	const trials = [...held(0, 32, false), ...held(32, 40, false), ...held(40, 64)];
	assert.deepEqual(trialsDue(trials, false), Array.from({ length: 32 }, (_, i) => 32 + i));
});

test("nothing pending, nothing due", () => {
	assert.deepEqual(trialsDue(held(0, 64, false), true), []);
	assert.deepEqual(trialsDue([], true), []);
});

test("one request holds at most eight cells, lowest first", () => {
	const due = trialsDue(held(0, 320).reverse(), true);
	assert.equal(due.length, 256);
	assert.equal(due[0], 0);
	assert.equal(due[255], 255);
});

test("back-off grows, is bounded, and obeys Retry-After", () => {
	assert.equal(backoffMs(0, 0, null), 250);
	assert.equal(backoffMs(3, 1, null), 8250);
	assert.equal(backoffMs(50, 1, null), 30_250);
	assert.ok(backoffMs(0, 0.5, 7000) >= 7000);
});

test("missing ranges select only what is held", () => {
	assert.deepEqual(heldMissing([{ from: 1, to: 3 }, { from: 7, to: 9 }], [0, 1, 3, 8, 10]), [1, 3, 8]);
});
