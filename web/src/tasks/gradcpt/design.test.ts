import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design } from "./design";
import { mixtureAt } from "./fading";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/gradcpt/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("a tenth are mountains, and no picture comes twice in a row", () => {
	const seen = new Set<string>();
	for (const seed of [1, 2, 3, 4, 5]) {
		const trials = design(seed, parameters, definition).test;
		assert.equal(trials.length, 300);
		assert.equal(trials.filter((s) => s.condition === "mountain").length, 30);
		for (const [i, { condition, answer, stimulus }] of trials.entries()) {
			assert.equal(stimulus.scene.kind, condition);
			assert.equal(answer, condition === "city" ? "press" : null);
			assert.ok(stimulus.scene.index >= 0 && stimulus.scene.index < 10);
			seen.add(`${condition} ${stimulus.scene.index}`);
			if (i > 0) assert.notDeepEqual(stimulus.scene, trials[i - 1]?.stimulus.scene);
		}
	}
	assert.equal(seen.size, 20);
});

test("every picture fades into the next, but for breaks", () => {
	const trials = design(2, parametersOf(definition, { block_trials: 100 }), definition).test;
	for (const [i, { stimulus }] of trials.entries()) {
		assert.deepEqual(stimulus.previous, i % 100 === 0 ? null : trials[i - 1]?.stimulus.scene);
		assert.deepEqual(stimulus.next, i % 100 === 99 ? null : trials[i + 1]?.stimulus.scene);
	}
});

test("windows meet: one ends as the next begins", () => {
	assert.deepEqual(mixtureAt(0, 0.4), { from: "previous", to: "scene", share: 0.4 });
	assert.deepEqual(mixtureAt(0.6, 0.4), { from: "previous", to: "scene", share: 1 });
	const end = mixtureAt(1, 0.4);
	assert.deepEqual([end.from, end.to], ["scene", "next"]);
	assert.ok(Math.abs(end.share - mixtureAt(0, 0.4).share) < 1e-12);
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person presses for some mountains, and misses few cities", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials: 2000 }), definition);
	const pressed = { city: 0, mountain: 0 };
	for (const s of trials) pressed[s.condition as keyof typeof pressed] += simulate(s, rng).response === "press" ? 1 : 0;
	assert.ok(pressed.mountain > 25 && pressed.mountain < 80, `${pressed.mountain} of 200`);
	assert.ok(pressed.city > 1700, `${pressed.city} of 1800`);
});
