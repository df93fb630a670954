import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/sart/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("every digit comes 25 times, five times in each size", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	assert.equal(trials.length, 225);
	assert.equal(practice.length, 18);
	for (let digit = 1; digit <= 9; digit++) {
		for (let size = 0; size < 5; size++) {
			assert.equal(trials.filter((s) => s.stimulus.digit === digit && s.stimulus.size === size).length, 5);
		}
		assert.equal(practice.filter((s) => s.stimulus.digit === digit).length, 2);
	}
});

test("the 3, and no other digit, is to be let pass", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		assert.equal(condition, stimulus.digit === 3 ? "nogo" : "go");
		assert.equal(answer, stimulus.digit === 3 ? null : "press");
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person presses at some 3s, and misses few other digits", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_digit: 100 }), definition);
	const pressed = { go: 0, nogo: 0 };
	for (const s of trials) pressed[s.condition as "go" | "nogo"] += simulate(s, rng).response === "press" ? 1 : 0;
	assert.ok(pressed.nogo > 15 && pressed.nogo < 60, `${pressed.nogo} of 100`);
	assert.ok(pressed.go > 740, `${pressed.go} of 800`);
});
