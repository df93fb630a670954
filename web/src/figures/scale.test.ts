import assert from "node:assert/strict";
import { test } from "node:test";
import { niceAxis, percentOn } from "./scale";

test("an axis covers its data with round ticks", () => {
	const axis = niceAxis(-3.2, 41.7);
	assert.ok(axis.low <= -3.2 && axis.high >= 41.7);
	assert.deepEqual(axis.ticks, [-20, 0, 20, 40, 60]);
	assert.equal(percentOn(axis, axis.low), 0);
	assert.equal(percentOn(axis, axis.high), 100);
});

test("a single value gets an axis around it", () => {
	const axis = niceAxis(0.9, 0.9);
	assert.ok(axis.low <= 0.9 && axis.high >= 0.9 && axis.high > axis.low);
});

test("ticks of small steps carry no rounding dust", () => {
	assert.deepEqual(niceAxis(0, 0.9).ticks, [0, 0.5, 1]);
	assert.deepEqual(niceAxis(0, 0.31).ticks, [0, 0.1, 0.2, 0.3, 0.4]);
});
