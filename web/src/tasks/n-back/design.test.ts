import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import type { Played, TrialSpec } from "../task";
import { design, type Letter } from "./design";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/n-back/task.json`, "utf8")));

/* A whole session at the given levels, all right. */
function session(seed: number, levels: readonly number[], overrides = {}) {
	const { follow } = design(seed, parametersOf(definition, { blocks: levels.length, ...overrides }), definition);
	assert.ok(follow !== undefined);
	const played: Played[] = [];
	const specs: TrialSpec<Letter>[] = [];
	const breaks: number[] = [];
	for (let begun = 0; ; ) {
		if (follow.breakBefore?.(played) === true) breaks.push(played.length);
		/* Heeded at the start of a round only. */
		const spec = follow.next(played, levels[begun] ?? 1);
		if (spec === null) break;
		begun += spec.stimulus.first ? 1 : 0;
		specs.push(spec);
		const { condition, answer: response, difficulty = null } = spec;
		played.push({ condition, correct: true, response, rt_ms: null, difficulty });
	}
	return { specs, breaks, most: follow.most };
}

test("a round has 20 letters and n more, six of them matches, and begins with its number", () => {
	const { specs, breaks, most } = session(7, [2, 3, 1]);
	assert.equal(specs.length, 22 + 23 + 21);
	assert.ok(specs.length <= most);
	assert.deepEqual(specs.flatMap((s, i) => (s.stimulus.first ? [i] : [])), [0, 22, 45]);
	assert.deepEqual(breaks.slice(0, 2), [22, 45]);
	assert.deepEqual([specs[0], specs[22], specs[45]].map((s) => s?.difficulty), [2, 3, 1]);
	for (const [from, to] of [[0, 22], [22, 45], [45, 66]]) {
		assert.equal(specs.slice(from, to).filter((s) => s.condition === "target").length, 6);
	}
});

test("a match is the letter n before, and no other letter is near one", () => {
	for (let seed = 0; seed < 50; seed++) {
		const { specs } = session(seed, [3]);
		const letters = specs.map((s) => s.stimulus.letter);
		for (const [i, { condition, answer }] of specs.entries()) {
			assert.equal(condition === "lead", i < 3);
			assert.equal(answer, condition === "target" ? "match" : null);
			if (i >= 3) assert.equal(letters[i] === letters[i - 3], condition === "target");
			if (condition === "nontarget") assert.ok(letters[i] !== letters[i - 2] && letters[i] !== letters[i - 4]);
		}
	}
});

test("the same seed gives the same letters, another one others", () => {
	assert.deepEqual(session(5, [2, 2]).specs, session(5, [2, 2]).specs);
	assert.notDeepEqual(session(5, [2]).specs, session(6, [2]).specs);
});

test("practice is as long as asked, and leaves the test as it is", () => {
	const of = (practice_trials: number) => design(3, parametersOf(definition, { practice_trials }), definition);
	assert.deepEqual([0, 1, 12].map((n) => of(n).practice.length), [0, 1, 12]);
	assert.deepEqual(of(0).follow?.next([], 2), of(12).follow?.next([], 2));
});
