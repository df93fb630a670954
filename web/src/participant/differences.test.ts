import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition } from "../tasks/definition";
import { playableTasks } from "../tasks/registry";
import { drawnScores, isDifference } from "./differences";

const definitions = playableTasks.map((name) => checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/${name}/task.json`, "utf8"))));

test("effects, costs and slopes are differences; times and shares are not", () => {
	for (const name of ["stroop_effect", "switch_cost", "present_slope", "alerting"]) assert.ok(isDifference(name), name);
	for (const name of ["rt_mean", "accuracy", "d_prime", "span", "speed"]) assert.ok(!isDifference(name), name);
});

test("every task has something to draw, and never a difference", () => {
	for (const definition of definitions) {
		const drawn = drawnScores(definition);
		assert.ok(drawn.length > 0, definition.name);
		assert.ok(drawn.every((s) => !isDifference(s.name)), definition.name);
		assert.equal(new Set(drawn.map((s) => s.name)).size, drawn.length, definition.name);
	}
});
