import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameMoment, Sequence, refreshInterval } from "./clock";

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

test("an animated step is drawn once and then moved in each frame by the time since", () => {
	const seen: number[] = [];
	const stamps = frames(6);
	const moves = { draw: () => void seen.push(-1), animate: (t: number) => void seen.push(Math.round(t)), duration_ms: 50 };
	const sequence = new Sequence([moves, { draw: () => void seen.push(-2), duration_ms: null }], FRAME);
	for (const t of stamps) sequence.frame(t);
	assert.deepEqual(seen, [-1, 17, 33, -2]);
});

/* Frames that come when the test says so, as tasks of their own. */
async function withFrames(n: number, start: () => void): Promise<void> {
	let waiting: ((t: number) => void)[] = [];
	const { requestAnimationFrame: usual } = globalThis;
	globalThis.requestAnimationFrame = (callback) => waiting.push(callback);
	try {
		start();
		for (let i = 0; i < n; i++) {
			const due = waiting;
			waiting = [];
			for (const callback of due) callback(i);
			await new Promise((resolve) => setTimeout(resolve));
		}
	} finally {
		globalThis.requestAnimationFrame = usual;
	}
}

/* Lasts two frames; answers when it began. */
const two = (moment: FrameMoment) =>
	new Promise<number>((resolve) => {
		let begun: number | null = null;
		moment.everyFrame((t) => {
			begun ??= t;
			if (t - begun < 2) return true;
			resolve(begun);
			return false;
		});
	});

test("what follows by promises alone begins in the frame that ended what was before", async () => {
	const moment = new FrameMoment();
	const begun: number[] = [];
	const through = async (t: Promise<number>) => t;
	await withFrames(12, () => {
		void (async () => {
			for (let i = 0; i < 5; i++) begun.push(await through(through(through(two(moment)))));
		})();
	});
	assert.deepEqual(begun, [0, 2, 4, 6, 8]);
});

test("what waits for anything else begins in a later frame", async () => {
	const moment = new FrameMoment();
	const begun: number[] = [];
	await withFrames(20, () => {
		void (async () => {
			for (let i = 0; i < 3; i++) {
				begun.push(await two(moment));
				await new Promise((resolve) => setTimeout(resolve));
				assert.equal(moment.now, null);
			}
		})();
	});
	assert.equal(begun.length, 3);
	for (const i of [1, 2]) assert.ok((begun[i] ?? 0) > (begun[i - 1] ?? 0) + 2, begun.join());
});
