import assert from "node:assert/strict";
import { test } from "node:test";
import { weeksOf } from "./history";

test("weeks begin on Monday, and the last one is running", () => {
	const now = new Date(2026, 2, 4, 15);
	const weeks = weeksOf([new Date(2026, 2, 4, 9).toISOString(), new Date(2026, 2, 4, 10).toISOString(), new Date(2026, 1, 23, 1).toISOString()], now, 3);
	assert.equal(weeks.length, 3);
	assert.ok(weeks.every((w) => w.length === 7 && w[0]?.at.getDay() === 1));
	assert.deepEqual(weeks[2]?.map((d) => d.sessions), [0, 0, 2, 0, 0, 0, 0]);
	assert.deepEqual(weeks[2]?.map((d) => d.future), [false, false, false, true, true, true, true]);
	assert.equal(weeks[1]?.[0]?.sessions, 1);
});
