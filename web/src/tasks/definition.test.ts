import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { effectiveParameters, setParameters } from "../runner/parameters";
import { checkDefinition, overridesFrom, parametersOf, textIn } from "./definition";
import { makeRng } from "./rng";

const json: unknown = JSON.parse(readFileSync(`${TASKS_DIR}/visual-search/task.json`, "utf8"));
const definition = checkDefinition(json);
const read = (query: string) => overridesFrom(new URLSearchParams(query), definition);

test("overrides within the stated ranges are taken", () => {
	assert.deepEqual(read("p.trials_per_cell=1&p.set_sizes=3,12"), { trials_per_cell: 1, set_sizes: [3, 12] });
	assert.equal(parametersOf(definition, read("p.gap_ms=0"))["gap_ms"], 0);
});

test("anything else is left out", () => {
	assert.deepEqual(read("p.trials_per_cell=0&p.gap_ms=x&p.fixation_ms=50.5&p.deadline_ms="), {});
	assert.deepEqual(read("p.set_sizes=3&p.block_trials=9999&p.other=1"), {});
	assert.deepEqual(read("p.set_sizes=3,4"), {});
	assert.deepEqual(read("p.set_sizes=3,3"), {});
});

test("a programme's parameters lie between the defaults and the address's", () => {
	const session = { parameters: { gap_ms: 40, trials_per_cell: 3, set_sizes: [3, 5], other: 1 }, overrides: { trials_per_cell: 1 } };
	assert.deepEqual(setParameters(definition, session), { gap_ms: 40, trials_per_cell: 1 });
	const all = effectiveParameters(definition, session);
	assert.equal(all["gap_ms"], 40);
	assert.equal(all["trials_per_cell"], 1);
	assert.deepEqual(all["set_sizes"], parametersOf(definition, {})["set_sizes"]);
	assert.deepEqual(effectiveParameters(definition, { overrides: {} }), parametersOf(definition, {}));
});

test("keys may be left out only where answers are no buttons", () => {
	const { responses } = json as { responses: object[] };
	const bare = responses.map((r) => ({ ...r, key: undefined, key_label: undefined }));
	assert.throws(() => checkDefinition({ ...(json as object), responses: bare }), /responses/);
	assert.ok(checkDefinition({ ...(json as object), responses: bare, input: "keypad" }));
	assert.throws(() => checkDefinition({ ...(json as object), input: "voice" }), /input/);
});

test("a broken definition is refused by the name of its member", () => {
	assert.throws(() => checkDefinition(null), /the object/);
	assert.throws(() => checkDefinition({ ...(json as object), responses: [{}] }), /responses/);
});

test("text falls back to English", () => {
	assert.equal(textIn({ en: "a", "zh-Hans": "b" }, "zh-Hans"), "b");
	assert.equal(textIn({ en: "a" }, "zh-Hans"), "a");
});

test("the generator keeps its sequence", () => {
	const rng = makeRng(1);
	assert.deepEqual([rng.below(1000), rng.below(1000), rng.below(1000)], SEQUENCE);
});

test("the generator is roughly uniform and normal", () => {
	const rng = makeRng(42);
	let sum = 0;
	let squares = 0;
	for (let i = 0; i < 20000; i++) {
		const x = rng.normal();
		sum += x;
		squares += x * x;
	}
	assert.ok(Math.abs(sum / 20000) < 0.03);
	assert.ok(Math.abs(squares / 20000 - 1) < 0.05);
});

/* Sessions in progress depend on it: a change here remakes other trials after a reload. */
const SEQUENCE = [563, 585, 895];
