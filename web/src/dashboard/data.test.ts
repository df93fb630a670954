import assert from "node:assert/strict";
import { test } from "node:test";
import type { DayGroup } from "../api/types";
import { byDay, dayStart, scoreOf } from "./data";

const day = (name: string, trials: number | null): DayGroup => ({
	day: name,
	suppressed: trials === null,
	participants: trials === null ? null : 12,
	sessions: trials === null ? null : 12,
	trials,
	tasks: [],
});

test("days without sessions keep their place, also over a change of month", () => {
	const { x, y } = byDay([day("2026-10-30", 5), day("2026-11-02", 7)], (d) => d.trials);
	assert.deepEqual(x.map((t) => new Date(t * 1000).toISOString().slice(0, 10)), [
		"2026-10-30",
		"2026-10-31",
		"2026-11-01",
		"2026-11-02",
	]);
	assert.deepEqual(y, [[5, null, null, 7]]);
});

test("a suppressed day is a gap, and no days give no points", () => {
	assert.deepEqual(byDay([day("2026-11-01", null)], (d) => d.trials).y, [[null]]);
	assert.deepEqual(byDay([], (d) => d.trials), { x: [], y: [[]] });
	assert.equal(scoreOf(day("2026-11-01", 3), "stroop", "accuracy"), null);
	assert.equal(dayStart("1970-01-02"), 86400);
});
