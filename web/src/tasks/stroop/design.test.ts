import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/stroop/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

function counts(items: string[]): number[] {
	const map = new Map<string, number>();
	for (const item of items) map.set(item, (map.get(item) ?? 0) + 1);
	return [...map.values()];
}

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("conditions, colours and pairs are balanced", () => {
	const { test: trials } = design(1, parameters, definition);
	assert.equal(trials.length, 96);
	const of = (condition: string) => trials.filter((s) => s.condition === condition);
	assert.deepEqual(counts(of("congruent").map((s) => s.stimulus.ink)), [12, 12, 12, 12]);
	const pairs = counts(of("incongruent").map((s) => `${s.stimulus.word} in ${s.stimulus.ink}`));
	assert.deepEqual(pairs, Array(12).fill(4));
	assert.ok(trials.every((s) => s.answer === s.stimulus.ink));
	assert.ok(of("incongruent").every((s) => s.stimulus.word !== s.stimulus.ink));
});

test("counts that do not divide evenly differ by at most one", () => {
	const { test: trials } = design(4, parametersOf(definition, { trials_per_cell: 7 }), definition);
	const inks = counts(trials.filter((s) => s.condition === "congruent").map((s) => s.stimulus.ink));
	assert.ok(Math.max(...inks) - Math.min(...inks) <= 1);
});

test("practice has half of each condition and does not change the test", () => {
	const { practice } = design(3, parameters, definition);
	assert.deepEqual(counts(practice.map((s) => s.condition)), [8, 8]);
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated reader shows a Stroop effect", () => {
	const rng = makeRng(9);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_cell: 96 }), definition);
	const mean = (name: string) => {
		const rts = trials.filter((s) => s.condition === name).map((s) => simulate(s, rng, definition).rt_ms);
		return rts.reduce((x, y) => x + y, 0) / rts.length;
	};
	assert.ok(mean("incongruent") - mean("congruent") > 30);
});
