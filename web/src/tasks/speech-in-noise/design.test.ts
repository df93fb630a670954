import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Adaptive } from "../../adaptive/adaptive";
import { checkDefinition, parametersOf } from "../definition";
import { makeRng } from "../rng";
import type { Played } from "../task";
import { design } from "./design";
import { simulate } from "./simulate";

const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/speech-in-noise/task.json`, "utf8")));
const parameters = parametersOf(definition, {});

const played = (correct: boolean, difficulty: number | null): Played => ({
	condition: "triplet",
	correct,
	response: correct ? "right" : "wrong",
	rt_ms: 2000,
	difficulty,
});

/** All trials of a session in which each was right. */
function session(seed: number, p = parameters) {
	const { follow } = design(seed, p, definition);
	assert.ok(follow !== undefined);
	const list: Played[] = [];
	const specs = [];
	for (let spec = follow.next(list, -4); spec !== null; spec = follow.next(list, -4)) {
		specs.push(spec);
		list.push(played(true, -4));
	}
	assert.equal(specs.length, follow.most);
	return specs;
}

test("the same seed makes the same trials, another seed others", () => {
	assert.deepEqual(session(7), session(7));
	assert.notDeepEqual(session(7), session(8));
});

test("24 triplets of three different digits, every digit about equally often at each place", () => {
	for (let seed = 0; seed < 30; seed++) {
		const specs = session(seed);
		assert.equal(specs.length, 24);
		for (const { stimulus } of specs) {
			assert.equal(new Set(stimulus.digits).size, 3);
			assert.ok(stimulus.place >= 0 && stimulus.place < 1);
		}
		for (let place = 0; place < 3; place++) {
			for (let digit = 0; digit < 10; digit++) {
				const n = specs.filter((s) => s.stimulus.digits[place] === digit).length;
				assert.ok(n === 2 || n === 3, `${digit} comes ${n} times at ${place}`);
			}
		}
	}
});

test("the level is the number given, or the parameter's without one", () => {
	const { follow, practice } = design(1, parameters, definition);
	assert.equal(follow?.next([], -6)?.stimulus.snr_db, -6);
	assert.equal(follow?.next([], -6)?.difficulty, -6);
	assert.equal(follow?.next([], null)?.stimulus.snr_db, 0);
	assert.equal(practice.length, 3);
	assert.ok(practice.every((s) => s.stimulus.snr_db === 4));
});

test("the level falls by 2 dB after a right triplet and rises by 2 dB after a wrong one, from 0 dB", async () => {
	const { adaptive } = definition;
	assert.ok(adaptive !== undefined);
	const a = await Adaptive.open(adaptive, WebAssembly.compile(readFileSync(ADAPTIVE_MODULE)));
	a.start(5, null);
	let level = 0;
	for (const correct of [true, true, false, true, false, false, true, true, true, false]) {
		assert.equal(a.next(), level);
		a.outcome(level, correct);
		level += correct ? -2 : 2;
	}
});

test("the simulated person understands half the triplets near -7 dB", () => {
	const rng = makeRng(3);
	const spec = session(1)[0];
	assert.ok(spec !== undefined);
	const right = (snr_db: number) => {
		let n = 0;
		for (let i = 0; i < 400; i++) {
			const { given } = simulate({ ...spec, stimulus: { ...spec.stimulus, snr_db } }, rng);
			n += given.map((g) => g.name).join("") === spec.stimulus.digits.join("") ? 1 : 0;
		}
		return n / 400;
	};
	assert.ok(right(0) > 0.93);
	assert.ok(Math.abs(right(-7) - 0.49) < 0.1);
	assert.ok(right(-14) < 0.05);
});
