import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import type { Outcome, Played, TrialSpec } from "../task";
import { type Digits, design } from "./design";
import { digitSpan } from "./run";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/digit-span/task.json`, "utf8")));
const made = (overrides: Record<string, number> = {}, seed = 7) => design(seed, parametersOf(definition, overrides), definition);

function playOut(d: ReturnType<typeof made>, right: (s: TrialSpec<Digits>) => boolean, level: number | null = null) {
	const played: Played[] = [];
	const specs: TrialSpec<Digits>[] = [];
	const breaks: number[] = [];
	for (;;) {
		const spec = d.follow?.next(played, level) ?? null;
		if (spec === null) return { specs, breaks };
		if (d.follow?.breakBefore?.(played) === true) breaks.push(played.length);
		specs.push(spec);
		played.push({ condition: spec.condition, correct: right(spec), response: null, rt_ms: null, difficulty: spec.difficulty ?? null });
	}
}

test("forward until two failures at a length, a break, then backward", () => {
	const { specs, breaks } = playOut(made(), (s) => s.stimulus.digits.length < (s.stimulus.backward ? 4 : 5));
	assert.equal(specs.map((s) => `${s.condition[0]}${s.stimulus.digits.length}`).join(" "), "f3 f3 f4 f4 f5 f5 b3 b3 b4 b4");
	assert.deepEqual(breaks, [6]);
	assert.ok(specs.every((s) => s.difficulty === s.stimulus.digits.length));
	assert.ok(specs.every((s) => s.stimulus.digits.every((d) => d >= 1 && d <= 9)));
});

test("a seed makes the same digits, another other ones, and practice apart", () => {
	const all = (d: ReturnType<typeof made>) => playOut(d, () => true).specs;
	assert.deepEqual(all(made()), all(made()));
	assert.notDeepEqual(all(made()), all(made({}, 8)));
	assert.deepEqual(all(made({ practice_trials: 9 })), all(made()));
	assert.equal(made().practice.length, 4);
});

test("one direction alone, and lengths that are given", () => {
	assert.ok(playOut(made({ direction: 2 }), () => true).specs.every((s) => s.stimulus.backward));
	const { specs, breaks } = playOut(made({ adaptive: 1, trials: 6 }), () => false, 8);
	assert.deepEqual(specs.map((s) => [s.condition, s.stimulus.digits.length, s.difficulty]), Array.from({ length: 6 }, () => ["forward", 8, 8]));
	assert.deepEqual(breaks, []);
});

test("an answer is right when every digit is, in the order that was asked for", () => {
	const outcome = (text: string) => ({ response: "done", given: text.split("").map((name) => ({ name, at_ms: 1 })) }) as unknown as Outcome;
	const spec = (backward: boolean): TrialSpec<Digits> => ({ condition: "", answer: "right", stimulus: { digits: [4, 7, 1], backward } });
	assert.equal(digitSpan.response?.(spec(false), outcome("471")), "right");
	assert.equal(digitSpan.response?.(spec(false), outcome("174")), "wrong");
	assert.equal(digitSpan.response?.(spec(true), outcome("174")), "right");
	assert.equal(digitSpan.response?.(spec(true), outcome("17")), "wrong");
	assert.equal(digitSpan.response?.(spec(true), { ...outcome("174"), response: null }), null);
	assert.equal(digitSpan.detail?.(spec(true), outcome("174"))["given"], "174");
});
