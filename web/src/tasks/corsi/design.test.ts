import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Direction, placeTowards } from "../../runner/collection";
import { checkDefinition, parametersOf } from "../definition";
import type { Played } from "../task";
import { blocksOf, design } from "./design";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/corsi/task.json`, "utf8")));
const made = (overrides: Record<string, number> = {}, seed = 7) => design(seed, parametersOf(definition, overrides), definition);

function playOut(d: ReturnType<typeof made>, right: (length: number) => boolean, level: number | null = null): number[][] {
	const played: Played[] = [];
	const out: number[][] = [];
	for (let s = d.follow?.next(played, level) ?? null; s !== null; s = d.follow?.next(played, level) ?? null) {
		assert.equal(s.difficulty, s.stimulus.length);
		out.push([...s.stimulus]);
		played.push({ condition: s.condition, correct: right(s.stimulus.length), response: null, rt_ms: null, difficulty: s.stimulus.length });
	}
	return out;
}

test("from two blocks on, two sequences a length, until both are wrong", () => {
	assert.deepEqual(playOut(made(), (n) => n < 5).map((s) => s.length), [2, 2, 3, 3, 4, 4, 5, 5]);
	assert.equal(playOut(made(), () => true).length, 16);
	assert.ok(playOut(made(), () => true).every((s) => new Set(s).size === s.length));
});

test("a seed makes the same sequences, and practice does not change them", () => {
	assert.deepEqual(playOut(made(), () => true), playOut(made({ practice_trials: 5 }), () => true));
	assert.notDeepEqual(playOut(made(), () => true), playOut(made({}, 8), () => true));
});

test("lengths that are given, for a fixed number of trials", () => {
	assert.deepEqual(playOut(made({ adaptive: 1, trials: 5 }), () => false, 6).map((s) => s.length), [6, 6, 6, 6, 6]);
});

test("blocks lie on the board, apart, and arrow keys reach each from each", () => {
	const { board_ratio, block_share } = definition.stimuli;
	const ratio = Number(board_ratio);
	const size = Number(block_share);
	const places = blocksOf(definition).map(([x, y], i) => ({ name: String(i), x, y: y / ratio, r: size / 2 }));
	for (const p of places) {
		assert.ok(p.x >= size / 2 && p.x <= 1 - size / 2 && p.y >= size / 2 && p.y <= 1 / ratio - size / 2, p.name);
		for (const q of places) {
			const apart = Math.max(Math.abs(p.x - q.x), Math.abs(p.y - q.y));
			assert.ok(p === q || apart > 1.2 * size, `${p.name} and ${q.name}`);
		}
		const reached = new Set([p.name]);
		const directions: Direction[] = ["left", "right", "up", "down"];
		for (const name of reached) for (const d of directions) reached.add(placeTowards(places, name, d) ?? name);
		assert.equal(reached.size, places.length, `from ${p.name}`);
	}
});
