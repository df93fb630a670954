// Every route against server/openapi.yaml: its success, each error that it documents, and
// a repeat; at the end, that no documented error was left untried.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { idempotencyKey } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { modelBytes, makeModel } from "../support/model.mjs";
import { checkAnswer, document, operation, operations, send } from "../support/contract.mjs";
import { whileFrozen } from "../support/proc.mjs";
import { exchange } from "../support/raw.mjs";
import { ROOT, runCamp, startServer, until } from "../support/server.mjs";
import { tokenWithExpiry } from "../support/token.mjs";

let cluster;
let server;
let participant; // token
let session; // {id, token}
let other; // a session of somebody else
let complete; // a sealed one
let operator; // token
let model; // {id} of an uploaded one
let run; // {id} of a cancelled training
let base; // a good request of each operation, made anew with every call

const tried = new Map(operations.map((op) => [op.id, new Set()]));

const secret = () => readFileSync(path.join(server.stateDir, "secret"), "utf8");
const expired = (token) => tokenWithExpiry(secret(), token, 1000000000);
const trial = (seq, more = {}) => ({ seq, condition: "congruent", correct: true, rt_ms: 500, ...more });

/** Sends a request as operation `id` would and holds the answer against the contract. */
async function call(id, request, status, code) {
	const op = operation(id);
	const answer = await send(server.url, { method: op.method, ...request });
	checkAnswer(op, answer, { head: request.method === "HEAD" });
	const shown = `${answer.status} ${answer.body.toString().slice(0, 400)}`;
	if (status !== undefined) assert.equal(answer.status, status, shown);
	if (code !== undefined) assert.equal(answer.json.code, code, shown);
	if (answer.json?.code) tried.get(id).add(answer.json.code);
	return answer;
}

async function join(more = {}) {
	const answer = await call("join", { path: "/api/v1/join", key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1, ...more } }, 201);
	return answer.json.token;
}

async function makeSession(token, task = "stroop") {
	const answer = await call("createSessions", { path: "/api/v1/sessions", token, key: idempotencyKey(), body: { task } }, 201);
	return answer.json.sessions[0];
}

const trialsPath = (id) => `/api/v1/sessions/${id}/trials`;
const eegPath = (id) => `/api/v1/sessions/${id}/eeg`;
const bands = ["delta", "theta", "alpha", "beta", "gamma"];
const epoch = (seq, more = {}) => ({ seq, t_ms: 1000 * seq, power: Object.fromEntries(bands.map((band, b) => [band, [1 + b, 2 + seq]])), ...more });
const eeg = (epochs, more = {}) => ({ device: "Muse 2", sampling_rate_hz: 256, channels: ["TP9", "AF7"], unit: "uv2", window_s: 1, epochs, ...more });

before(async () => {
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	const env = { DATABASE_URL: cluster.url("camp"), CAMP_REQUEST_TIMEOUT_MS: "2000", CAMP_LANES: "8", CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_TASKS_DIR: path.join(ROOT, "tasks") };
	const migrated = await runCamp(["migrate"], { env });
	assert.equal(migrated.code, 0, migrated.stderr);
	env.CAMP_MODEL = await makeModel();
	server = await startServer({ demo: true, env, client: "stand-in" });
	participant = await join({ pseudonym: "contract_1", age_band: "18-29", language: "en" });
	session = await makeSession(participant);
	other = await makeSession(await join());
	complete = await makeSession(participant);
	await call("storeTrials", { path: trialsPath(complete.id), token: complete.token, body: { trials: [0, 1, 2, 3].map((i) => trial(i)) } }, 200);
	await call("completeSession", { path: `/api/v1/sessions/${complete.id}/complete`, token: complete.token, body: { trials: 4 } }, 200);
	const made = await runCamp(["token", "new", "--operator"], { env: { CAMP_STATE_DIR: server.stateDir } });
	assert.equal(made.code, 0, made.stderr);
	operator = made.stdout.trim();
	const file = await modelBytes({ seed: 2 });
	const upload = () => ({ path: "/api/v1/models", token: operator, headers: { "content-type": "application/octet-stream" }, body: file });
	model = (await call("uploadModel", upload(), 201)).json;
	const runKey = idempotencyKey();
	const training = () => ({ path: "/api/v1/model-runs", token: operator, key: runKey, body: { encoder: "gru", steps: 1 } });
	run = (await call("createModelRun", training(), 201)).json;
	await call("cancelModelRun", { path: `/api/v1/model-runs/${run.id}/cancel`, token: operator }, 200);
	await until("the training's end", 20000, async () => (await call("getModelRun", { path: `/api/v1/model-runs/${run.id}`, token: operator }, 200)).json.finished_at !== null);
	const { cohort_id: cohort, read_token: readToken } = server.demo;
	base = {
		listTasks: () => ({ path: "/api/v1/tasks" }),
		getTask: () => ({ path: "/api/v1/tasks/stroop" }),
		getInvitation: () => ({ path: `/api/v1/join/${server.joinCode}` }),
		join: () => ({ path: "/api/v1/join", key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1 } }),
		getMe: () => ({ path: "/api/v1/me", token: participant }),
		getPlan: () => ({ path: "/api/v1/me/plan", token: participant }),
		getProgress: () => ({ path: "/api/v1/me/progress", token: participant }),
		createSessions: () => ({ path: "/api/v1/sessions", token: participant, key: idempotencyKey(), body: { task: "stroop" } }),
		storeTrials: () => ({ path: trialsPath(session.id), token: session.token, body: { trials: [trial(0)] } }),
		completeSession: () => ({ path: `/api/v1/sessions/${complete.id}/complete`, token: complete.token, body: { trials: 4 } }),
		getScore: () => ({ path: `/api/v1/sessions/${complete.id}/score`, token: complete.token }),
		storeEeg: () => ({ path: eegPath(session.id), token: session.token, body: eeg([epoch(0)]) }),
		getEeg: () => ({ path: eegPath(session.id), token: session.token }),
		getSessionEngagement: () => ({ path: `/api/v1/sessions/${complete.id}/engagement`, token: complete.token }),
		listModels: () => ({ path: "/api/v1/models", token: operator }),
		uploadModel: upload,
		getModel: () => ({ path: `/api/v1/models/${model.id}`, token: operator }),
		activateModel: () => ({ path: `/api/v1/models/${model.id}/activate`, token: operator }),
		listModelRuns: () => ({ path: "/api/v1/model-runs", token: operator }),
		createModelRun: training,
		getModelRun: () => ({ path: `/api/v1/model-runs/${run.id}`, token: operator }),
		cancelModelRun: () => ({ path: `/api/v1/model-runs/${run.id}/cancel`, token: operator }),
		getEngagement: () => ({ path: `/api/v1/cohorts/${cohort}/engagement`, token: readToken }),
		getContract: () => ({ path: "/api/v1/openapi.yaml", headers: { accept: "application/yaml" } }),
	};
});
after(async () => {
	await server?.stop();
	await cluster?.remove();
});

// Each check is a subtest, so that one failure does not hide the others.
const each = (title, run, filter = () => true) => test(title, async (t) => {
	for (const op of operations.filter(filter)) await t.test(op.id, () => run(op, base[op.id]));
});
const takesBody = (op) => op.node.requestBody !== undefined;
const takesJson = (op) => op.node.requestBody?.content["application/json"] !== undefined;
const takesToken = (op) => op.node.security.length > 0;
const usesDatabase = (op) => op.node["x-errors"].includes("database_unavailable");

test("every operation of the contract has a request here", () => {
	assert.deepEqual(Object.keys(base).sort(), operations.map((op) => op.id).sort());
});

each("a good request succeeds and is as documented", async (op, request) => {
	const answer = await call(op.id, request());
	assert.ok(answer.status === 200 || answer.status === 201, `${answer.status} ${answer.body}`);
});

each("HEAD is GET without the body", async (op, request) => {
	const [get, head] = [await call(op.id, request()), await call(op.id, { ...request(), method: "HEAD" })];
	assert.equal(head.status, get.status);
	assert.equal(head.body.length, 0);
	assert.equal(head.headers["content-type"], get.headers["content-type"]);
}, (op) => op.method === "GET");

each("another method is 405 and names those there are", async (op, request) => {
	const answer = await call(op.id, { ...request(), body: undefined, method: "DELETE" }, 405, "method_not_allowed");
	const methods = operations.filter((other) => other.template === op.template).map((other) => other.method);
	assert.equal(answer.headers.allow, methods.map((method) => (method === "GET" ? "GET, HEAD" : method)).join(", "));
});

each("an Accept that excludes the answer is 406", async (op, request) => {
	await call(op.id, { ...request(), headers: { ...request().headers, accept: "image/png" } }, 406, "not_acceptable");
	await call(op.id, { ...request(), headers: { ...request().headers, accept: "application/json;q=0, application/yaml;q=0" } }, 406, "not_acceptable");
	assert.ok((await call(op.id, { ...request(), headers: { ...request().headers, accept: "text/html, */*;q=0.1" } })).status < 300);
	assert.ok((await call(op.id, { ...request(), headers: { ...request().headers, accept: null } })).status < 300);
});

each("a query that is not the route's is refused", async (op, request) => {
	await call(op.id, { ...request(), path: `${request().path}?surprise=1` }, 400, "bad_parameter");
	await call(op.id, { ...request(), path: `${request().path}?a=%zz` }, 400, "bad_parameter");
});

each("too long an address is 414", async (op, request) => {
	await call(op.id, { ...request(), path: `${request().path}?${"a".repeat(3000)}` }, 414, "uri_too_long");
});

each("a body where none belongs is 413", async (op, request) => {
	await call(op.id, { ...request(), body: "{}" }, 413, "body_too_large");
}, (op) => !takesBody(op));

each("a malformed head is 400", async (op, request) => {
	await call(op.id, { ...request(), headers: { ...request().headers, "transfer-encoding": "identity" }, body: undefined }, 400, "bad_request");
});

each("an address below the route is 404", async (op, request) => {
	// POST join/below meets GET join/{code}, and models/below a model's name.
	const meets = { join: [405, "method_not_allowed"], uploadModel: [405, "method_not_allowed"], createModelRun: [405, "method_not_allowed"], listModels: [400, "bad_parameter"], listModelRuns: [400, "bad_parameter"] };
	const [status, code] = meets[op.id] ?? [404, "not_found"];
	await call(op.id, { ...request(), path: `${request().path}/below` }, status, code);
	await call(op.id, { ...request(), path: request().path.replace("/api/v1", "/api/v2") }, 404, "not_found");
});

each("a body of another media type is 415", async (op, request) => {
	for (const type of ["text/plain", "application/xml", "application/json; charset=utf-16", ""])
		await call(op.id, { ...request(), headers: { "content-type": type } }, 415, "unsupported_media_type");
}, takesBody);

each("a body without a length is 411", async (op, request) => {
	const { path: target, token, key } = request();
	const { answers } = await exchange(server.port, `POST ${target} HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nContent-Type: application/json\r\n` +
		`${token ? `Authorization: Bearer ${token}\r\n` : ""}${key ? `Idempotency-Key: ${key}\r\n` : ""}\r\n`);
	checkAnswer(op, answers[0]);
	assert.equal(answers[0].json.code, "length_required");
	tried.get(op.id).add("length_required");
}, (op) => op.method === "POST");

each("a body beyond the limit is 413, with a length or in chunks", async (op, request) => {
	const limit = op.node["x-body-limit-bytes"];
	const body = JSON.stringify({ padding: "x".repeat(limit) });
	await call(op.id, { ...request(), body }, 413, "body_too_large");
	await call(op.id, { ...request(), body, chunked: true }, 413, "body_too_large");
	const exact = JSON.stringify({ padding: "x".repeat(limit - '{"padding":""}'.length) });
	assert.equal((await call(op.id, { ...request(), body: exact })).status, 422);
}, takesBody);

each("a body in chunks is as good as one with a length", async (op, request) => {
	assert.ok((await call(op.id, { ...request(), chunked: true })).status < 300);
}, takesBody);

each("a body that is not JSON is 400", async (op, request) => {
	const deep = `${"[".repeat(100000)}${"]".repeat(100000)}`;
	for (const body of ["", " ", "{", "nonsense", '{"a":1}x', '{"a":1,}', "\ufeff{}", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), '{"a":NaN}', '{"a":1e999}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a":1,"a":2}', "{\"a\":\"\0\"}"])
		assert.ok(["body_not_json", "invalid"].includes((await call(op.id, { ...request(), body })).json.code), `${body}`);
	assert.equal((await call(op.id, { ...request(), body: "{" }, 400, "body_not_json")).status, 400);
	const answer = await call(op.id, { ...request(), body: deep.slice(0, op.node["x-body-limit-bytes"]) });
	assert.ok([400, 422].includes(answer.status));
}, takesJson);

each("JSON that is deeper than 8 is refused", async (op, request) => {
	const nest = (n) => `${'{"device":'.repeat(n)}1${"}".repeat(n)}`;
	assert.ok([400, 422].includes((await call(op.id, { ...request(), body: nest(9) })).status));
	assert.ok([400, 422].includes((await call(op.id, { ...request(), body: nest(200) })).status));
}, takesJson);

each("a body of another shape is 422 and says where", async (op, request) => {
	for (const body of ["[]", "null", "1", '"text"', "true", "{}"]) {
		if (body === "{}" && op.id === "createModelRun") continue; // every member has a default
		const answer = await call(op.id, { ...request(), body }, 422, "invalid");
		assert.ok(answer.json.errors.length > 0, `${body} has no errors`);
	}
	const answer = await call(op.id, { ...request(), body: { ...request().body, surprise: 1 } }, 422, "invalid");
	assert.equal(answer.json.errors[0].pointer, "/surprise");
}, takesJson);

each("no token is 401", async (op, request) => {
	await call(op.id, { ...request(), token: undefined }, 401, "token_missing");
	await call(op.id, { ...request(), token: undefined, headers: { ...request().headers, authorization: "Basic YTpi" } }, 401);
	await call(op.id, { ...request(), token: undefined, headers: { ...request().headers, authorization: "Bearer" } }, 401);
}, takesToken);

each("a token that is none is 401", async (op, request) => {
	const { token } = request();
	const changed = token.slice(0, -2) + (token.endsWith("A") ? "BB" : "AA");
	for (const bad of ["x", "cst_", "cpt_AAAA", `${token}A`, token.slice(0, -1), changed, token.toUpperCase(), "A".repeat(3000), `${token} ${token}`]) {
		const answer = await call(op.id, { ...request(), token: bad });
		// A read token that is well formed but no cohort's is not told from no cohort.
		if (op.id === "getEngagement") assert.ok([401, 404].includes(answer.status), `${bad}: ${answer.status}`);
		else assert.equal(answer.json.code, "token_invalid", bad);
	}
}, takesToken);

each("an expired token is 401", async (op, request) => {
	await call(op.id, { ...request(), token: expired(request().token) }, 401, "token_expired");
}, (op) => op.node["x-errors"].includes("token_expired"));

each("another kind of token is 401", async (op, request) => {
	const wrong = { getMe: session.token, getPlan: session.token, getProgress: session.token, createSessions: session.token, storeTrials: participant, completeSession: participant, storeEeg: participant, getEeg: server.demo.read_token, getScore: server.demo.read_token, getSessionEngagement: operator, getEngagement: participant };
	const answer = await call(op.id, { ...request(), token: wrong[op.id] ?? participant });
	if (op.id === "getEngagement") assert.ok([401, 404].includes(answer.status));
	else assert.equal(answer.json.code, "token_invalid");
	tried.get(op.id).add("token_invalid");
}, takesToken);

test("somebody else's session is not told from none", async () => {
	for (const [id, request] of [["storeTrials", { path: trialsPath(session.id), body: { trials: [trial(0)] } }], ["completeSession", { path: `/api/v1/sessions/${session.id}/complete`, body: { trials: 1 } }], ["getScore", { path: `/api/v1/sessions/${session.id}/score` }], ["storeEeg", { path: eegPath(session.id), body: eeg([epoch(0)]) }], ["getEeg", { path: eegPath(session.id) }], ["getSessionEngagement", { path: `/api/v1/sessions/${session.id}/engagement` }]])
		await call(id, { ...request, token: other.token }, 404, "not_found");
	await call("getScore", { path: `/api/v1/sessions/${other.id}/score`, token: participant }, 404, "not_found");
	await call("getEeg", { path: eegPath(other.id), token: participant }, 404, "not_found");
});

const onModels = (id) => [["getModel", `/api/v1/models/${id}`], ["activateModel", `/api/v1/models/${id}/activate`], ["getModelRun", `/api/v1/model-runs/${id}`], ["cancelModelRun", `/api/v1/model-runs/${id}/cancel`]];

test("ids and codes that are malformed are 400, unknown ones 404", async () => {
	const unknown = "019abcde-0000-7000-8000-000000000000";
	for (const bad of ["1", "nonsense", `${session.id}0`, session.id.replaceAll("-", ""), "%2e%2e", "019abcde-4567-7abc-8def-0123456789ag"]) {
		await call("storeTrials", { ...base.storeTrials(), path: trialsPath(bad) }, 400, "bad_parameter");
		await call("completeSession", { ...base.completeSession(), path: `/api/v1/sessions/${bad}/complete` }, 400, "bad_parameter");
		await call("getScore", { ...base.getScore(), path: `/api/v1/sessions/${bad}/score` }, 400, "bad_parameter");
		await call("storeEeg", { ...base.storeEeg(), path: eegPath(bad) }, 400, "bad_parameter");
		await call("getEeg", { ...base.getEeg(), path: eegPath(bad) }, 400, "bad_parameter");
		await call("getEngagement", { ...base.getEngagement(), path: `/api/v1/cohorts/${bad}/engagement` }, 400, "bad_parameter");
		await call("getSessionEngagement", { ...base.getSessionEngagement(), path: `/api/v1/sessions/${bad}/engagement` }, 400, "bad_parameter");
		for (const [id, target] of onModels(bad)) await call(id, { ...base[id](), path: target }, 400, "bad_parameter");
	}
	await call("storeTrials", { ...base.storeTrials(), path: trialsPath(unknown) }, 404, "not_found");
	await call("completeSession", { ...base.completeSession(), path: `/api/v1/sessions/${unknown}/complete` }, 404, "not_found");
	await call("getScore", { ...base.getScore(), path: `/api/v1/sessions/${unknown}/score` }, 404, "not_found");
	await call("getScore", { path: `/api/v1/sessions/${unknown}/score`, token: participant }, 404, "not_found");
	await call("storeEeg", { ...base.storeEeg(), path: eegPath(unknown) }, 404, "not_found");
	await call("getEeg", { path: eegPath(unknown), token: participant }, 404, "not_found");
	await call("getEngagement", { ...base.getEngagement(), path: `/api/v1/cohorts/${unknown}/engagement` }, 404, "not_found");
	await call("getSessionEngagement", { path: `/api/v1/sessions/${unknown}/engagement`, token: participant }, 404, "not_found");
	for (const [id, target] of onModels(unknown)) await call(id, { ...base[id](), path: target }, 404, "not_found");
	for (const bad of ["abc", "ABCD123", "ABCD12345", "abcd1234", "ABCD%201", "ABCD-123"])
		await call("getInvitation", { path: `/api/v1/join/${bad}` }, 400, "bad_parameter");
	await call("getInvitation", { path: "/api/v1/join/ZZZZ9999" }, 404, "not_found");
	await call("getTask", { path: "/api/v1/tasks/no-such-task" }, 404, "not_found");
	await call("join", { ...base.join(), body: { code: "ZZZZ9999", consent_version: 1 } }, 404, "not_found");
	await call("createSessions", { ...base.createSessions(), body: { task: "no-such-task" } }, 422, "invalid");
});

test("a read token that is another's gives no cohort away", async () => {
	await call("getEngagement", { ...base.getEngagement(), token: "A".repeat(43) }, 404, "not_found");
});

test("idempotency keys: absent, malformed, repeated, reused, old", async () => {
	for (const id of ["join", "createSessions", "createModelRun"]) {
		await call(id, { ...base[id](), key: undefined }, 400, "idempotency_key_missing");
		for (const bad of ["short", "x".repeat(65), "with space and more", "semi;colon;semi;colon"])
			await call(id, { ...base[id](), key: bad }, 400, "bad_parameter");
	}
	const joined = { ...base.join() };
	const first = await call("join", joined, 201);
	const again = await call("join", joined, 200);
	assert.equal(again.json.participant_id, first.json.participant_id);
	await call("join", { ...joined, body: { ...joined.body, pseudonym: "other" } }, 422, "idempotency_key_reused");
	const opened = { ...base.createSessions(), body: { task: "visual-search", count: 3, label: "week-1", device: { frame_ms: 16.67 } } };
	const sessions = await call("createSessions", opened, 201);
	const same = await call("createSessions", opened, 200);
	assert.deepEqual(same.json.sessions.map((s) => [s.id, s.seed]), sessions.json.sessions.map((s) => [s.id, s.seed]));
	await call("createSessions", { ...opened, body: { task: "stroop" } }, 422, "idempotency_key_reused");
	await call("createModelRun", { ...base.createModelRun(), body: { encoder: "gru", steps: 2 } }, 422, "idempotency_key_reused");
	// A day later a key that joined is spent; one that opened sessions finds them for ever.
	await cluster.query("camp", `UPDATE participant SET joined_at = joined_at - interval '25 hours' WHERE participant_id = '${first.json.participant_id}'`);
	await call("join", joined, 409, "idempotency_key_expired");
});

test("join names each wrong member", async () => {
	const good = base.join().body;
	const wrong = {
		code: [1, null, "abc", "abcd1234", "ABCD12345"], consent_version: [0, -1, 1.5, "1", null, 2147483648, 1e30],
		language: ["de", 1, "", "EN"], age_band: ["25", 25, ""], pseudonym: ["", "a b", "x".repeat(65), 1, "<b>", "中"],
	};
	for (const [member, values] of Object.entries(wrong))
		for (const value of values) {
			const answer = await call("join", { ...base.join(), body: { ...good, [member]: value } }, 422, "invalid");
			assert.equal(answer.json.errors[0].pointer, `/${member}`, JSON.stringify(value));
		}
	await call("join", { ...base.join(), body: { ...good, consent_version: 99 } }, 409, "consent_version");
});

test("sessions names each wrong member", async () => {
	const wrong = {
		task: ["", "no-such-task", 1, null, "x".repeat(40), "stroop\u0000"], count: [0, 5, 1.5, "1", null, -1],
		label: ["", "a b", "x".repeat(65), 1], device: ["text", [], 1, { text: "x".repeat(4096) }],
	};
	for (const [member, values] of Object.entries(wrong))
		for (const value of values) {
			const answer = await call("createSessions", { ...base.createSessions(), body: { task: "stroop", [member]: value } });
			assert.ok([400, 422].includes(answer.status), `${member} ${JSON.stringify(value)}: ${answer.status}`);
			if (answer.status === 422) assert.equal(answer.json.errors[0].pointer, `/${member}`, JSON.stringify(value));
		}
});

test("trials: each wrong value is named by its pointer and nothing is stored", async () => {
	const fresh = await makeSession(participant);
	const request = { path: trialsPath(fresh.id), token: fresh.token };
	const wrong = {
		seq: [-1, 100000, 1.5, "1", null, true, 1e300], condition: ["", "no-such-condition", 1, null], correct: [1, "true", null],
		rt_ms: [-1, 600001, "500", true, 1e308], onset_ms: [-1, 86400001, "1"], response: ["no-such-response", 1], difficulty: [1000001, -1000001, "1"],
		flags: ["touch", ["no-such-flag"], [1], ["touch", "touch"]], trial: [-1, 1000001, 1.5, "1"], detail: ["text", [], 1, { text: "x".repeat(2048) }], surprise: [1],
	};
	for (const [member, values] of Object.entries(wrong))
		for (const value of values) {
			const answer = await call("storeTrials", { ...request, body: { trials: [trial(0), trial(1, { [member]: value })] } }, 422, "invalid");
			assert.ok(answer.json.errors[0].pointer.startsWith(`/trials/1/${member}`), `${member} ${JSON.stringify(value)}: ${answer.json.errors[0].pointer}`);
		}
	for (const member of ["seq", "condition", "correct", "rt_ms"]) {
		const lacking = trial(0);
		delete lacking[member];
		const answer = await call("storeTrials", { ...request, body: { trials: [lacking] } }, 422, "invalid");
		assert.match(answer.json.errors[0].pointer, new RegExp(`^/trials/0(/${member})?$`));
	}
	const twice = await call("storeTrials", { ...request, body: { trials: [trial(3), trial(4), trial(3)] } }, 422, "invalid");
	assert.match(twice.json.errors[0].pointer, /^\/trials\/2/);
	await call("storeTrials", { ...request, body: { trials: [] } }, 422, "invalid");
	await call("storeTrials", { ...request, body: { trials: [1] } }, 422, "invalid");
	await call("storeTrials", { ...request, body: { trials: Array.from({ length: 1025 }, (_, i) => trial(i)) } }, 422, "invalid");
	// None of that was stored.
	const answer = await call("completeSession", { path: `/api/v1/sessions/${fresh.id}/complete`, token: fresh.token, body: { trials: 2 } }, 409, "trials_missing");
	assert.deepEqual(answer.json.missing, [{ from: 0, to: 1 }]);
});

test("trials: stored, repeated, conflicting, whole and in pieces", async () => {
	const fresh = await makeSession(participant);
	const request = { path: trialsPath(fresh.id), token: fresh.token };
	const store = async (trials) => (await call("storeTrials", { ...request, body: { trials } }, 200)).json;
	const full = trial(0, { rt_ms: 512.4, onset_ms: 12034.5, response: null, difficulty: 0.4, flags: ["touch"], trial: 7, detail: { a: [1, { b: "中" }] } });
	assert.deepEqual(await store([full]), { stored: 1, repeated: 0, conflicting: 0 });
	assert.deepEqual(await store([full]), { stored: 0, repeated: 1, conflicting: 0 });
	assert.deepEqual(await store([{ ...full, rt_ms: 1 }, trial(40), trial(1, { rt_ms: null, correct: false })]), { stored: 2, repeated: 0, conflicting: 1 });
	const missing = await call("completeSession", { path: `/api/v1/sessions/${fresh.id}/complete`, token: fresh.token, body: { trials: 41 } }, 409, "trials_missing");
	assert.deepEqual(missing.json.missing, [{ from: 2, to: 39 }]);
	assert.deepEqual(await store(Array.from({ length: 38 }, (_, i) => trial(i + 2))), { stored: 38, repeated: 0, conflicting: 0 });
	const done = { path: `/api/v1/sessions/${fresh.id}/complete`, token: fresh.token, body: { trials: 41 } };
	await call("getScore", { path: `/api/v1/sessions/${fresh.id}/score`, token: fresh.token }, 409, "session_open");
	const score = await call("completeSession", done, 200);
	assert.deepEqual((await call("completeSession", done, 200)).json, score.json);
	assert.deepEqual((await call("getScore", { path: `/api/v1/sessions/${fresh.id}/score`, token: fresh.token }, 200)).json, score.json);
	assert.deepEqual((await call("getScore", { path: `/api/v1/sessions/${fresh.id}/score`, token: participant }, 200)).json, score.json);
	await call("completeSession", { ...done, body: { trials: 40 } }, 409, "session_complete");
});

test("eeg: each wrong value is named by its pointer and nothing is stored", async () => {
	const fresh = await makeSession(participant);
	const request = { path: eegPath(fresh.id), token: fresh.token };
	const refused = async (body, pointer) => {
		const answer = await call("storeEeg", { ...request, body }, 422, "invalid");
		assert.equal(answer.json.errors[0].pointer, pointer, JSON.stringify(body).slice(0, 300));
	};
	const setup = {
		device: ["", 1, null, "x".repeat(65)], reference: ["", 1, "x".repeat(65)], sampling_rate_hz: [0, -1, "256", 1e6, true],
		unit: ["V", "", 1, null], window_s: [0, 61, "1", null], step_s: [0, 61, "1"], channels: [[], "TP9", Array(65).fill("Cz"), null],
		epochs: [[], {}, null, Array.from({ length: 257 }, (_, i) => epoch(i))], surprise: [1],
	};
	for (const [member, values] of Object.entries(setup))
		for (const value of values) await refused(eeg([epoch(0)], { [member]: value }), `/${member}`);
	await refused(eeg([epoch(0)], { channels: ["TP9", "A1"] }), "/channels/1");
	await refused(eeg([epoch(0)], { channels: ["TP9", 1] }), "/channels/1");
	await refused(eeg([epoch(0)], { channels: ["T7", "t3"] }), "/channels/1");
	const power = (more) => ({ power: { ...epoch(1).power, ...more } });
	const wrong = {
		seq: [[{ seq: -1 }, ""], [{ seq: 10000 }, ""], [{ seq: 1.5 }, ""], [{ seq: 0 }, ""]],
		t_ms: [[{ t_ms: -1 }, ""], [{ t_ms: 86400001 }, ""], [{ t_ms: null }, ""], [{ t_ms: 0 }, ""]],
		power: [[{ power: null }, ""], [{ power: [] }, ""], [power({ delta: [1] }), "/delta"], [power({ theta: [1, 2, 3] }), "/theta"],
			[power({ alpha: 1 }), "/alpha"], [power({ beta: [1, "2"] }), "/beta/1"], [power({ gamma: [0, 1] }), "/gamma/0"],
			[power({ gamma: [1, 1e10] }), "/gamma/1"], [power({ mu: [1, 1] }), "/mu"], [power({ delta: [1, -1] }), "/delta/1"]],
		quality: [[{ quality: [1] }, ""], [{ quality: [1, 1.1] }, "/1"], [{ quality: [1, null] }, "/1"], [{ quality: 1 }, ""]],
		surprise: [[{ surprise: 1 }, ""]],
	};
	for (const [member, cases] of Object.entries(wrong))
		for (const [more, below] of cases) await refused(eeg([epoch(0), epoch(1, more)]), `/epochs/1/${member}${below}`);
	for (const member of ["seq", "t_ms", "power"]) {
		const lacking = epoch(0);
		delete lacking[member];
		await refused(eeg([lacking]), `/epochs/0/${member}`);
	}
	for (const member of ["device", "sampling_rate_hz", "channels", "unit", "window_s", "epochs"]) {
		const lacking = eeg([epoch(0)]);
		delete lacking[member];
		await refused(lacking, `/${member}`);
	}
	await refused(eeg([1]), "/epochs/0");
	// Logarithms have another range.
	const log = (value) => eeg([epoch(0, power({ delta: [1, value] }))], { unit: "log10_uv2" });
	await refused(log(9.1), "/epochs/0/power/delta/1");
	await refused(log(-6.1), "/epochs/0/power/delta/1");
	const { json } = await call("getEeg", { ...request }, 200);
	assert.deepEqual(json, { recording: null, summary: { engagement_index: { value: null, standard_error: null, n: 0 }, theta_beta: { value: null, standard_error: null, n: 0 } }, epochs: [] });
});

test("eeg: stored, repeated, conflicting, read, and another recording refused", async () => {
	const request = { path: eegPath(complete.id), token: complete.token };
	const store = async (epochs, more) => (await call("storeEeg", { ...request, body: eeg(epochs, more) }, 200)).json;
	// A complete session takes it, too.
	assert.deepEqual(await store([epoch(0), epoch(2)]), { stored: 2, repeated: 0, conflicting: 0 });
	assert.deepEqual(await store([epoch(0), epoch(1), epoch(2, { t_ms: 2001 })]), { stored: 1, repeated: 1, conflicting: 1 });
	assert.deepEqual(await store([epoch(3, { quality: [1, 0] }), epoch(4, { power: Object.fromEntries(bands.map((band) => [band, [null, null]])) })], { channels: ["tp9", "AF7"] }),
		{ stored: 2, repeated: 0, conflicting: 0 });
	// The same in the other unit is the same.
	assert.deepEqual(await store([{ ...epoch(0), power: Object.fromEntries(bands.map((band, b) => [band, [Math.log10(1 + b), Math.log10(2)]])) }], { unit: "log10_uv2" }),
		{ stored: 0, repeated: 1, conflicting: 0 });
	for (const more of [{ device: "other" }, { reference: "Fpz" }, { sampling_rate_hz: null }, { sampling_rate_hz: 128 }, { channels: ["AF7", "TP9"] }, { window_s: 2 }, { step_s: 1 }])
		await call("storeEeg", { ...request, body: eeg([epoch(9)], more) }, 409, "eeg_setup");
	for (const token of [complete.token, participant]) {
		const { json } = await call("getEeg", { ...request, token }, 200);
		assert.deepEqual(json.recording, { device: "Muse 2", reference: null, sampling_rate_hz: 256, window_s: 1, step_s: null, channels: ["TP9", "AF7"] });
		assert.deepEqual(json.epochs.map((e) => [e.seq, e.t_ms]), [[0, 0], [1, 1000], [2, 2000], [3, 3000], [4, 4000]]);
		// Channels: beta 4, alpha 3, theta 2; and the same power in every band.
		const near = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-6, `${value}, not ${expected}`);
		for (const e of json.epochs.slice(0, 3)) {
			near(e.engagement_index.value, (4 / 5 + 1 / 2) / 2);
			near(e.engagement_index.standard_error, 0.15);
			near(e.theta_beta.value, (2 / 4 + 1) / 2);
			assert.equal(e.theta_beta.n, 2);
		}
		near(json.epochs[3].engagement_index.value, 0.8);
		assert.equal(json.epochs[3].engagement_index.standard_error, null);
		assert.deepEqual(json.epochs[4].engagement_index, { value: null, standard_error: null, n: 0 });
		near(json.summary.engagement_index.value, (3 * 0.65 + 0.8) / 4);
		assert.equal(json.summary.engagement_index.n, 4);
		assert.equal(json.summary.engagement_index.standard_error, null);
	}
});

test("complete names each wrong member", async () => {
	const wrong = { trials: [0, -1, 1.5, "4", null, 100001], device: ["text", [], 1, { text: "x".repeat(4096) }] };
	for (const [member, values] of Object.entries(wrong))
		for (const value of values) {
			const answer = await call("completeSession", { ...base.completeSession(), body: { trials: 4, [member]: value } }, 422, "invalid");
			assert.equal(answer.json.errors[0].pointer, `/${member}`, JSON.stringify(value));
		}
});

test("a training names each wrong member", async () => {
	const wrong = {
		encoder: ["", "lstm", 1, null], steps: [0, -1, 1.5, "4", null, 100001], seed: [-1, 4294967296, "1"], components: [0, 3, "2"],
		cohort: ["", "abc", "abcd1234", "ABCD12345", 1],
	};
	for (const [member, values] of Object.entries(wrong))
		for (const value of values) {
			const answer = await call("createModelRun", { ...base.createModelRun(), body: { [member]: value } }, 422, "invalid");
			assert.equal(answer.json.errors[0].pointer, `/${member}`, JSON.stringify(value));
		}
});

test("a file that is no model is refused with a sentence and not stored", async () => {
	const { models } = (await call("listModels", base.listModels(), 200)).json;
	const file = base.uploadModel().body;
	const nan = Buffer.from(file);
	nan.writeFloatLE(NaN, nan.length - 4);
	for (const [body, says] of [["", /empty/], ["nonsense", /./], [file.subarray(0, file.length - 4), /./], [Buffer.concat([file, file]), /./], [nan, /./], [Buffer.alloc(1 << 20, 0xff), /./]]) {
		const answer = await call("uploadModel", { ...base.uploadModel(), body }, 422, "invalid");
		assert.match(answer.json.detail, says);
		assert.notEqual(answer.json.detail, answer.json.title, "no sentence of its own");
	}
	assert.equal((await call("listModels", base.listModels(), 200)).json.models.length, models.length);
});

test("definitions and the contract answer 304 to their ETag", async () => {
	for (const id of ["listTasks", "getTask", "getContract"]) {
		const { headers } = await call(id, base[id](), 200);
		const again = { ...base[id](), headers: { ...base[id]().headers, "if-none-match": `"other", ${headers.etag}` } };
		assert.equal((await call(id, again, 304)).headers.etag, headers.etag);
		assert.equal((await call(id, { ...again, method: "HEAD" }, 304)).headers.etag, headers.etag);
		await call(id, { ...again, headers: { ...again.headers, "if-none-match": '"other"' } }, 200);
	}
});

test("me shows what was done, and nothing of others", async () => {
	const token = await join({ pseudonym: "me_1" });
	const mine = await makeSession(token, "visual-search");
	const { json } = await call("getMe", { path: "/api/v1/me", token }, 200);
	assert.equal(json.pseudonym, "me_1");
	assert.deepEqual(json.sessions.map((s) => [s.id, s.state, s.trials]), [[mine.id, "open", null]]);
});

test("a participant who was erased is not found", async () => {
	const token = await join();
	const { json } = await call("getMe", { path: "/api/v1/me", token }, 200);
	for (const table of ["session", "consent", "participant"])
		await cluster.query("camp", `DELETE FROM ${table} WHERE participant_id = '${json.participant_id}'`);
	await call("getMe", { path: "/api/v1/me", token }, 404, "not_found");
	await call("createSessions", { ...base.createSessions(), token }, 404, "not_found");
});

test("a participant who was erased leaves no EEG", async () => {
	const token = await join();
	const mine = await makeSession(token);
	const request = { path: eegPath(mine.id), token: mine.token };
	await call("storeEeg", { ...request, body: eeg([epoch(0), epoch(1)]) }, 200);
	const { json } = await call("getMe", { path: "/api/v1/me", token }, 200);
	const count = async (table) => (await cluster.query("camp", `SELECT count(*) FROM ${table} WHERE participant_id = '${json.participant_id}'`)).trim();
	assert.equal(await count("eeg_epoch"), "2");
	await cluster.query("camp", `DELETE FROM participant WHERE participant_id = '${json.participant_id}'`);
	assert.equal(await count("eeg_epoch"), "0");
	assert.equal(await count("eeg_recording"), "0");
	await call("storeEeg", { ...request, body: eeg([epoch(0)]) }, 404, "not_found");
	await call("getEeg", request, 404, "not_found");
});

test("a database that hangs is 503 deadline, one that is gone 503 unavailable, and back again", async () => {
	// As many as the lanes can hold at once: what was never sent is unavailable, not late.
	const requests = operations.filter(usesDatabase);
	await whileFrozen(cluster.pid, () => Promise.all(requests.map((op) => call(op.id, base[op.id](), 503, "deadline"))));
	await cluster.stop();
	await until("the server to notice", 10000, async () => (await fetch(`${server.adminUrl}/readyz`)).status === 503);
	for (const op of requests) {
		const { json } = await call(op.id, base[op.id](), 503);
		// Of what went into the dying connection nobody knows whether it was stored.
		if (json.code === "deadline") await call(op.id, base[op.id](), 503, "database_unavailable");
		else assert.equal(json.code, "database_unavailable", op.id);
	}
	assert.equal((await fetch(`${server.adminUrl}/livez`)).status, 200);
	for (const id of ["listTasks", "getTask", "getContract"]) await call(id, base[id](), 200);
	await cluster.start();
	await until("the server's recovery", 15000, async () => (await fetch(`${server.adminUrl}/readyz`)).status === 200);
	for (const op of requests) assert.ok((await call(op.id, base[op.id]())).status < 300, op.id);
});

// What cannot be provoked here, and where it is.
const elsewhere = {
	internal: "a defect, by definition",
	out_of_memory: "unit tests that fail the nth allocation",
	busy: "limits.test.mjs",
	draining: "lifecycle.test.mjs",
	deadline: "routes that need no database have none",
	storage_full: "tests/fault, on a full disk",
	model_unavailable: "models.test.mjs",
	run_finished: "models.test.mjs",
};

test("every error that the contract documents was provoked", () => {
	const left = operations.flatMap((op) => [...document["x-errors-everywhere"], ...op.node["x-errors"]]
		.filter((code) => !tried.get(op.id).has(code) && !elsewhere[code]).map((code) => `${op.id} ${code}`));
	assert.deepEqual([...new Set(left)], []);
});
