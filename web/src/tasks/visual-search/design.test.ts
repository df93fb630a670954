import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import { design, gridOf } from "./design";
import { visualSearch } from "./run";

const definitionOf = (task: string) => checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/${task}/task.json`, "utf8")));
const definition = definitionOf("visual-search");
const parameters = parametersOf(definition, {});

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(design(7, parameters, definition), design(7, parameters, definition));
	assert.notDeepEqual(design(7, parameters, definition).test, design(8, parameters, definition).test);
});

test("every condition has its trials, and the practice covers all conditions evenly", () => {
	const { practice, test: trials } = design(1, parameters, definition);
	for (const { name } of definition.conditions) {
		assert.equal(trials.filter((s) => s.condition === name).length, 20, name);
		assert.equal(practice.filter((s) => s.condition === name).length, 2, name);
	}
});

test("practice does not change the test", () => {
	const none = parametersOf(definition, { practice_trials: 0 });
	assert.equal(design(3, none, definition).practice.length, 0);
	assert.deepEqual(design(3, none, definition).test, design(3, parameters, definition).test);
});

test("a display has its number of bars, one target or none, and distractors in halves", () => {
	for (const spec of design(11, parameters, definition).test) {
		const size = Number(spec.condition.split("-")[1]);
		assert.equal(spec.stimulus.length, size);
		const targets = spec.stimulus.filter((b) => b.colour === "red" && b.vertical).length;
		assert.equal(targets, spec.answer === "present" ? 1 : 0);
		const green = spec.stimulus.filter((b) => b.colour === "green").length;
		assert.ok(Math.abs(2 * green - (size - targets)) <= 1);
	}
});

test("no two bars touch, and all lie within the field", () => {
	const cell = 1 / gridOf(definition).columns;
	for (const spec of design(5, parameters, definition).test) {
		const bars = spec.stimulus;
		for (const [i, a] of bars.entries()) {
			assert.ok(Math.abs(a.x) < 0.5 && Math.abs(a.y) < 0.5);
			for (const b of bars.slice(i + 1)) {
				const half = (v = false) => (v ? 0.18 : 0.6) * cell;
				const apartX = Math.abs(a.x - b.x) >= (half(a.vertical) + half(b.vertical)) / 2;
				const apartY = Math.abs(a.y - b.y) >= (half(a.vertical !== true) + half(b.vertical !== true)) / 2;
				assert.ok(apartX || apartY);
			}
		}
	}
});

test("the simulated searcher is slower with more bars and mostly right", () => {
	const rng = makeRng(2);
	const { test: trials } = design(2, parametersOf(definition, { trials_per_cell: 60 }), definition);
	const mean = (name: string) => {
		const rts = trials.filter((s) => s.condition === name).map((s) => visualSearch.simulate(s, rng, definition).rt_ms ?? NaN);
		return rts.reduce((x, y) => x + y, 0) / rts.length;
	};
	assert.ok(mean("absent-18") > mean("absent-3") + 150);
	const right = trials.filter((s) => visualSearch.simulate(s, rng, definition).response === s.answer).length;
	assert.ok(right / trials.length > 0.9);
});

test("the other two searches show one item that stands out by colour, or by its strokes", () => {
	const kinds = {
		"visual-search-feature": { target: "red|true|", others: "green|true|" },
		"visual-search-2-5": { target: "white||2", others: "white||5" },
	};
	for (const [task, { target, others }] of Object.entries(kinds)) {
		const def = definitionOf(task);
		const { test: trials } = design(4, parametersOf(def, { trials_per_cell: 3 }), def);
		assert.equal(trials.length, 24);
		for (const spec of trials) {
			const looks = spec.stimulus.map((i) => [i.colour, i.vertical, i.digit].join("|"));
			assert.equal(looks.length, Number(spec.condition.split("-")[1]));
			assert.equal(looks.filter((l) => l === target).length, spec.answer === "present" ? 1 : 0);
			assert.ok(looks.every((l) => l === target || l === others));
		}
	}
});

test("digits stand clear of each other", () => {
	const def = definitionOf("visual-search-2-5");
	const { width_share, height_share, stroke_share } = def.stimuli["digit"] as Record<string, number>;
	const room = 1 - 2 * gridOf(def).jitter_share - Number(stroke_share);
	assert.ok(Number(width_share) < room && Number(height_share) < room);
});
