// HTTP as browsers and proxies use it: connections, static files, encodings, headers.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import { send } from "../support/contract.mjs";
import { connect, exchange, parseAnswers } from "../support/raw.mjs";
import { startServer } from "../support/server.mjs";

let server;
before(async () => { server = await startServer({ demo: true, client: "stand-in" }); });
after(() => server?.stop());

const get = (path, headers = {}) => send(server.url, { path, headers: { accept: "*/*", ...headers } });
const SCRIPT = "/assets/app.0A1B2C3D.js";

const PAGE_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; manifest-src 'self'; style-src 'self'; " +
	"style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

test("a connection is kept and used again", async () => {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	const ports = new Set();
	agent.on("free", (socket) => ports.add(socket.localPort));
	for (let i = 0; i < 20; i++) assert.equal((await send(server.url, { path: "/api/v1/tasks", agent })).status, 200);
	assert.equal(ports.size, 1);
	agent.destroy();
});

test("errors keep the connection too", async () => {
	const bytes = ["/nowhere", "/api/v1/me", "/api/v1/tasks?x=1", "/api/v1/tasks"].map((p) => `GET ${p} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
	const { answers, closed } = await exchange(server.port, bytes);
	assert.deepEqual(answers.map((a) => a.status), [404, 401, 400, 200]);
	assert.ok(!closed);
});

test("pipelined requests are answered in their order", async () => {
	const join = (i) => {
		const body = JSON.stringify({ code: "ZZZZ9999", consent_version: 1, pseudonym: `p${i}` });
		return `POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: pipelined-${i}-0123456789\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
	};
	const tasks = (i) => `GET /api/v1/tasks/${i % 2 ? "stroop" : "none"} HTTP/1.1\r\nHost: a\r\n\r\n`;
	for (const n of [2, 5, 20]) {
		const bytes = Array.from({ length: n }, (_, i) => (i % 3 === 2 ? join(i) : tasks(i))).join("");
		const { answers } = await exchange(server.port, bytes, { quietMs: 500 });
		assert.deepEqual(answers.map((a) => a.status), Array.from({ length: n }, (_, i) => (i % 3 === 2 ? 404 : i % 2 ? 200 : 404)));
	}
});

test("Connection: close and HTTP/1.0 end the connection after the answer", async () => {
	for (const bytes of ["GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /api/v1/tasks HTTP/1.0\r\n\r\n"]) {
		const { answers, closed } = await exchange(server.port, bytes);
		assert.equal(answers[0].status, 200);
		assert.ok(closed);
	}
});

test("Expect: 100-continue is answered before the body is sent", async () => {
	const c = await connect(server.port);
	const body = JSON.stringify({ code: "ZZZZ9999", consent_version: 1 });
	await c.send(`POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
	assert.ok(await c.wait(2000, () => c.answers().length === 1));
	assert.equal(c.answers()[0].status, 100);
	await c.send(body);
	assert.ok(await c.wait(2000, () => c.answers().length === 2));
	assert.equal(c.answers()[1].status, 404);
	c.close();
});

test("Expect: 100-continue for a body too large is refused without reading it", async () => {
	const { answers } = await exchange(server.port, "POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n");
	assert.deepEqual(answers.map((a) => a.status), [413]);
});

test("a body far beyond the limit is cut off, not collected", async () => {
	const c = await connect(server.port);
	await c.send("POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nTransfer-Encoding: chunked\r\n\r\n");
	const chunk = `10000\r\n${"x".repeat(65536)}\r\n`;
	let sent = 0;
	while (!c.closed && sent < 200 && (await c.send(chunk))) sent++;
	assert.ok(sent < 200, "200 chunks of 64 KiB were taken");
	c.close();
});

test("shells: the participant's app and the cohort page", async () => {
	for (const path of ["/", "/join/ABCD1234"]) {
		const answer = await get(path);
		assert.equal(answer.status, 200);
		assert.match(answer.body.toString(), /participant app/);
		assert.equal(answer.headers["cache-control"], "no-cache");
	}
	const cohort = await get("/cohort/019abcde-89ab-7abc-8def-0123456789ab");
	assert.equal(cohort.status, 200);
	assert.match(cohort.body.toString(), /cohort page/);
});

test("hashed files are immutable, others are checked", async () => {
	assert.equal((await get(SCRIPT)).headers["cache-control"], "public, max-age=31536000, immutable");
	assert.equal((await get("/favicon.svg")).headers["cache-control"], "no-cache");
});

test("each encoding is what was asked for and unpacks to the same", async () => {
	const plain = await get(SCRIPT);
	assert.equal(plain.headers["content-encoding"], undefined);
	assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
	const etags = new Set([plain.headers.etag]);
	for (const [accept, coding, unpack] of [["br", "br", zlib.brotliDecompressSync], ["gzip", "gzip", zlib.gunzipSync], ["gzip, deflate, br", "br", zlib.brotliDecompressSync], ["br;q=0.1, gzip", "gzip", zlib.gunzipSync], ["br;q=0, *", "gzip", zlib.gunzipSync]]) {
		const answer = await get(SCRIPT, { "accept-encoding": accept });
		assert.equal(answer.headers["content-encoding"], coding, accept);
		assert.equal(answer.headers.vary, "Accept-Encoding");
		assert.deepEqual(unpack(answer.body), plain.body);
		etags.add(answer.headers.etag);
	}
	assert.equal(etags.size, 3, "each encoding has an ETag of its own");
	for (const accept of ["identity", "gzip;q=0", "*;q=0"])
		assert.equal((await get(SCRIPT, { "accept-encoding": accept })).headers["content-encoding"], undefined, accept);
});

test("a copy that is current is answered 304 without a body", async () => {
	for (const path of ["/", SCRIPT, "/favicon.svg"])
		for (const coding of ["identity", "gzip", "br"]) {
			const headers = { "accept-encoding": coding };
			const { headers: { etag } } = await get(path, headers);
			const again = await get(path, { ...headers, "if-none-match": etag });
			assert.equal(again.status, 304);
			assert.equal(again.body.length, 0);
			assert.equal(again.headers.etag, etag);
			assert.equal(again.headers.vary, "Accept-Encoding");
			assert.equal((await get(path, { ...headers, "if-none-match": `W/${etag}` })).status, 304);
			assert.equal((await get(path, { ...headers, "if-none-match": '"another"' })).status, 200);
		}
	// On one connection, an answer after a 304 must not be misread.
	const { etag } = (await get("/")).headers;
	const { answers } = await exchange(server.port, `GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: ${etag}\r\n\r\nGET ${SCRIPT} HTTP/1.1\r\nHost: a\r\n\r\n`);
	assert.deepEqual(answers.map((a) => a.status), [304, 200]);
});

test("HEAD has the headers of GET and no body", async () => {
	for (const path of ["/", SCRIPT, "/api/v1/tasks", "/nowhere", "/api/v1/me"]) {
		const plain = await get(path);
		const bytes = `HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
		const c = await connect(server.port);
		await c.send(bytes + bytes);
		await c.wait(2000, () => parseAnswers(c.received, () => true).length === 2);
		const answers = parseAnswers(c.received, () => true);
		assert.equal(answers.length, 2, path);
		assert.equal(answers[1].status, plain.status);
		assert.equal(answers[1].headers["content-type"], plain.headers["content-type"]);
		assert.equal(answers[1].headers.etag, plain.headers.etag);
		c.close();
	}
});

test("pages carry the policies that isolate them", async () => {
	for (const path of ["/", "/join/ABCD1234", "/cohort/019abcde-89ab-7abc-8def-0123456789ab", SCRIPT]) {
		const { headers } = await get(path);
		assert.equal(headers["content-security-policy"], PAGE_POLICY, path);
		assert.equal(headers["cross-origin-opener-policy"], "same-origin");
		assert.equal(headers["cross-origin-embedder-policy"], "require-corp");
		assert.equal(headers["cross-origin-resource-policy"], "same-origin");
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.equal(headers["referrer-policy"], "no-referrer");
		assert.match(headers["permissions-policy"], /geolocation=\(\)/);
		assert.equal(headers.server, undefined);
	}
});

test("answers of the API may neither be kept nor rendered", async () => {
	for (const path of ["/api/v1/me", "/api/v1/nowhere", `/api/v1/join/${server.joinCode}`]) {
		const { headers } = await get(path);
		assert.equal(headers["cache-control"], "no-store", path);
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.equal(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
	}
});

test("paths that are none lead nowhere", async () => {
	for (const path of ["/assets/", "/assets/../app.html", "/assets/..%2fapp.html", "/assets/%2e%2e/app.html", "//", "/assets//app.0A1B2C3D.js", "/app.html", "/cohort.html", "/cohort/", "/join/", "/API/v1/tasks", "/api/v1/tasks/", "/api/v1", "/assets/app.0A1B2C3D.js.br", "/.git/config", "/%00", "/join/a/b"]) {
		const { answers } = await exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
		assert.ok([404, 400].includes(answers[0]?.status), `${path}: ${answers[0]?.status}`);
	}
	for (const target of ["http://a/api/v1/tasks", "*", "a:443"]) {
		const { answers } = await exchange(server.port, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
		assert.ok(answers[0].status >= 400, `${target}: ${answers[0].status}`);
	}
});

test("methods that no route has are refused", async () => {
	for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"]) {
		const length = ["PUT", "PATCH"].includes(method) ? "Content-Length: 0\r\n" : "";
		const { answers } = await exchange(server.port, `${method} /api/v1/tasks HTTP/1.1\r\nHost: a\r\n${length}\r\n`);
		assert.equal(answers[0]?.status, 405, method);
		assert.equal(answers[0].headers.allow, "GET, HEAD");
	}
	const { answers } = await exchange(server.port, "POST /assets/app.0A1B2C3D.js HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	assert.equal(answers[0].status, 405);
});

test("a page is served whatever a browser accepts", async () => {
	const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
	assert.equal((await get("/", { accept })).status, 200);
	assert.equal((await get(SCRIPT, { accept: "*/*" })).status, 200);
	assert.equal((await get("/?utm=1&x=%zz")).status, 200);
});

test("the cohort link's page asks with its token and gets numbers", async () => {
	const { cohort_id: cohort, read_token: token } = server.demo;
	assert.equal(server.cohortUrl, `${server.url}/cohort/${cohort}#${token}`);
	assert.equal(server.joinUrl, `${server.url}/join/${server.joinCode}`);
	const answer = await send(server.url, { path: `/api/v1/cohorts/${cohort}/engagement`, token });
	assert.equal(answer.status, 200);
	assert.equal(JSON.parse(answer.body).participants, 12);
});

test("the operator's listener answers on loopback", async () => {
	const live = await fetch(`${server.adminUrl}/livez`);
	assert.deepEqual([live.status, await live.json()], [200, { status: "ok" }]);
	const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
	assert.match(metrics, /camp_http_requests_total\{method="GET",route="\/api\/v1\/tasks",status="200"\} \d+/);
	assert.match(metrics, /camp_http_request_seconds_bucket\{method="GET",route="\/api\/v1\/tasks",le="\+Inf"\} \d+/);
	assert.match(metrics, /camp_db_lane_depth \d+/);
	assert.match(metrics, /camp_trials_total\{outcome="stored"\} \d+/);
	assert.ok(!metrics.includes(server.joinCode));
	assert.equal((await fetch(`${server.adminUrl}/api/v1/tasks`)).status, 404);
	assert.equal((await fetch(`${server.adminUrl}/livez`, { method: "POST" })).status, 405);
});
