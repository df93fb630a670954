import assert from "node:assert/strict";
import { test } from "node:test";
import { phaseRuns, type SessionPoint } from "./session_figure";

test("neighbours of one phase share a shade, free practice has none", () => {
	const points = ["Baseline", "Training", "Training", null, "Training"].map(
		(phase, i): SessionPoint => ({ key: String(i), value: 0, interval: null, hollow: false, phase }),
	);
	assert.deepEqual(phaseRuns(points), [
		{ phase: "Baseline", from: 0, to: 0 },
		{ phase: "Training", from: 1, to: 2 },
		{ phase: "Training", from: 4, to: 4 },
	]);
});
