import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { counts, design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/ax-cpt/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("seven of ten pairs are AX, and the rest is divided", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	assert.equal(practice.length, 10);
	const of = (kind: string) => trials.filter((s) => s.condition === kind).length;
	assert.deepEqual([of("ax"), of("ay"), of("bx"), of("by")], [168, 24, 24, 24]);
	assert.deepEqual(counts(11, 70), { ax: 8, ay: 1, bx: 1, by: 1 });
	assert.deepEqual(counts(12, 70), { ax: 8, ay: 2, bx: 1, by: 1 });
	assert.deepEqual(counts(10, 50), { ax: 5, ay: 2, bx: 2, by: 1 });
	for (let n = 4; n < 40; n++) {
		for (const percent of [40, 70, 85]) {
			assert.equal(Object.values(counts(n, percent)).reduce((sum, x) => sum + x), n);
		}
	}
});

test("the letters are what the condition says, and only A before X is the pair to find", () => {
	for (const { condition, answer, stimulus } of design(3, parameters, definition).test) {
		assert.equal(stimulus.cue === "A", condition.startsWith("a"));
		assert.equal(stimulus.probe === "X", condition.endsWith("x"));
		assert.ok(stimulus.cue !== stimulus.probe);
		assert.ok(stimulus.cue !== "X");
		assert.ok(stimulus.probe !== "A");
		assert.equal(answer, condition === "ax" ? "target" : "other");
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("the simulated person is slower and errs more where an A misled", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials: 600, ax_percent: 40 }), definition);
	const of = (kind: string) => trials.filter((s) => s.condition === kind).map((s) => ({ s, ...simulate(s, rng) }));
	const mean = (list: { rt_ms: number }[]) => list.reduce((sum, x) => sum + x.rt_ms, 0) / list.length;
	assert.ok(mean(of("ay")) > mean(of("by")) + 80);
	const wrong = (list: ReturnType<typeof of>) => list.filter((x) => x.response !== x.s.answer).length;
	assert.ok(wrong(of("ay")) > wrong(of("by")));
});
