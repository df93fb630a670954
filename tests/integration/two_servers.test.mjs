// Two servers on one database, as behind a load balancer: nothing that one of them knows is
// missing at the other.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { ROOT, runCamp, startServer } from "../support/server.mjs";

let cluster;
const servers = [];
const clients = [];

before(async () => {
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	const env = { DATABASE_URL: cluster.url("camp"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_TASKS_DIR: path.join(ROOT, "tasks") };
	const migrated = await runCamp(["migrate"], { env });
	assert.equal(migrated.code, 0, migrated.stderr);
	servers.push(await startServer({ demo: true, client: "stand-in", env }));
	servers.push(await startServer({ client: "stand-in", env: { ...env, CAMP_SECRET_FILE: path.join(servers[0].stateDir, "secret") } }));
	for (const server of servers) clients.push(makeClient(server.url));
});
after(async () => {
	for (const client of clients) client.close();
	for (const server of servers.reverse()) await server.stop();
	await cluster?.remove();
});

const trial = (seq, rt = 500) => ({ seq, condition: "congruent", correct: true, rt_ms: rt + seq });

test("each step of a session may meet another server", async () => {
	const [one, two] = clients;
	const key = idempotencyKey();
	const body = { code: servers[0].joinCode, consent_version: 1 };
	const { participant_id, token } = expect(await one.request("POST", "/join", { key, body }), 201);
	assert.equal(expect(await two.request("POST", "/join", { key, body }), 200).participant_id, participant_id);
	const opened = { token, key: idempotencyKey(), body: { task: "stroop", count: 2 } };
	const { sessions } = expect(await two.request("POST", "/sessions", opened), 201);
	assert.deepEqual(expect(await one.request("POST", "/sessions", opened), 200).sessions.map((s) => s.id), sessions.map((s) => s.id));
	const [session] = sessions;
	const upload = (client, trials) => client.request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials } }).then((answer) => expect(answer, 200));
	assert.deepEqual(await upload(one, [0, 1, 2].map((i) => trial(i))), { stored: 3, repeated: 0, conflicting: 0 });
	assert.deepEqual(await upload(two, [0, 1, 2, 3].map((i) => trial(i))), { stored: 1, repeated: 3, conflicting: 0 });
	assert.deepEqual(await upload(one, [trial(3, 100), trial(4)]), { stored: 1, repeated: 0, conflicting: 1 });
	const score = expect(await two.request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: 5 } }), 200);
	assert.deepEqual(expect(await one.request("GET", `/sessions/${session.id}/score`, { token }), 200), score);
});

test("the same trials sent to both at once are stored once", async () => {
	const { token } = expect(await clients[0].request("POST", "/join", { key: idempotencyKey(), body: { code: servers[0].joinCode, consent_version: 1 } }), 201);
	const { sessions } = expect(await clients[0].request("POST", "/sessions", { token, key: idempotencyKey(), body: { task: "stroop", count: 4 } }), 201);
	const n = 200;
	const totals = { stored: 0, repeated: 0, conflicting: 0 };
	await Promise.all(sessions.flatMap((session) => Array.from({ length: 8 }, async (_, k) => {
		for (let from = 0; from < n; from += 40) {
			const trials = Array.from({ length: 40 }, (_unused, i) => trial(from + i));
			const counts = expect(await clients[k % 2].request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials } }), 200);
			for (const name of Object.keys(totals)) totals[name] += counts[name];
		}
	})));
	assert.deepEqual(totals, { stored: n * sessions.length, repeated: 7 * n * sessions.length, conflicting: 0 });
	assert.equal(await cluster.query("camp", `SELECT count(*) FROM trial WHERE session_id IN (${sessions.map((s) => `'${s.id}'`).join()})`), String(n * sessions.length));
});
