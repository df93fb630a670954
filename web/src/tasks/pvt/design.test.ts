import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { type Outcome, trialBody } from "../task";
import { design } from "./design";
import { pvt } from "./run";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/pvt/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

test("the same seed makes the same waits, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("waits are of one to four seconds and fill three minutes", () => {
	for (let seed = 0; seed < 20; seed++) {
		const waits = design(seed, parameters, definition).test.map((s) => s.stimulus.wait_ms);
		assert.ok(waits.every((w) => w >= 1000 && w <= 4000));
		const total = waits.reduce((sum, w) => sum + w + 300, 0);
		assert.ok(total >= 180_000 && total - 300 - (waits.at(-1) ?? 0) < 180_000);
		assert.ok(waits.length > 52 && waits.length < 78, `${waits.length}`);
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, parameters, definition).practice.length, 3);
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("a press within 100 ms or before the counter is wrong, and no answer times out", () => {
	const spec = { condition: "counter", answer: "press", stimulus: { wait_ms: 2000 } };
	const base: Outcome = {
		response: "press", rt_ms: 250, onset: 10, frames_dropped: 0, frame_ms: 16.7, event_delay: 0, lasted_ms: [],
		early: 0, input: "key", blurred: false,
	};
	const body = (o: Partial<Outcome>) => trialBody(pvt, 0, spec, { ...base, ...o }, 0, false);
	assert.equal(body({}).correct, true);
	assert.equal(body({ rt_ms: 100 }).correct, true);
	assert.equal(body({ rt_ms: 99 }).correct, false);
	const early = body({ rt_ms: 0, early: 1 });
	assert.deepEqual([early.correct, early.rt_ms, early.flags, early.detail?.["early"]], [false, 0, [], 1]);
	assert.deepEqual(body({ response: null, rt_ms: null }).flags, ["timeout"]);
});
