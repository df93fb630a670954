import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/cueing/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("four of five arrows are right; sides and tilts are even in both conditions", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	assert.equal(trials.length, 160);
	assert.equal(practice.length, 10);
	for (const [condition, n] of [["valid", 128], ["invalid", 32]] as const) {
		const mine = trials.filter((s) => s.condition === condition).map((s) => s.stimulus);
		assert.equal(mine.length, n);
		for (const target of ["left", "right"]) {
			for (const tilt of ["left", "right"]) {
				assert.equal(mine.filter((s) => s.target === target && s.tilt === tilt).length, n / 4);
			}
		}
	}
});

test("the arrow is what the condition says, and the answer is the tilt", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		assert.equal(answer, stimulus.tilt);
		assert.equal(stimulus.cue === stimulus.target, condition === "valid");
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person is slower where the arrow misled", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials: 640, valid_percent: 50 }), definition);
	const mean = (condition: string) => {
		const times = trials.filter((s) => s.condition === condition).map((s) => simulate(s, rng).rt_ms);
		return times.reduce((sum, x) => sum + x, 0) / times.length;
	};
	/* 33 ms, with a standard error of about 6. */
	assert.ok(mean("invalid") > mean("valid") + 10);
});
