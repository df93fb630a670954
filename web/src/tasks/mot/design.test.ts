import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import type { Outcome, Played } from "../task";
import { design } from "./design";
import { CLEARANCE, pathsOf, type Places, placesAt, STEP_MS } from "./paths";
import { mot } from "./run";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/mot/task.json`, "utf8")));
const parameters = parametersOf(definition, {});
const RADIUS = Number(definition.stimuli["radius_share"]);

const distance = (p: Places, i: number, j: number) =>
	Math.hypot((p[2 * i] as number) - (p[2 * j] as number), (p[2 * i + 1] as number) - (p[2 * j + 1] as number));

test("the same seed makes the same trials, another seed others; practice changes nothing", () => {
	const { test: trials } = design(7, parameters, definition);
	assert.deepEqual(design(7, parametersOf(definition, { practice_trials: 0 }), definition).test, trials);
	assert.notDeepEqual(design(8, parameters, definition).test, trials);
});

test("each number of targets has its trials; the practice begins with few", () => {
	const { test: trials, practice } = design(1, parametersOf(definition, { discs: 8, targets: [5, 2] }), definition);
	assert.deepEqual(new Set(trials.map((s) => s.condition)), new Set(["2-of-8", "5-of-8"]));
	assert.equal(trials.filter((s) => s.condition === "2-of-8" && s.answer === "hits-2").length, 16);
	assert.deepEqual(practice.map((s) => s.stimulus.targets), [2, 2, 5, 5]);
	assert.equal(new Set(trials.map((s) => s.stimulus.seed)).size, trials.length);
});

test("an adaptive session takes its speeds from the difficulty, and can be gone through again", () => {
	const p = parametersOf(definition, { adaptive: 1, adaptive_trials: 5, adaptive_targets: 3 });
	const { test: none, follow } = design(9, p, definition);
	assert.equal(none.length, 0);
	const played: Played[] = [];
	for (const level of [220, 300, 150, 90, 600]) {
		const spec = follow?.next(played, level);
		assert.equal(spec?.difficulty, level);
		assert.equal(spec?.stimulus.speed, level / 1000);
		assert.equal(spec?.condition, "3-of-10");
		assert.deepEqual(follow?.next(played, level), spec);
		played.push({ condition: "3-of-10", correct: true, response: "hits-3", rt_ms: 1, difficulty: level });
	}
	assert.equal(follow?.next(played, 200), null);
});

test("discs keep clear of each other and of the edge, at every speed and density", () => {
	for (const [discs, speed, seed] of [[8, 0.02, 1], [10, 0.2, 2], [12, 0.2, 3], [12, 0.6, 4], [12, 0.6, 5]] as const) {
		for (const p of pathsOf({ seed, discs, speed, move_ms: 12000 }, RADIUS)) {
			for (let i = 0; i < discs; i++) {
				assert.ok(Math.max(Math.abs(p[2 * i] as number), Math.abs(p[2 * i + 1] as number)) <= 0.5 - RADIUS + 1e-9);
				for (let j = 0; j < i; j++) assert.ok(distance(p, i, j) > (CLEARANCE - 0.2) * RADIUS, `${discs} discs, ${speed}`);
			}
		}
	}
});

test("discs move smoothly, at the speed that was asked for", () => {
	const motion = { seed: 11, discs: 10, speed: 0.2, move_ms: 6000 };
	const paths = pathsOf(motion, RADIUS);
	assert.equal(paths.length, 601);
	let sum = 0;
	let least = Infinity;
	for (let s = 1; s < paths.length; s++) {
		for (let i = 0; i < 10; i++) {
			const [a, b] = [paths[s - 1] as Places, paths[s] as Places];
			const way = Math.hypot((a[2 * i] as number) - (b[2 * i] as number), (a[2 * i + 1] as number) - (b[2 * i + 1] as number));
			sum += way;
			least = Math.min(least, way);
			assert.ok(way <= 0.01, `step ${s}`);
		}
	}
	const mean = sum / 6000 / (STEP_MS / 1000);
	assert.ok(Math.abs(mean / 0.2 - 1) < 0.03, `${mean} sides a second`);
	assert.ok(least >= 0);
});

test("paths are those they were: the same bits on every machine", () => {
	const paths = pathsOf({ seed: 5, discs: 10, speed: 0.2, move_ms: 6000 }, RADIUS);
	assert.deepEqual([...(paths.at(-1) as Places).slice(0, 4)], LAST);
	assert.deepEqual(pathsOf({ seed: 5, discs: 10, speed: 0.2, move_ms: 6000 }, RADIUS).at(-1), paths.at(-1));
});

test("between two steps a disc is on the line between them", () => {
	const paths = [new Float64Array([0, 0]), new Float64Array([0.1, 0.2])];
	assert.deepEqual([...placesAt(paths, 5)], [0.05, 0.1]);
	assert.deepEqual([...placesAt(paths, -1)], [0, 0]);
	assert.deepEqual([...placesAt(paths, 999)], [0.1, 0.2]);
});

test("the response counts the targets among the marks", () => {
	const [spec] = design(1, parametersOf(definition, { targets: [3] }), definition).test;
	assert.ok(spec !== undefined);
	const given = (...names: number[]) => ({ response: "done", given: names.map((n) => ({ name: String(n), at_ms: 1 })) }) as unknown as Outcome;
	assert.equal(mot.response?.(spec, given(0, 2, 1)), "hits-3");
	assert.equal(mot.response?.(spec, given(9, 3, 1)), "hits-1");
	assert.equal(mot.response?.(spec, { response: null, given: [] } as unknown as Outcome), null);
	assert.deepEqual(mot.detail?.(spec, given(9, 1)), { seed: spec.stimulus.seed, marked: [9, 1] });
});

test("the simulated person marks more than chance, and loses some", () => {
	const rng = makeRng(2);
	const trials = design(2, parameters, definition).test.filter((s) => s.stimulus.targets === 5);
	const hits = trials.map((s) => Number(mot.simulate(s, rng, definition).response?.slice(5)));
	const mean = hits.reduce((a, b) => a + b, 0) / hits.length;
	assert.ok(mean > 3 && mean < 4.9, `${mean}`);
});

/* Trials in progress depend on it: a change here remakes other paths after a reload. */
const LAST = [-0.057422041285266984, -0.10658125405538567, 0.3221844462133802, -0.28618949001300575];
