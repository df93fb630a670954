// An adaptive task through the API: a session starts where the last one ended, and one whose
// difficulties were not the decided ones is kept, not usable, and teaches nothing.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { builtAdaptive } from "../support/adaptive.mjs";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { makeFolder } from "../support/cli.mjs";
import { ROOT, startServer } from "../support/server.mjs";

const TRIALS = 40;
const ADAPTIVE = {
	kind: "questplus", version: 1, parameter: "deadline_ms", unit: "dB", harder: 1, min: -20, max: 20, step: 1,
	target: 0.8, prior_mean: 0, prior_sd: 6, drift_sd: 0.5, location_min: -20, location_max: 20, location_points: 41,
	slope_min: 0.25, slope_max: 1, slope_points: 3,
};

const folder = makeFolder();
let server, client, Adaptive, module, token;

before(async () => {
	const tasks = path.join(folder.dir, "tasks");
	cpSync(path.join(ROOT, "tasks"), tasks, { recursive: true });
	const file = path.join(tasks, "stroop/task.json");
	const definition = JSON.parse(readFileSync(file, "utf8"));
	writeFileSync(file, JSON.stringify({ ...definition, version: definition.version + 1, adaptive: ADAPTIVE }));
	const built = builtAdaptive();
	({ Adaptive } = await import(built.script));
	module = WebAssembly.compile(readFileSync(built.wasm));
	server = await startServer({ demo: true, env: { CAMP_TASKS_DIR: tasks } });
	client = makeClient(server.url);
	({ token } = expect(await client.request("POST", "/join",
		{ key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1 } }), 201));
});
after(async () => {
	client?.close();
	await server?.stop();
});

async function newSessions(task, count) {
	const key = idempotencyKey(), body = { task, count };
	const { sessions } = expect(await client.request("POST", "/sessions", { token, key, body }), 201);
	const again = expect(await client.request("POST", "/sessions", { token, key, body }), 200);
	assert.deepEqual(again.sessions.map((s) => s.ability), sessions.map((s) => s.ability), "a repeat gives the same");
	return sessions;
}

/** Plays a session as the browser does; `change` may alter the trials that are sent. */
async function play(session, change = (trials) => trials, device) {
	const { adaptive } = expect(await client.request("GET", "/tasks/stroop"), 200);
	const a = await Adaptive.open(adaptive, module);
	a.start(session.seed, session.ability);
	const trials = Array.from({ length: TRIALS }, (_, seq) => {
		const difficulty = a.next(), correct = (seq * 7) % 10 < 8;
		a.outcome(difficulty, correct);
		return { seq, condition: seq % 2 ? "congruent" : "incongruent", correct, rt_ms: 500 + seq, response: "red", difficulty };
	});
	const sent = { token: session.token, body: { trials: change(trials) } };
	expect(await client.request("POST", `/sessions/${session.id}/trials`, sent), 200);
	const score = expect(await client.request("POST", `/sessions/${session.id}/complete`,
		{ token: session.token, body: { trials: TRIALS, ...(device && { device }) } }), 200);
	return { estimate: a.estimate(), score };
}

/* As floats: that is what a session starts from. */
const abilityOf = ({ location, location_sd, slope, slope_sd }) =>
	[location, location_sd, slope, slope_sd].map(Math.fround);

test("a session starts where the last one ended, to the bit", async () => {
	const [first, ahead] = await newSessions("stroop", 2);
	assert.equal(first.ability, null);
	const { estimate, score } = await play(first);
	assert.ok(!score.excluded.session.includes("difficulty_not_followed"), JSON.stringify(score.excluded));
	const [next] = await newSessions("stroop", 1);
	assert.deepEqual(abilityOf(next.ability), abilityOf(estimate));

	/* A newer session counts, and then an older one that is completed late does not. */
	const second = await play(next);
	assert.ok(second.score.usable);
	await play(ahead);
	const [third] = await newSessions("stroop", 1);
	assert.deepEqual(abilityOf(third.ability), abilityOf(second.estimate));
	assert.notDeepEqual(third.ability, next.ability);
});

for (const [what, change] of [
	["another level", (trials) => ((trials[20].difficulty += trials[20].difficulty > 0 ? -1 : 1), trials)],
	["the last bit of one", (trials) => ((trials[20].difficulty = Math.fround((trials[20].difficulty || 1) * (1 + 2 ** -23))), trials)],
	["an answer turned", (trials) => ((trials[2].correct = !trials[2].correct), trials)],
	["no difficulty at all", (trials) => trials.map(({ difficulty, ...trial }) => trial)],
]) {
	test(`difficulties that do not follow are flagged: ${what}`, async () => {
		const [session] = await newSessions("stroop", 1);
		const { score } = await play(session, change);
		assert.deepEqual(score.excluded.session, ["difficulty_not_followed"]);
		assert.equal(score.usable, false);
		assert.equal(score.trials, TRIALS, "nothing is lost");
		assert.ok(score.scores.length > 0);
		const stored = expect(await client.request("GET", `/sessions/${session.id}/score`, { token }), 200);
		assert.deepEqual(stored.excluded, score.excluded);
		const [next] = await newSessions("stroop", 1);
		assert.deepEqual(next.ability, session.ability, "nothing is learnt from it");
	});
}

test("with the parameter adaptive at 0 no difficulty is asked for, and none learnt from", async () => {
	const [session] = await newSessions("stroop", 1);
	const { score } = await play(session, (trials) => trials.map(({ difficulty, ...trial }) => trial), { parameters: { adaptive: 0 } });
	assert.deepEqual(score.excluded.session, []);
	assert.equal(score.usable, true);
	const [next] = await newSessions("stroop", 1);
	assert.deepEqual(next.ability, session.ability);
	/* What is set but not 0 changes nothing. */
	const flagged = await play(next, (trials) => trials.map(({ difficulty, ...trial }) => trial), { parameters: { adaptive: 1 } });
	assert.deepEqual(flagged.score.excluded.session, ["difficulty_not_followed"]);
});

test("progress shows what each adaptive session found", async () => {
	const { tasks } = expect(await client.request("GET", "/me/progress", { token }), 200);
	const { sessions } = tasks.find((one) => one.task === "stroop");
	const found = sessions.filter((one) => one.ability !== null);
	assert.equal(found.length, 3, "the three that followed");
	assert.ok(found.every((one) => one.ability.threshold_sd > 0 && one.usable));
});

test("a score's interval is its kind's, and the same wherever it is told", async () => {
	const { tasks } = expect(await client.request("GET", "/me/progress", { token }), 200);
	const { sessions } = tasks.find((one) => one.task === "stroop");
	for (const { session, score } of sessions) {
		const { scores } = expect(await client.request("GET", `/sessions/${session}/score`, { token }), 200);
		assert.deepEqual(score.interval, scores.find(({ name }) => name === score.name).interval);
		for (const { unit, value, standard_error: error, interval, n } of scores) {
			if (value === null || (error === null && unit !== "proportion")) continue;
			const [low, high] = interval;
			assert.ok(low <= value && value <= high, `${low} ${value} ${high}`);
			if (unit === "proportion") {
				/* Wilson 1927: the bounds p solve (value - p)^2 = z^2 p (1 - p) / n. */
				for (const p of interval) assert.ok(Math.abs((value - p) ** 2 - (3.841458820694124 * p * (1 - p)) / n) < 1e-9);
				assert.ok(low >= 0 && high <= 1);
			} else if (unit === "ms") {
				assert.ok(Math.abs(high + low - 2 * value) < 1e-6 * Math.abs(value), "as far on either side");
				assert.ok(high - value > 1.95996 * error, "Student's is wider than the normal's");
			}
		}
	}
	assert.ok(sessions.length > 3);
});

test("a task that does not adapt has no ability", async () => {
	const [session] = await newSessions("visual-search", 1);
	assert.equal(session.ability, null);
});
