import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/flanker/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("every condition has its trials, with directions and places evenly", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	for (const { name } of definition.conditions) {
		const mine = trials.filter((s) => s.condition === name);
		assert.equal(mine.length, 48, name);
		assert.equal(practice.filter((s) => s.condition === name).length, 4, name);
		for (const target of ["left", "right"]) {
			for (const place of ["above", "below"]) {
				const n = mine.filter((s) => s.stimulus.target === target && s.stimulus.place === place).length;
				assert.equal(n, 12, `${name} ${target} ${place}`);
			}
		}
	}
});

test("the neighbours are what the condition says, and the answer is the middle arrow", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		assert.equal(answer, stimulus.target);
		if (condition === "neutral") assert.equal(stimulus.flankers, null);
		else assert.equal(stimulus.flankers === stimulus.target, condition === "congruent");
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person is slower and errs more against the neighbours", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_cell: 200 }), definition);
	const of = (name: string) => trials.filter((s) => s.condition === name).map((s) => ({ s, ...simulate(s, rng) }));
	const [easy, hard] = [of("congruent"), of("incongruent")];
	const mean = (list: { rt_ms: number }[]) => list.reduce((sum, x) => sum + x.rt_ms, 0) / list.length;
	const errors = (list: typeof easy) => list.filter((x) => x.response !== x.s.answer).length;
	assert.ok(mean(hard) > mean(easy) + 25);
	assert.ok(errors(hard) > errors(easy));
});
