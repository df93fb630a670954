// Starting, reloading, stopping, and what is said meanwhile.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { idempotencyKey } from "../support/api.mjs";
import { send } from "../support/contract.mjs";
import { pidAlive, sleep, whileFrozen } from "../support/proc.mjs";
import { connect } from "../support/raw.mjs";
import { ROOT, runCamp, startServer, until } from "../support/server.mjs";

const postmasterOf = (server) => Number(readFileSync(path.join(server.stateDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);

// One state folder for all, as making a cluster takes longer than all else.
const stateDir = mkdtempSync(path.join(tmpdir(), "camp-test-"));
after(() => rmSync(stateDir, { recursive: true, force: true }));

async function withServer(options, work) {
	const server = await startServer({ client: "stand-in", stateDir, ...options });
	try {
		return await work(server);
	} finally {
		await server.stop();
	}
}

async function withFolder(work) {
	const folder = mkdtempSync(path.join(tmpdir(), "camp-test-"));
	try {
		return await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const isOneSentence = (text) => assert.match(text, /^camp: [^\n]+\n$/);

test("a busy port is one sentence, and nothing is left running", () => withServer({}, async (server) => {
	await withFolder(async (folder) => {
		const env = { CAMP_STATE_DIR: folder, CAMP_TASKS_DIR: path.join(ROOT, "tasks"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_WEB_DIR: path.join(server.stateDir, "client"), CAMP_OPENAPI_FILE: path.join(ROOT, "server/openapi.yaml") };
		for (const busy of [{ CAMP_PORT: String(server.port) }, { CAMP_PORT: "1", CAMP_ADMIN_PORT: String(server.adminPort) }]) {
			if (busy.CAMP_PORT === "1") busy.CAMP_PORT = String(server.port === 65000 ? 65001 : 65000);
			const { code, stderr } = await runCamp(["serve"], { env: { ...env, ...busy } });
			assert.ok(code > 0);
			const said = stderr.split("\n").filter((line) => line.startsWith("camp: "));
			assert.equal(said.length, 1, stderr);
			assert.match(said[0], /in use|already in use/);
			assert.match(said[0], new RegExp(String(busy.CAMP_ADMIN_PORT ?? busy.CAMP_PORT)));
		}
	});
}));

test("a client that is not built is one sentence", () => withFolder(async (folder) => {
	const env = { CAMP_STATE_DIR: path.join(folder, "state"), CAMP_WEB_DIR: folder, CAMP_TASKS_DIR: path.join(ROOT, "tasks"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_OPENAPI_FILE: path.join(ROOT, "server/openapi.yaml"), CAMP_PORT: "64999" };
	const { code, stderr } = await runCamp(["serve"], { env });
	assert.ok(code > 0);
	assert.match(stderr, /the web client is not built: /);
}));

test("a database that cannot be reached is one sentence", () => withServer({}, (server) => withFolder(async (folder) => {
	const env = { CAMP_STATE_DIR: folder, DATABASE_URL: `host=${folder} dbname=none`, CAMP_WEB_DIR: path.join(server.stateDir, "client"), CAMP_TASKS_DIR: path.join(ROOT, "tasks"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_OPENAPI_FILE: path.join(ROOT, "server/openapi.yaml"), CAMP_PORT: "64998" };
	const { code, stderr } = await runCamp(["serve"], { env });
	assert.ok(code > 0);
	assert.equal(stderr.split("\n").filter((line) => line.startsWith("camp: ")).length, 1, stderr);
})));

test("--check-config says good, or which value is not and where it stands", () => withFolder(async (folder) => {
	const file = path.join(folder, "camp.conf");
	const env = { HOME: folder, CAMP_TASKS_DIR: path.join(ROOT, "tasks"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_WEB_DIR: folder, CAMP_OPENAPI_FILE: path.join(ROOT, "server/openapi.yaml") };
	writeFileSync(file, "lanes = 3\n");
	assert.deepEqual(await runCamp(["serve", "--config", file, "--check-config"], { env }), { code: 0, signal: null, stdout: "the configuration is good\n", stderr: "" });
	writeFileSync(file, "lanes = 3\nqueue_limit = many\n");
	const bad = await runCamp(["serve", "--config", file, "--check-config"], { env });
	assert.equal(bad.code, 2);
	isOneSentence(bad.stderr);
	assert.equal(bad.stderr, `camp: ${file}:2: "queue_limit" must be a whole number from 1 to 1000000, not "many"\n`);
	const missing = await runCamp(["serve", "--check-config"], { env: { ...env, CAMP_TASKS_DIR: `${folder}/none` } });
	assert.equal(missing.code, 2);
	assert.equal(missing.stderr, `camp: "tasks_dir": there is no folder "${folder}/none"\n`);
}));

test("--print-config shows each value, where it is from, and no password", () => withFolder(async (folder) => {
	const file = path.join(folder, "camp.conf");
	writeFileSync(file, "lanes = 3\nport = 1\n");
	const env = { HOME: folder, CAMP_QUEUE_LIMIT: "9", DATABASE_URL: "postgresql://camp:geheim@db/camp" };
	const { code, stdout, stderr } = await runCamp(["serve", "--config", file, "--port=4000", "--print-config"], { env });
	assert.equal(code, 0, stderr);
	for (const line of ["port = 4000  ; flag --port", "admin_port = 4001  ; default", "queue_limit = 9  ; CAMP_QUEUE_LIMIT", `lanes = 3  ; ${file}:1`, "database_url = postgresql://camp:***@db/camp  ; DATABASE_URL", `secret_file = ${folder}/.local/state/camp/secret  ; default`])
		assert.ok(stdout.split("\n").includes(line), `${line}\nis missing in\n${stdout}`);
	assert.ok(!stdout.includes("geheim"));
	// What it prints is a configuration again.
	writeFileSync(file, stdout);
	const again = await runCamp(["serve", "--config", file, "--print-config"], { env: { HOME: folder } });
	assert.equal(again.code, 0, again.stderr);
}));

test("--help tells of every setting; an unknown flag is one sentence", async () => {
	const { code, stdout } = await runCamp(["serve", "--help"]);
	assert.equal(code, 0);
	for (const flag of ["--port", "--admin-port", "--state-dir", "--database-url", "--request-timeout-ms", "--check-config", "--demo"])
		assert.ok(stdout.includes(flag), flag);
	const unknown = await runCamp(["serve", "--frobnicate"]);
	assert.equal(unknown.code, 2);
	isOneSentence(unknown.stderr);
});

const someoneWaits = (server) => until("the request to wait", 5000, async () =>
	/camp_http_suspended 1/.test(await (await fetch(`${server.adminUrl}/metrics`)).text()));

test("SIGTERM: not ready at once, what is under way is answered, exit 0", () => withServer({ demo: true }, async (server) => {
	const idle = await connect(server.port);
	const used = await connect(server.port);
	await used.send("GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\n\r\n");
	await used.wait(2000, () => used.answers().length === 1);
	const [answer, ending] = await whileFrozen(postmasterOf(server), async (thaw) => {
		const waiting = send(server.url, { path: `/api/v1/join/${server.joinCode}` });
		await someoneWaits(server);
		const ended = server.end("SIGTERM");
		await until("readyz to say so", 3000, async () => {
			const ready = await fetch(`${server.adminUrl}/readyz`);
			return ready.status === 503 && (await ready.json()).reason === "draining";
		});
		assert.equal((await fetch(`${server.adminUrl}/livez`)).status, 200);
		await assert.rejects(connect(server.port), /ECONNREFUSED/);
		thaw();
		return [await waiting, await ended];
	});
	assert.equal(answer.status, 200);
	assert.equal(answer.headers.connection, "close");
	assert.deepEqual(ending, { code: 0, signal: null });
	assert.ok(idle.closed && used.closed);
}));

test("SIGTERM: who waits too long is answered 503 draining, exit 0", () => withServer({ demo: true, env: { CAMP_DRAIN_TIMEOUT_S: "1", CAMP_REQUEST_TIMEOUT_MS: "60000" } }, async (server) => {
	const postmaster = postmasterOf(server);
	const [answer, ending] = await whileFrozen(postmaster, async (thaw) => {
		const waiting = send(server.url, { path: `/api/v1/join/${server.joinCode}` });
		await someoneWaits(server);
		const ended = server.end("SIGTERM");
		const answered = await waiting;
		thaw();
		return [answered, await ended];
	});
	assert.equal(answer.status, 503);
	assert.equal(JSON.parse(answer.body).code, "draining");
	assert.deepEqual(ending, { code: 0, signal: null });
	assert.ok(!pidAlive(postmaster), "PostgreSQL goes on");
}));

test("a second SIGINT ends the wait", () => withServer({ demo: true, env: { CAMP_DRAIN_TIMEOUT_S: "600", CAMP_REQUEST_TIMEOUT_MS: "600000" } }, async (server) => {
	const [answer, ending] = await whileFrozen(postmasterOf(server), async (thaw) => {
		const waiting = send(server.url, { path: `/api/v1/join/${server.joinCode}` });
		await someoneWaits(server);
		const ended = server.end("SIGINT");
		await until("the drain", 3000, () => server.log().some((line) => line.includes('"draining"')));
		process.kill(server.pid, "SIGINT");
		const answered = await waiting;
		thaw();
		return [answered, await ended];
	});
	assert.equal(answer.status, 503);
	assert.deepEqual(ending, { code: 0, signal: null });
}));

test("SIGINT ends server and cluster; they start again with their data", () => withServer({ demo: true }, async (server) => {
	const postmaster = postmasterOf(server);
	const { joinCode, cohortUrl } = server;
	assert.deepEqual(await server.end("SIGINT"), { code: 0, signal: null });
	assert.ok(!pidAlive(postmaster));
	const start = Date.now();
	await server.start();
	assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
	assert.equal(server.joinCode, joinCode);
	assert.equal(server.cohortUrl, cohortUrl);
	assert.ok(server.output().includes(`join link:   ${server.joinUrl}\n`), server.output());
	assert.ok(server.output().includes(`cohort page: ${server.cohortUrl}\n`), server.output());
	assert.equal((await send(server.url, { path: `/api/v1/join/${joinCode}` })).status, 200);
}));

test("kill -9 and a new start, on the cluster that went on", () => withServer({ demo: true }, async (server) => {
	const key = idempotencyKey();
	const join = () => send(server.url, { method: "POST", path: "/api/v1/join", key, body: { code: server.joinCode, consent_version: 1 } });
	const first = await join();
	assert.equal(first.status, 201);
	await server.kill9();
	await server.start();
	const again = await join();
	assert.equal(again.status, 200);
	assert.equal(JSON.parse(again.body).participant_id, JSON.parse(first.body).participant_id);
	// The secret is the same, so is what it signed.
	assert.equal((await send(server.url, { path: "/api/v1/me", token: JSON.parse(first.body).token })).status, 200);
}));

test("SIGHUP takes up what it can, says what waits, and refuses a broken file", () => withFolder(async (folder) => {
	const file = path.join(folder, "camp.conf");
	writeFileSync(file, "access_log = false\nlanes = 2\n");
	await withServer({ args: ["--config", file] }, async (server) => {
		const lines = () => server.log().map((line) => JSON.parse(line));
		const requests = () => lines().filter((line) => line.message === "request").length;
		await send(server.url, { path: "/api/v1/tasks" });
		await sleep(200);
		assert.equal(requests(), 0);
		writeFileSync(file, "access_log = true\nlanes = 3\n");
		await server.reload();
		const told = (word) => lines().filter((line) => line.message.includes(word)).map((line) => line.key);
		assert.ok(told("setting reloaded").includes("access_log"));
		assert.deepEqual(told("next start"), ["lanes"]);
		await send(server.url, { path: "/api/v1/tasks" });
		await until("the request's line", 2000, () => requests() === 1);
		writeFileSync(file, "access_log = maybe\n");
		await server.reload();
		assert.ok(lines().some((line) => line.level === "error" && JSON.stringify(line).includes("access_log")));
		await send(server.url, { path: "/api/v1/tasks" });
		await until("the next line", 2000, () => requests() === 2);
	});
}));

test("the log is JSON lines and holds no token, name, code or address", () => withServer({ demo: true, env: { CAMP_ACCESS_LOG: "true", CAMP_LOG_LEVEL: "debug" } }, async (server) => {
	const joined = await send(server.url, { method: "POST", path: "/api/v1/join", key: "log-test-key-0123456789", body: { code: server.joinCode, consent_version: 1, pseudonym: "pseudonym_in_log" } });
	const { token, participant_id: participant } = JSON.parse(joined.body);
	const opened = await send(server.url, { method: "POST", path: "/api/v1/sessions", token, key: idempotencyKey(), body: { task: "stroop", label: "label_in_log", device: { note: "device_in_log" } } });
	const [session] = JSON.parse(opened.body).sessions;
	await send(server.url, { method: "POST", path: `/api/v1/sessions/${session.id}/trials`, token: session.token, body: { trials: [{ seq: 0, condition: "congruent", correct: true, rt_ms: 500, detail: { x: "detail_in_log" } }] } });
	await send(server.url, { method: "POST", path: `/api/v1/sessions/${session.id}/trials`, token: session.token, body: '{"trials": "body_in_log' });
	await send(server.url, { path: "/api/v1/me", token: "cpt_forged_token_in_log" });
	await send(server.url, { path: `/api/v1/join/${server.joinCode}` });
	await send(server.url, { path: "/join/PATHCODE?query=query_in_log" });
	await send(server.url, { path: `/api/v1/cohorts/${server.demo.cohort_id}/engagement`, token: server.demo.read_token });
	await send(server.url, { path: "/nowhere/path_in_log", headers: { "user-agent": "agent_in_log", "x-forwarded-for": "203.0.113.7" } });
	await server.end("SIGTERM");
	const log = server.log();
	assert.ok(log.length > 8, `${log.length} lines`);
	for (const line of log) {
		const json = JSON.parse(line);
		assert.match(json.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.match(json.level, /^(debug|info|warning|error)$/);
		assert.match(json.message, /^[^A-Z]/);
	}
	const requests = log.map((line) => JSON.parse(line)).filter((line) => line.message === "request");
	assert.ok(requests.length >= 9, `${requests.length} requests`);
	assert.ok(requests.every((line) => /^[0-9a-f]{8,}$/.test(line.request_id)));
	assert.equal(new Set(requests.map((line) => line.request_id)).size, requests.length);
	const all = log.join("\n");
	for (const secret of [token, token.slice(4, 40), session.token, server.demo.read_token, server.joinCode, participant, session.id, "PATHCODE", "log-test-key", "_in_log", "203.0.113.7", readFileSync(path.join(server.stateDir, "secret"), "utf8").trim()])
		assert.ok(!all.includes(secret), `the log holds ${secret}`);
	assert.ok(!/\b127\.0\.0\.1:\d+/.test(all.replaceAll(server.url, "").replaceAll(server.adminUrl, "")));
}));

test("secrets on disk are private", () => withServer({ demo: true }, async (server) => {
	for (const file of ["secret", "demo.json"])
		assert.equal(statSync(path.join(server.stateDir, file)).mode & 0o777, 0o600, file);
}));
