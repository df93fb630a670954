import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/ant/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("four cues with three kinds of neighbours, each with directions and places evenly", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	assert.equal(trials.length, 288);
	assert.equal(practice.length, 24);
	assert.equal(definition.conditions.length, 12);
	for (const { name } of definition.conditions) {
		const mine = trials.filter((s) => s.condition === name);
		assert.equal(practice.filter((s) => s.condition === name).length, 2, name);
		for (const target of ["left", "right"]) {
			for (const place of ["above", "below"]) {
				const n = mine.filter((s) => s.stimulus.target === target && s.stimulus.place === place).length;
				assert.equal(n, 6, `${name} ${target} ${place}`);
			}
		}
	}
});

test("cue and neighbours are what the condition says, and the answer is the middle arrow", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		const [cue, congruency] = condition.split("-");
		assert.equal(answer, stimulus.target);
		assert.equal(stimulus.cue, cue);
		if (congruency === "neutral") assert.equal(stimulus.flankers, null);
		else assert.equal(stimulus.flankers === stimulus.target, congruency === "congruent");
	}
});

test("the wait before the cue takes all of its range", () => {
	const waits = design(4, parameters, definition).test.map((s) => s.stimulus.fixation_ms);
	assert.ok(Math.min(...waits) >= 400 && Math.min(...waits) < 430);
	assert.ok(Math.max(...waits) <= 1600 && Math.max(...waits) > 1570);
	const fixed = parametersOf(definition, { fixation_min_ms: 700, fixation_max_ms: 300 });
	assert.ok(design(4, fixed, definition).test.every((s) => s.stimulus.fixation_ms === 700));
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person has the three effects", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_cell: 96 }), definition);
	const played = trials.map((s) => ({ condition: s.condition, rt_ms: simulate(s, rng).rt_ms }));
	const mean = (part: RegExp) => {
		const times = played.filter((t) => part.test(t.condition)).map((t) => t.rt_ms);
		return times.reduce((sum, x) => sum + x, 0) / times.length;
	};
	/* Standard errors of about 8 ms. */
	assert.ok(Math.abs(mean(/^none/) - mean(/^double/) - 47) < 32);
	assert.ok(Math.abs(mean(/^centre/) - mean(/^spatial/) - 51) < 32);
	assert.ok(Math.abs(mean(/-incongruent/) - mean(/-congruent/) - 84) < 32);
});
