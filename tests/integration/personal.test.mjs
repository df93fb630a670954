// What the model learns about one person through the service: used where the person's own
// sessions prove it, never in the way of a completion, gone with the person.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { makeModel } from "../support/model.mjs";
import { ROOT, runCamp, startServer, until } from "../support/server.mjs";

const TRIALS = 100;
// Long, as learning has the lowest priority of all that a busy machine does.
const PATIENCE_MS = 60000;

let cluster, env, server, client;

before(async () => {
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	env = { DATABASE_URL: cluster.url("camp"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_TASKS_DIR: path.join(ROOT, "tasks") };
	const migrated = await runCamp(["migrate"], { env });
	assert.equal(migrated.code, 0, migrated.stderr);
	await serve(path.join(ROOT, "models/default/model.safetensors"));
});
after(async () => {
	client?.close();
	await server?.stop();
	await cluster?.remove();
});

let joinCode;
async function serve(model) {
	server = await startServer({ demo: true, client: "stand-in", env: { ...env, CAMP_MODEL: model } });
	client = makeClient(server.url);
	joinCode = server.joinCode;
}

const join = async () => expect(await client.request("POST", "/join", { key: idempotencyKey(), body: { code: joinCode, consent_version: 1 } }), 201);

/** Nobody is like this: right, and after nearly the same time, whatever is shown. */
const odd = (seed) => (seq) => ({ seq, condition: seq % 2 ? "congruent" : "incongruent", correct: true, rt_ms: 600 + ((seq * 7 + seed * 3) % 11), onset_ms: 2500 * seq });

async function open({ token }, trialOf, n = TRIALS) {
	const { sessions: [session] } = expect(await client.request("POST", "/sessions", { token, key: idempotencyKey(), body: { task: "stroop" } }), 201);
	expect(await client.request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials: Array.from({ length: n }, (_, seq) => trialOf(seq)) } }), 200);
	return { ...session, n };
}
const complete = async (session) => expect(await client.request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: session.n } }), 200);
const engagement = async (session) => expect(await client.request("GET", `/sessions/${session.id}/engagement`, { token: session.token }), 200);

async function known({ participant_id: id }) {
	const row = await cluster.query("camp", `SELECT row_to_json(a) FROM (SELECT model_version, in_use, sessions, evidence, length(state) AS bytes FROM person_adapter WHERE participant_id = '${id}') a`);
	return row ? JSON.parse(row) : null;
}

/** Plays a session to its end; resolves to its engagement once the session has taught. */
async function play(person, trialOf, learned) {
	const session = await open(person, trialOf);
	assert.equal((await complete(session)).usable, true);
	const e = await engagement(session);
	await until(`${learned} sessions learned`, PATIENCE_MS, async () => (await known(person))?.sessions === learned);
	return { session, e };
}

/** Mean surprise of the answer times, nats a trial. */
function surprise({ trials }, trialOf) {
	const each = trials.map(({ seq, mu, sigma }) => {
		const z = (Math.log(trialOf(seq).rt_ms / 1000) - mu) / sigma;
		return Math.log(sigma * Math.sqrt(2 * Math.PI)) + z * z / 2;
	});
	return each.reduce((a, b) => a + b) / each.length;
}

let person;

test("sessions teach; once they prove it, the person's own forecasts are used and better", async () => {
	person = await join();
	const first = await play(person, odd(1), 1);
	assert.equal(first.e.model.personal, false);
	let row = await known(person);
	// Nothing was known before the first session, so nothing is proven.
	assert.deepEqual([row.model_version, row.in_use, row.evidence], [first.e.model.version, false, 0]);
	assert.ok(row.bytes <= 65536);
	// Completing again teaches nothing: the next session is the second.
	await complete(first.session);
	let learned = 1;
	for (; !row.in_use && learned < 5; row = await known(person)) {
		const { e } = await play(person, odd(learned + 1), ++learned);
		assert.equal(e.model.personal, false);
	}
	assert.ok(row.in_use && row.evidence > 2, JSON.stringify(row));

	const next = await open(person, odd(7));
	const live = await engagement(next);
	assert.equal(live.model.personal, true);
	await complete(next);
	const stored = await engagement(next);
	assert.deepEqual(stored.trials, live.trials);
	assert.equal(stored.model.personal, true);
	assert.equal(await cluster.query("camp", `SELECT personal FROM engagement WHERE session_id = '${next.id}'`), "t");
	await until("the session to be learned", PATIENCE_MS, async () => (await known(person)).sessions === learned + 1);

	// The same trials, of somebody of whom nothing is known.
	const stranger = await open(await join(), odd(7));
	const alone = await engagement(stranger);
	assert.equal(alone.model.personal, false);
	assert.equal(alone.model.version, stored.model.version);
	assert.deepEqual(alone.linear, stored.linear);
	const gain = surprise(alone, odd(7)) - surprise(stored, odd(7));
	assert.ok(gain > 0.02, `${gain} nats a trial`);
});

test("a session of few answers teaches nothing", async () => {
	const someone = await join();
	await complete(await open(someone, odd(1), 9));
	await play(someone, odd(2), 1);
});

test("bytes that cannot be read are ignored and replaced", async () => {
	await cluster.query("camp", `UPDATE person_adapter SET state = '\\x0102', in_use = true WHERE participant_id = '${person.participant_id}'`);
	const { e } = await play(person, odd(3), 1);
	assert.equal(e.model.personal, false);
	assert.equal((await known(person)).in_use, false);
});

test("what another model learned is ignored and replaced", async () => {
	let row = await known(person);
	for (let n = 2; !row.in_use && n < 6; n++, row = await known(person)) await play(person, odd(n), n);
	assert.ok(row.in_use);
	const session = await open(person, odd(4));
	assert.equal((await engagement(session)).model.personal, true);
	const secret = path.join(server.stateDir, "secret");
	const second = await startServer({ client: "stand-in", env: { ...env, CAMP_MODEL: await makeModel({ encoder: "transformer" }), CAMP_SECRET_FILE: secret } });
	const mine = client;
	client = makeClient(second.url);
	try {
		assert.equal((await complete(session)).usable, true);
		const { model } = await engagement(session);
		assert.equal(model.personal, false);
		assert.notEqual(model.version, row.model_version);
		await until("its replacement", PATIENCE_MS, async () => (await known(person)).model_version === model.version);
		const now = await known(person);
		assert.deepEqual([now.in_use, now.sessions], [false, 1]);
	} finally {
		client.close();
		client = mine;
		await second.stop();
	}
});

test("it goes with the person", async () => {
	assert.ok(await known(person));
	await cluster.query("camp", `DELETE FROM participant WHERE participant_id = '${person.participant_id}'`);
	assert.equal(await known(person), null);
});
