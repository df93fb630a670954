import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrialBody } from "../api/types";
import type { Design } from "../tasks/task";
import { type Decider, Series, type SeriesSettings } from "./series";

const SETTINGS: SeriesSettings = { seed: 7, blockTrials: Infinity, catchEvery: 0, responses: ["left", "right"], decider: null };

const known = (n: number): Design<unknown> => ({
	practice: [],
	test: Array.from({ length: n }, (_, i) => ({ condition: `c${i}`, answer: "left", stimulus: i })),
});

/* Longer by one with each right answer, over after two wrong ones. */
const span: Design<unknown> = {
	practice: [],
	test: [],
	follow: {
		most: 20,
		next: (played, difficulty) => {
			if (played.filter((p) => !p.correct).length === 2) return null;
			const length = difficulty ?? 3 + played.filter((p) => p.correct).length;
			return { condition: "span", answer: "right", stimulus: length, difficulty: length };
		},
	},
};

function bodyOf(series: Series, correct: boolean): TrialBody {
	const item = series.next();
	assert.ok(item !== null);
	if (item.kind === "catch") return { seq: series.done, condition: item.condition, correct, rt_ms: 500, flags: ["catch"] };
	const { condition, difficulty = null } = item.spec;
	return { seq: series.done, condition, correct, rt_ms: 500, difficulty };
}

function playOut(series: Series, correct: (n: number) => boolean): TrialBody[] {
	const bodies: TrialBody[] = [];
	while (series.next() !== null) {
		const body = bodyOf(series, correct(series.done));
		bodies.push(body);
		series.record(body);
	}
	return bodies;
}

test("a known design is played in its order, with a break after each block but the last", () => {
	const series = new Series(known(6), { ...SETTINGS, blockTrials: 2 });
	assert.equal(series.total, 6);
	const breaks: unknown[] = [];
	while (series.next() !== null) {
		const rest = series.takeBreak();
		if (rest !== null) breaks.push([series.done, rest.block, rest.blocks]);
		assert.equal(series.takeBreak(), null);
		series.record(bodyOf(series, true));
	}
	assert.deepEqual(breaks, [[2, 1, 3], [4, 2, 3]]);
	assert.equal(series.takeBreak(), null);
	assert.equal(series.share, 1);
});

test("trials that follow the answers end when the design says so", () => {
	const series = new Series(span, SETTINGS);
	assert.equal(series.total, null);
	const bodies = playOut(series, (n) => n !== 2 && n !== 4);
	assert.deepEqual(bodies.map((b) => b.difficulty), [3, 4, 5, 5, 6]);
});

test("after a reload the kept trials lead to the same trials", () => {
	const settings = { ...SETTINGS, catchEvery: 3, blockTrials: 4 };
	for (const design of [span, known(17)]) {
		const whole = playOut(new Series(design, settings), (n) => n % 5 !== 3);
		for (let cut = 0; cut <= whole.length; cut++) {
			const resumed = new Series(design, settings, whole.slice(0, cut));
			assert.equal(resumed.takeBreak(), null, "a reload is break enough");
			assert.deepEqual([...whole.slice(0, cut), ...playOut(resumed, (n) => n % 5 !== 3)], whole);
		}
	}
});

test("one attention check comes somewhere in each run of trials, and decides nothing", () => {
	const places = new Set<number>();
	const asked = new Set<string>();
	for (let seed = 0; seed < 60; seed++) {
		const series = new Series(known(20), { ...SETTINGS, seed, catchEvery: 5 });
		const total = series.total;
		const bodies: TrialBody[] = [];
		while (series.next() !== null) {
			const item = series.next();
			if (item?.kind === "catch") asked.add(item.answer);
			bodies.push(bodyOf(series, true));
			series.record(bodies.at(-1) as TrialBody);
		}
		assert.equal(bodies.length, 24);
		assert.equal(total, 24);
		let trials = 0;
		for (const [i, body] of bodies.entries()) {
			if (body.flags?.includes("catch") !== true) {
				assert.equal(body.condition, `c${trials++}`);
				continue;
			}
			assert.equal(Math.floor(trials / 5), i - trials, "one in each run");
			assert.equal(body.condition, `c${Math.max(0, trials - 1)}`);
			places.add(trials % 5);
		}
	}
	assert.equal(places.size, 5);
	assert.deepEqual([...asked].sort(), ["left", "right"]);
});

test("a difficulty that adapts is asked for once a trial and told every outcome but checks", () => {
	const told: unknown[] = [];
	let level = 10;
	const decider: Decider = {
		next: () => level,
		outcome: (difficulty, correct) => {
			told.push([difficulty, correct]);
			level += correct ? 1 : -1;
		},
	};
	const series = new Series(span, { ...SETTINGS, catchEvery: 2, decider });
	const bodies = playOut(series, (n) => n < 4);
	const trials = bodies.filter((b) => b.flags === undefined);
	assert.ok(bodies.length > trials.length);
	assert.deepEqual(told, trials.map((b) => [b.difficulty, b.correct]));
	const levels: unknown[] = [];
	const again: Decider = { next: () => 0, outcome: (difficulty) => void levels.push(difficulty) };
	new Series(span, { ...SETTINGS, catchEvery: 2, decider: again }, bodies);
	assert.deepEqual(levels, trials.map((b) => b.difficulty));
});

test("a design may place its own breaks", () => {
	const follow = { most: 5, next: (p: readonly unknown[]) => (p.length < 5 ? { condition: "c", answer: null, stimulus: 0 } : null) };
	const design = { practice: [], test: [], follow: { ...follow, breakBefore: (p: readonly unknown[]) => p.length === 3 } };
	const series = new Series(design, { ...SETTINGS, blockTrials: 1 });
	const breaks: number[] = [];
	while (series.next() !== null) {
		if (series.takeBreak() !== null) breaks.push(series.done);
		series.record(bodyOf(series, true));
	}
	assert.deepEqual(breaks, [3]);
});
