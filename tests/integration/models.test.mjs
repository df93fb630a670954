// The attention model in the service: forecasts of sessions, stored or made up for; models
// that are shared, switched and refused; trainings on the server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { makeModel, modelBytes } from "../support/model.mjs";
import { ROOT, runCamp, startServer, until } from "../support/server.mjs";

let cluster;
let env;
let operator;
const servers = [];
const clients = [];

before(async () => {
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	env = { DATABASE_URL: cluster.url("camp"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_TASKS_DIR: path.join(ROOT, "tasks"), CAMP_COMPUTE_THREADS: "2" };
	const migrated = await runCamp(["migrate"], { env });
	assert.equal(migrated.code, 0, migrated.stderr);
	// The first has a model of its own, the second none.
	servers.push(await startServer({ demo: true, client: "stand-in", env: { ...env, CAMP_MODEL: await makeModel() } }));
	servers.push(await startServer({ client: "stand-in", env: { ...env, CAMP_MODEL: "/nowhere/attention.safetensors", CAMP_SECRET_FILE: path.join(servers[0].stateDir, "secret") } }));
	for (const server of servers) clients.push(makeClient(server.url));
	const made = await runCamp(["token", "new", "--operator", "--days", "1"], { env: { CAMP_STATE_DIR: servers[0].stateDir } });
	assert.equal(made.code, 0, made.stderr);
	operator = made.stdout.trim();
});
after(async () => {
	for (const client of clients) client.close();
	for (const server of servers.reverse()) await server.stop();
	await cluster?.remove();
});

const trial = (seq) => ({ seq, condition: seq % 2 ? "congruent" : "incongruent", correct: seq % 9 !== 4, rt_ms: 480 + 37 * (seq % 7), onset_ms: 2000 * seq });

async function newSession(client = clients[0]) {
	const { token, participant_id } = expect(await client.request("POST", "/join", { key: idempotencyKey(), body: { code: servers[0].joinCode, consent_version: 1 } }), 201);
	const { sessions } = expect(await client.request("POST", "/sessions", { token, key: idempotencyKey(), body: { task: "stroop" } }), 201);
	return { ...sessions[0], owner: token, participant: participant_id };
}

const upload = async (session, from, to, client = clients[0]) =>
	expect(await client.request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials: Array.from({ length: to - from }, (_, i) => trial(from + i)) } }), 200);
const complete = async (session, n, client = clients[0]) =>
	expect(await client.request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: n } }), 200);
const engagement = (session, client = clients[0]) => client.request("GET", `/sessions/${session.id}/engagement`, { token: session.owner });
const stored = async (session) => Number(await cluster.query("camp", `SELECT count(*) FROM engagement WHERE session_id = '${session.id}'`));
const operate = (client, method, target, more = {}) => client.request(method, target, { token: operator, ...more });
const serving = async (client) => expect(await operate(client, "GET", "/models"), 200).serving;

async function uploadModel(client, bytes) {
	const { hostname, port } = new URL(servers[clients.indexOf(client)].url);
	const answer = await fetch(`http://${hostname}:${port}/api/v1/models`, { method: "POST", headers: { authorization: `Bearer ${operator}`, "content-type": "application/octet-stream" }, body: bytes });
	return { status: answer.status, body: await answer.json() };
}

function checkScore(e, n) {
	assert.equal(e.trials_seen, n);
	assert.equal(e.trials_needed, 0);
	for (const score of [e.engagement, e.linear]) {
		assert.ok(score.low >= 0 && score.low <= score.value && score.value <= score.high && score.high <= 100, JSON.stringify(score));
		assert.equal(score.level, 0.9);
	}
	assert.equal(e.trials.length, n);
	for (const [i, t] of e.trials.entries()) {
		assert.equal(t.seq, i);
		assert.ok(t.p >= 0 && t.p <= 1 && t.risk >= 0 && t.risk <= 1 && t.sigma > 0, JSON.stringify(t));
	}
	// The score is the mean risk of the last 20, told in another way.
	const risks = e.trials.slice(-20).map((t) => t.risk);
	assert.ok(Math.abs(100 * (1 - risks.reduce((a, b) => a + b) / 20) - e.engagement.value) < 0.01);
	assert.equal(e.lapses, e.trials.slice(-20).filter((t) => t.lapse).length);
}

test("an open session is forecast as far as its trials go", async () => {
	const session = await newSession();
	const none = expect(await engagement(session), 200);
	assert.deepEqual([none.trials_seen, none.trials_needed, none.engagement.value, none.model], [0, 20, null, null]);
	await upload(session, 0, 19);
	await upload(session, 21, 30);
	const few = expect(await engagement(session), 200);
	assert.deepEqual([few.trials_seen, few.trials_needed, few.engagement.value, few.linear.value], [19, 1, null, null]);
	assert.equal(few.trials.length, 19);
	await upload(session, 19, 21);
	const enough = expect(await engagement(session), 200);
	checkScore(enough, 30);
	assert.equal(enough.complete, false);
	assert.equal(await stored(session), 0);
	// Trial t was forecast before it happened: what came later changes nothing.
	for (let i = 0; i < 19; i++) assert.deepEqual([enough.trials[i].p, enough.trials[i].mu], [few.trials[i].p, few.trials[i].mu]);
});

test("completing stores the forecast with the score; it stays, and goes with the person", async () => {
	const session = await newSession();
	await upload(session, 0, 70);
	await complete(session, 70);
	assert.equal(await stored(session), 1);
	const first = expect(await engagement(session), 200);
	checkScore(first, 70);
	assert.equal(first.complete, true);
	assert.equal(first.model.version, (await serving(clients[0])).version);
	await complete(session, 70);
	assert.deepEqual(expect(await engagement(session), 200), first);
	await cluster.query("camp", `DELETE FROM participant WHERE participant_id = '${session.participant}'`);
	assert.equal(await stored(session), 0);
});

test("without a model trials are scored, and the forecast is made up for later", async () => {
	const session = await newSession(clients[1]);
	await upload(session, 0, 40, clients[1]);
	const score = await complete(session, 40, clients[1]);
	assert.equal(score.trials, 40);
	assert.equal(await stored(session), 0);
	const refused = await engagement(session, clients[1]);
	assert.deepEqual([refused.status, refused.body.code], [503, "model_unavailable"]);
	const ready = await fetch(`${servers[1].adminUrl}/readyz`);
	assert.equal(ready.status, 200);
	const said = await ready.json();
	assert.equal(said.status, "ok");
	assert.match(said.degraded, /model file cannot be loaded: .*nowhere.*none serves/);
	// The other server has one.
	checkScore(expect(await engagement(session, clients[0]), 200), 40);
	assert.equal(await stored(session), 1);
	checkScore(expect(await engagement(session, clients[1]), 200), 40);
});

test("a server killed between sealing and storing leaves nothing undone for ever", async () => {
	const session = await newSession();
	await upload(session, 0, 50);
	// Whoever holds the participant's row keeps scores from being stored.
	const holder = spawn("psql", [cluster.url("camp"), "-qAt", "-v", "ON_ERROR_STOP=1"], { stdio: ["pipe", "pipe", "inherit"] });
	holder.stdin.write(`BEGIN; SELECT 'held' FROM participant WHERE participant_id = '${session.participant}' FOR UPDATE;\n`);
	await new Promise((resolve) => { holder.stdout.once("data", resolve); });
	const lost = clients[0].request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: 50 } }).then(() => "answered", () => "lost");
	await until("the seal", 20000, async () => await cluster.query("camp", `SELECT state FROM session WHERE session_id = '${session.id}'`) === "complete");
	await servers[0].kill9();
	assert.equal(await lost, "lost");
	// What it had sent and PostgreSQL not begun goes with it.
	await cluster.query("camp", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
	holder.stdin.end("ROLLBACK;\n");
	await new Promise((resolve) => { holder.once("close", resolve); });
	assert.equal(await stored(session), 0);
	await servers[0].start();
	checkScore(expect(await engagement(session), 200), 50);
	assert.equal(await stored(session), 1);
	assert.equal(expect(await clients[0].request("GET", `/sessions/${session.id}/score`, { token: session.owner }), 200).trials, 50);
	await complete(session, 50);
});

test("an activated model serves on every server, and of a race one is left", async () => {
	const models = [];
	for (const seed of [2, 3]) {
		const answer = await uploadModel(clients[0], await modelBytes({ seed }));
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		models.push(answer.body);
		assert.equal((await uploadModel(clients[1], await modelBytes({ seed }))).body.id, answer.body.id);
	}
	assert.notEqual(models[0].version, models[1].version);
	const agree = async (versions) => {
		let seen;
		await until("both servers to agree", 20000, async () => {
			seen = await Promise.all(clients.map(async (client) => (await serving(client)).version));
			const active = await cluster.query("camp", "SELECT version FROM active_model JOIN model USING (model_id)");
			return seen[0] === active && seen[1] === active && versions.includes(active);
		});
		return seen[0];
	};
	expect(await operate(clients[0], "POST", `/models/${models[0].id}/activate`), 200);
	await agree([models[0].version]);
	assert.equal((await (await fetch(`${servers[1].adminUrl}/readyz`)).json()).degraded, undefined);
	for (let round = 0; round < 5; round++)
		await Promise.all([0, 1, 0, 1].map((m, i) => operate(clients[(i + round) % 2], "POST", `/models/${models[m].id}/activate`).then((answer) => expect(answer, 200))));
	const winner = await agree(models.map((m) => m.version));
	const { models: list } = expect(await operate(clients[0], "GET", "/models"), 200);
	assert.deepEqual(list.filter((m) => m.active).map((m) => m.version), [winner]);
	// Sessions meanwhile are forecast by whichever serves.
	const session = await newSession();
	await upload(session, 0, 30);
	assert.equal(expect(await engagement(session, clients[1]), 200).model.version, winner);
});

test("while models change under load, every forecast is by one of them", async () => {
	const { models: list } = expect(await operate(clients[0], "GET", "/models"), 200);
	const session = await newSession();
	await upload(session, 0, 128);
	const versions = new Set(list.map((m) => m.version));
	const asked = Array.from({ length: 60 }, async (_, i) => {
		if (i % 6 === 0) await operate(clients[0], "POST", `/models/${list[(i / 6) % list.length].id}/activate`);
		const e = expect(await engagement(session), 200);
		assert.ok(versions.has(e.model.version));
		checkScore(e, 128);
	});
	await Promise.all(asked);
});

test("a model that cannot be loaded leaves the one before it serving, and readyz says so", async () => {
	const before = await serving(clients[0]);
	await cluster.query("camp", "INSERT INTO model (model_id, sha256, bytes, encoder, metadata, metrics, source, version) VALUES ('019abcde-0000-7000-8000-00000000bad0', decode(repeat('ba', 32), 'hex'), 'not a model', 'gru', '{}', '{}', 'upload', repeat('ba', 8))");
	expect(await operate(clients[0], "POST", "/models/019abcde-0000-7000-8000-00000000bad0/activate"), 200);
	await until("the problem to be told", 20000, async () => (await serving(clients[0])).problem !== null);
	const now = await serving(clients[0]);
	assert.equal(now.version, before.version);
	assert.match(now.problem, /the active model babababababababa cannot be loaded/);
	const ready = await fetch(`${servers[0].adminUrl}/readyz`);
	assert.equal(ready.status, 200);
	assert.match((await ready.json()).degraded, /babababababababa cannot be loaded/);
	const session = await newSession();
	await upload(session, 0, 25);
	await complete(session, 25);
	assert.equal(expect(await engagement(session), 200).model.version, before.version);
	const { models: list } = expect(await operate(clients[0], "GET", "/models"), 200);
	const good = list.find((m) => m.version === before.version) ?? list[1];
	expect(await operate(clients[0], "POST", `/models/${good.id}/activate`), 200);
	await until("the problem's end", 20000, async () => (await serving(clients[0])).problem === null);
});

const runOf = async (id) => expect(await operate(clients[0], "GET", `/model-runs/${id}`), 200);
const startRun = async (body) => expect(await operate(clients[0], "POST", "/model-runs", { key: idempotencyKey(), body }), 201);

test("a training runs to its end beside the service and makes a model", async () => {
	const run = await startRun({ encoder: "gru", steps: 6, seed: 5, components: 1, cohort: servers[0].joinCode });
	assert.equal(run.state, "queued");
	await until("the training's end", 120000, async () => (await runOf(run.id)).finished_at !== null);
	const done = await runOf(run.id);
	assert.equal(done.state, "done", done.error);
	assert.ok(done.metrics.length > 0);
	for (const point of done.metrics) assert.ok(typeof point.step === "number" && typeof point.nll_correct === "number" && typeof point.nll_rt === "number", JSON.stringify(point));
	const model = expect(await operate(clients[0], "GET", `/models/${done.model}`), 200);
	assert.deepEqual([model.source, model.encoder, model.active], ["run", "gru", false]);
	const late = await operate(clients[0], "POST", `/model-runs/${run.id}/cancel`);
	assert.deepEqual([late.status, late.body.code], [409, "run_finished"]);
});

test("a training is cancelled, fails with a reason, and outlives a restart", async () => {
	const long = { encoder: "gru", steps: 100000, seed: 6, components: 1, cohort: servers[0].joinCode };
	const cancelled = await startRun(long);
	await until("it to run", 30000, async () => (await runOf(cancelled.id)).state === "running");
	expect(await operate(clients[0], "POST", `/model-runs/${cancelled.id}/cancel`), 200);
	await until("it to stop", 30000, async () => (await runOf(cancelled.id)).state === "cancelled");
	const nobody = await startRun({ ...long, steps: 5, cohort: "ZZZZ9999" });
	await until("it to fail", 30000, async () => (await runOf(nobody.id)).state === "failed");
	assert.match((await runOf(nobody.id)).error, /ZZZZ9999|cohort/i);

	// Only one server is left to take it up, and comes back to it.
	await servers[1].end();
	const interrupted = await startRun(long);
	await until("it to run", 30000, async () => (await runOf(interrupted.id)).state === "running");
	await servers[0].end();
	assert.equal(await cluster.query("camp", `SELECT state FROM model_run WHERE run_id = '${interrupted.id}'`), "queued");
	await servers[0].start();
	await until("it to go on", 30000, async () => (await runOf(interrupted.id)).state === "running");
	// As if that server had died: whoever looks next fails it, and the child is stopped.
	await cluster.query("camp", `UPDATE model_run SET state = 'failed', finished_at = now(), error = 'the server that ran it stopped' WHERE run_id = '${interrupted.id}'`);
	const next = await startRun({ ...long, steps: 2 });
	await until("the next to be taken up", 60000, async () => (await runOf(next.id)).finished_at !== null);
	assert.equal((await runOf(next.id)).state, "done", (await runOf(next.id)).error);
	await servers[1].start();
});
