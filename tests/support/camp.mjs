// The real server on a given database, with what many-participant tests do to it first.
import { expect, idempotencyKey, inParallel, makeClient } from "./api.mjs";
import { ROOT, runCamp, startServer } from "./server.mjs";

/**
 * Migrates and seeds the database, then starts camp on it; without databaseUrl, camp makes
 * its private cluster. What startServer() gives, with
 *   client                   makeClient() of it
 *   task(name)               {name, conditions, responses}
 *   makeSessions(task, n)    n participants of the demo cohort with a session each, {id, token}
 */
export async function startCamp({ databaseUrl, env = {} } = {}) {
	const all = databaseUrl ? { ...env, DATABASE_URL: databaseUrl } : env;
	if (databaseUrl) {
		const folders = { CAMP_MIGRATIONS_DIR: `${ROOT}/migrations`, CAMP_TASKS_DIR: `${ROOT}/tasks` };
		const migrated = await runCamp(["migrate"], { env: { ...folders, ...all } });
		if (migrated.code !== 0) throw new Error(`camp migrate: ${migrated.stderr.trim()}`);
	}
	const server = await startServer({ demo: true, env: all });
	const client = makeClient(server.url);

	async function task(name) {
		const definition = expect(await client.request("GET", `/tasks/${name}`), 200);
		const names = (list) => list.map((entry) => entry.name ?? entry);
		return { name, conditions: names(definition.conditions), responses: names(definition.responses) };
	}
	async function makeSession(taskName) {
		const { participant_id, token } = expect(await client.request("POST", "/join",
			{ key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1 } }), 201);
		const { sessions } = expect(await client.request("POST", "/sessions",
			{ token, key: idempotencyKey(), body: { task: taskName } }), 201);
		return { participant: participant_id, id: sessions[0].id, token: sessions[0].token };
	}
	const makeSessions = (taskName, n) => inParallel(n, 32, () => makeSession(taskName));

	return Object.assign(Object.create(server), { client, task, makeSession, makeSessions });
}
