import assert from "node:assert/strict";
import { test } from "node:test";
import { Sequence, refreshInterval } from "./clock";

const FRAME = 1000 / 60;

function play(steps: { duration_ms: number | null; target?: boolean }[], stamps: number[]) {
	const drawn: [number, number][] = [];
	let now = 0;
	const sequence = new Sequence(
		steps.map((s, i) => ({ ...s, draw: () => drawn.push([i, now]) })),
		FRAME,
	);
	for (now of stamps) sequence.frame(now);
	return { drawn, shown: sequence.shown };
}

const frames = (n: number) => Array.from({ length: n }, (_, i) => 100 + i * FRAME);

test("a step of 100 ms at 60 Hz lasts six frames, and the target's onset is the next frame", () => {
	const { drawn, shown } = play([{ duration_ms: 100 }, { duration_ms: null, target: true }], frames(12));
	assert.deepEqual(drawn.map(([i]) => i), [0, 1]);
	assert.ok(Math.abs((drawn[1]?.[1] ?? 0) - (100 + 6 * FRAME)) < 1e-9);
	assert.ok(Math.abs((shown.onset ?? 0) - (100 + 7 * FRAME)) < 1e-9);
	assert.ok(Math.abs((shown.lasted_ms[0] ?? 0) - 100) < 1e-9);
	assert.equal(shown.frames_dropped, 0);
});

test("jitter below half a frame changes no duration", () => {
	const jittered = frames(12).map((t, i) => t + (i % 2 === 0 ? 3 : -3));
	const { drawn } = play([{ duration_ms: 50 }, { duration_ms: 50 }, { duration_ms: null }], jittered);
	assert.deepEqual(drawn.map(([, t]) => jittered.indexOf(t)), [0, 3, 6]);
});

test("a missed frame is counted and never shortens the step", () => {
	const stamps = frames(12).filter((_, i) => i !== 3 && i !== 4);
	const { shown } = play([{ duration_ms: 100 }, { duration_ms: null, target: true }], stamps);
	assert.equal(shown.frames_dropped, 2);
	assert.ok((shown.lasted_ms[0] ?? 0) >= 100 - 1e-9);
});

test("a sequence of timed steps ends by itself", () => {
	const { shown } = play([{ duration_ms: 30 }, { duration_ms: 30 }], frames(8));
	assert.equal(shown.finished, true);
	assert.equal(shown.lasted_ms.length, 2);
});

test("the refresh interval is the median gap, and 60 Hz when nothing was seen", () => {
	assert.ok(Math.abs(refreshInterval([0, 7, 14, 21, 60, 67]) - 7) < 1e-9);
	assert.ok(Math.abs(refreshInterval([]) - FRAME) < 1e-9);
});
