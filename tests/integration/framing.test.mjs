// Requests that could smuggle another one past a proxy: each is refused with 400, nothing
// behind it is answered, and the connection is closed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HIDDEN, refused } from "../support/desync.mjs";
import { connect, exchange } from "../support/raw.mjs";
import { startServer } from "../support/server.mjs";

let server;
before(async () => { server = await startServer({ client: "stand-in" }); });
after(() => server?.stop());

for (const [name, bytes] of refused) {
	test(`refused and closed: ${name}`, async () => {
		const { answers, closed, text } = await exchange(server.port, Buffer.from(bytes + HIDDEN, "latin1"));
		assert.equal(answers.length, 1, `answers: ${text}`);
		assert.equal(answers[0].status, 400);
		assert.ok(closed, "the connection stays open");
	});
}

test("a refusal is a problem in JSON that says what is wrong", async () => {
	const { answers } = await exchange(server.port, "GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	assert.equal(answers[0].headers["content-type"], "application/problem+json");
	assert.equal(answers[0].headers.connection.toLowerCase(), "close");
	const problem = JSON.parse(answers[0].body);
	assert.equal(problem.code, "bad_request");
	assert.match(problem.detail, /More than one Host/);
});

test("a length that no number holds is too large", async () => {
	const { answers, closed } = await exchange(server.port, `POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Length: ${"9".repeat(30)}\r\n\r\n${HIDDEN}`);
	assert.equal(answers.length, 1);
	assert.ok([400, 413].includes(answers[0].status), `status ${answers[0].status}`);
	assert.ok(closed);
});

test("more header bytes than the server holds are refused", async () => {
	const { answers, closed } = await exchange(server.port, `GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nX-A: ${"b".repeat(65536)}\r\n\r\n`);
	assert.equal(answers[0]?.status, 431);
	assert.ok(closed);
});

test("a body in chunks is one body, whatever its pieces", async () => {
	const body = JSON.stringify({ code: "ZZZZ9999", consent_version: 1 });
	const chunks = [...body].map((c) => `1\r\n${c}\r\n`).join("");
	const { answers } = await exchange(server.port,
		`POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n${HIDDEN}`);
	assert.deepEqual(answers.map((a) => a.status), [404, 200]);
});

test("malformed chunks are refused and end the connection", async () => {
	for (const chunks of ["zz\r\n", "-1\r\nab\r\n", "ffffffffffffffff\r\n", "5;x\r\nab\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n"]) {
		const { answers, closed } = await exchange(server.port,
			`POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`, { ms: 1500 });
		assert.ok(answers.every((a) => a.status >= 400), `${JSON.stringify(chunks)}: ${answers.map((a) => a.status)}`);
		assert.ok(answers.length === 0 || closed || chunks.startsWith("5;x"), `${JSON.stringify(chunks)} leaves the connection open`);
	}
});

test("a request arriving byte by byte is whole, cookies and all", async () => {
	const c = await connect(server.port);
	for (const byte of `GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nX-Empty:\r\nAccept: application/json\r\n\r\n`) await c.send(byte);
	await c.wait(3000, () => c.answers().length > 0);
	assert.equal(c.answers()[0]?.status, 200);
	c.close();
});

test("refused requests are counted and the server goes on", async () => {
	const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
	const refusedTotal = Number(/camp_http_refused_total\{code="bad_request"\} (\d+)/.exec(metrics)?.[1]);
	assert.ok(refusedTotal > 20, metrics.slice(0, 500));
	assert.equal((await fetch(`${server.url}/api/v1/tasks`)).status, 200);
});
