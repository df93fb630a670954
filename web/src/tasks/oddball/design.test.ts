import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/oddball/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("a fifth are targets, none of them early and no two in a row", () => {
	for (let seed = 0; seed < 50; seed++) {
		const { test: trials, practice } = design(seed, parameters, definition);
		assert.equal(trials.length, 200);
		assert.equal(trials.filter((s) => s.stimulus.target).length, 40);
		assert.equal(practice.length, 10);
		assert.equal(practice.filter((s) => s.stimulus.target).length, 2);
		for (const list of [trials, practice]) {
			assert.ok(list.slice(0, 3).every((s) => !s.stimulus.target));
			assert.ok(list.every((s, i) => !s.stimulus.target || !list[i - 1]?.stimulus.target));
		}
	}
});

test("targets come anywhere alike after the first standards", () => {
	const at = Array.from({ length: 200 }, () => 0);
	for (let seed = 0; seed < 400; seed++) {
		design(seed, parameters, definition).test.forEach((s, i) => {
			if (s.stimulus.target) at[i] = (at[i] ?? 0) + 1;
		});
	}
	/* 400 x 40 / 197 = 81 a place; six sd of a binomial are about 48. */
	assert.ok(at.slice(4).every((n) => n > 33 && n < 130), at.join(" "));
});

test("times between tones fill the range evenly", () => {
	const soa = design(5, parametersOf(definition, { trials: 1000 }), definition).test.map((s) => s.stimulus.soa_ms);
	assert.ok(Math.min(...soa) >= 1000 && Math.max(...soa) <= 2000);
	const mean = soa.reduce((sum, x) => sum + x, 0) / soa.length;
	/* sd of the mean: 1000 / sqrt(12 x 1000) = 9 ms. */
	assert.ok(Math.abs(mean - 1500) < 46, `${mean}`);
});

test("targets ask for a press and standards for none", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		assert.equal(condition, stimulus.target ? "target" : "standard");
		assert.equal(answer, stimulus.target ? "press" : null);
	}
});

test("more targets than fit are fewer targets, and as many trials", () => {
	const most = parametersOf(definition, { trials: 10, target_percent: 40, first_standards: 5 });
	const { test: trials } = design(1, most, definition);
	assert.equal(trials.length, 10);
	assert.ok(trials.every((s, i) => !s.stimulus.target || (i >= 5 && !trials[i - 1]?.stimulus.target)));
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person presses at most targets and few standards", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials: 1000 }), definition);
	const pressed = { target: 0, standard: 0 };
	for (const s of trials) pressed[s.condition as "target" | "standard"] += simulate(s, rng).response === "press" ? 1 : 0;
	assert.ok(pressed.target > 180, `${pressed.target} of 200`);
	assert.ok(pressed.standard < 25, `${pressed.standard} of 800`);
});
