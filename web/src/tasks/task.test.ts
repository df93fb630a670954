import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkDefinition, parametersOf } from "./definition";
import { loadTask, playableTasks } from "./registry";
import { makeRng } from "./rng";
import { type Outcome, type Played, playedOf, trialBody } from "./task";

const FLAGS = new Set(["touch", "frames_dropped", "blurred", "resumed", "catch", "timeout"]);

const outcome: Outcome = {
	response: null,
	rt_ms: null,
	onset: 5000,
	frames_dropped: 0,
	frame_ms: 16.6667,
	event_delay: 1.25,
	lasted_ms: [500.04],
	early: 0,
	input: "key",
	blurred: false,
};

for (const name of playableTasks) {
	test(`a simulated session of ${name} makes uploads that the contract allows`, async () => {
		const task = await loadTask(name);
		assert.ok(task !== undefined);
		const definition = checkDefinition(JSON.parse(readFileSync(`${TASKS_DIR}/${name}/task.json`, "utf8")));
		const rng = makeRng(5);
		const design = task.design(123, parametersOf(definition, {}), definition);
		const played: Played[] = [];
		const nextSpec = () => (design.follow ? design.follow.next(played, null) : (design.test[played.length] ?? null));
		for (let spec = nextSpec(); spec !== null; spec = nextSpec()) {
			const seq = played.length;
			const body = trialBody(task, seq, spec, { ...outcome, ...task.simulate(spec, rng, definition) }, 0, seq === 0);
			assert.equal(body.seq, seq);
			assert.ok(definition.conditions.some((c) => c.name === body.condition));
			assert.ok(body.response === undefined || definition.responses.some((r) => r.name === body.response));
			assert.equal(body.correct, (body.response ?? null) === spec.answer);
			assert.equal(body.rt_ms, body.response === undefined ? null : Math.fround(body.rt_ms ?? NaN));
			assert.ok((body.flags ?? []).every((f) => FLAGS.has(f)));
			assert.ok(JSON.stringify(body.detail).length < 200);
			played.push(playedOf(body) as Played);
			assert.ok(played.length <= (design.follow?.most ?? design.test.length));
		}
	});
}

test("a missed deadline, a touch and a disturbed trial carry their flags", async () => {
	const task = await loadTask("stroop");
	assert.ok(task !== undefined);
	const spec = { condition: "congruent", answer: "red", stimulus: { word: "red", ink: "red" } };
	const missed = trialBody(task, 3, spec, { ...outcome, input: null }, 0, false);
	assert.deepEqual(missed.flags, ["timeout"]);
	assert.equal(missed.rt_ms, null);
	assert.equal(missed.response, undefined);
	const touched = { ...outcome, response: "red", rt_ms: 612.3, input: "touch" as const, blurred: true, frames_dropped: 2 };
	assert.deepEqual(trialBody(task, 3, spec, touched, 0, true).flags, ["touch", "frames_dropped", "blurred", "resumed"]);
});

test("an onset beyond the session's day is left out", async () => {
	const task = await loadTask("stroop");
	assert.ok(task !== undefined);
	const spec = { condition: "congruent", answer: "red", stimulus: { word: "red", ink: "red" } };
	assert.equal(trialBody(task, 0, spec, outcome, 100, false).onset_ms, 5100);
	assert.equal(trialBody(task, 0, spec, outcome, 86_400_000, false).onset_ms, undefined);
});

test("a task may store another response than was pressed, and what was given", () => {
	const spec = { condition: "c", answer: "right", stimulus: "123", difficulty: 3 };
	const told = {
		response: (s: typeof spec, o: Outcome) => (o.given?.map((g) => g.name).join("") === s.stimulus ? "right" : "wrong"),
		detail: (_: typeof spec, o: Outcome) => ({ given: o.given?.map((g) => g.name).join("") }),
	};
	const given = ["1", "2", "3"].map((name, i) => ({ name, at_ms: 500 * i }));
	const body = trialBody<string>(told as never, 0, spec, { ...outcome, response: "done", rt_ms: 2000, given }, 0, false);
	assert.equal(body.response, "right");
	assert.equal(body.correct, true);
	assert.equal(body.difficulty, 3);
	assert.equal(body.detail?.["given"], "123");
	assert.deepEqual(playedOf(body), { condition: "c", correct: true, response: "right", rt_ms: 2000, difficulty: 3 });
	assert.equal(playedOf({ ...body, flags: ["catch"] }), null);
});
