import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design, rowOf } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/task-switching/task.json`, "utf8")));
const parameters = parametersOf(definition, {});
const MIXED = { from: 48, to: 240 };

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("the pair goes round clockwise in mixed blocks, and stays in its row in pure ones", () => {
	for (const seed of [1, 2, 3]) {
		const trials = design(seed, parameters, definition).test;
		assert.equal(trials.length, 288);
		for (const [i, { condition, stimulus }] of trials.entries()) {
			const last = trials[i - 1]?.stimulus;
			const kind = condition.split("-")[0];
			if (i >= MIXED.from && i < MIXED.to) {
				if (i > MIXED.from) assert.equal(stimulus.cell, ((last?.cell ?? 0) + 1) % 4);
				if (kind !== "first") assert.equal(kind === "repeat", rowOf(stimulus.cell) === rowOf(last?.cell ?? 0));
			} else if (kind !== "first") {
				assert.equal(kind, "pure");
				assert.equal(rowOf(stimulus.cell), rowOf(last?.cell ?? 0));
			}
			assert.ok(stimulus.letter !== last?.letter);
			assert.ok(stimulus.digit !== last?.digit);
		}
	}
});

test("nothing goes before the first trial of a run or after a break", () => {
	const trials = design(5, parameters, definition).test;
	const first = trials.flatMap((s, i) => (s.condition === "first" ? [i] : []));
	assert.deepEqual(first, [0, 24, 48, 96, 144, 192, 240, 264]);
});

test("sides and congruency are balanced, and the row says what counts", () => {
	const { letters, digits } = definition.stimuli as unknown as Record<string, Record<"left" | "right", string[]>>;
	const trials = design(4, parameters, definition).test;
	for (const { condition, answer, stimulus } of trials) {
		const side = (of: Record<"left" | "right", string[]> | undefined, sign: string) =>
			of?.left.includes(sign) ? "left" : of?.right.includes(sign) ? "right" : "none";
		const [letter, digit] = [side(letters, stimulus.letter), side(digits, stimulus.digit)];
		assert.equal(answer, rowOf(stimulus.cell) === "letter" ? letter : digit);
		if (condition !== "first") assert.equal(condition.endsWith("-congruent"), letter === digit);
	}
	for (const kind of ["pure", "repeat", "switch"]) {
		for (const row of ["letter", "digit"]) {
			for (const answer of ["left", "right"]) {
				for (const congruency of ["congruent", "incongruent"]) {
					const n = trials.filter(
						(s) => s.condition === `${kind}-${congruency}` && s.answer === answer && rowOf(s.stimulus.cell) === row,
					).length;
					assert.ok(n >= 10 && n <= 12, `${kind} ${row} ${answer} ${congruency}: ${n}`);
				}
			}
		}
	}
});

test("practice has both rows alone, then mixed, and does not change the test", () => {
	const { practice } = design(3, parameters, definition);
	assert.equal(practice.length, 24);
	assert.ok(practice.slice(0, 6).every((s) => rowOf(s.stimulus.cell) === rowOf(practice[0]?.stimulus.cell ?? 0)));
	assert.ok(practice.slice(12).some((s) => s.condition.startsWith("switch")));
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person pays for switching", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { mixed_trials: 800 }), definition);
	const mean = (kind: string) => {
		const times = trials.filter((s) => s.condition.startsWith(kind)).map((s) => simulate(s, rng).rt_ms);
		return times.reduce((sum, x) => sum + x, 0) / times.length;
	};
	assert.ok(mean("switch") > mean("repeat") + 50);
	assert.ok(mean("repeat") > mean("pure") + 10);
});
