import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design, SECOND } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/attentional-blink/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others; practice changes nothing", () => {
	const { test: trials } = design(7, parameters, definition);
	assert.deepEqual(design(7, parametersOf(definition, { practice_trials: 0 }), definition).test, trials);
	assert.notDeepEqual(design(8, parameters, definition).test, trials);
});

test("each lag that is asked for has its trials, and the absence of an X", () => {
	const { test: trials, practice } = design(1, parametersOf(definition, { lags: [1, 4], trials_per_lag: 5, absent_trials: 3 }), definition);
	const count = (name: string) => trials.filter((s) => s.condition === name).length;
	assert.deepEqual(definition.conditions.map((c) => count(c.name)), [5, 0, 0, 5, 0, 0, 0, 0, 3]);
	assert.equal(practice.length, 8);
	assert.equal(practice.filter((s) => s.condition === "absent").length, 3);
});

test("a stream has one first target, the X at its lag or none, and letters after it", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		const { letters, first, choices } = stimulus;
		assert.ok(first >= 5 && first <= 9);
		assert.equal(letters.length, first + 11);
		const lag = /^lag-(\d)$/.exec(condition);
		assert.equal(letters.indexOf(SECOND), lag === null ? -1 : first + Number(lag[1]));
		assert.equal(answer, lag === null ? "t1-right-none" : "t1-right-x");
		assert.equal(new Set(letters).size, letters.length);
		assert.equal(new Set(choices).size, 4);
		assert.ok(choices.every((l) => letters.includes(l) && l !== SECOND));
		assert.ok(choices.includes(letters[first] ?? ""));
		assert.ok(!choices.includes(letters[first + 1] ?? "") && !choices.includes(letters[first - 1] ?? ""));
		assert.deepEqual([...choices].sort(), choices);
	}
});

test("the longest stream repeats letters, but no near ones, and keeps its first target single", () => {
	const long = parametersOf(definition, { before_min: 15, before_max: 2, after: 15 });
	for (const { stimulus } of design(5, long, definition).test) {
		const { letters, first } = stimulus;
		assert.equal(letters.length, 31);
		assert.equal(letters.filter((l) => l === letters[first]).length, 1);
		letters.forEach((l, i) => assert.ok(!letters.slice(i + 1, i + 15).includes(l)));
	}
});

test("the simulated person blinks", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_lag: 60 }), definition);
	const seen = (...names: string[]) => {
		const some = trials.filter((s) => names.includes(s.condition));
		return some.filter((s) => simulate(s, rng).response?.endsWith("-x")).length / some.length;
	};
	assert.ok(seen("lag-7", "lag-8") > seen("lag-2", "lag-3") + 0.1);
	assert.ok(seen("absent") < 0.3);
});
