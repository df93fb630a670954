// Clients that are slow, silent or many: each is bounded in time, and nobody else notices.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { after, before, test } from "node:test";
import { idempotencyKey } from "../support/api.mjs";
import { checkAnswer, operation, send } from "../support/contract.mjs";
import { rssBytes, sleep, whileFrozen } from "../support/proc.mjs";
import { connect } from "../support/raw.mjs";
import { startServer, until } from "../support/server.mjs";

let server;
before(async () => {
	server = await startServer({
		demo: true, client: "stand-in",
		env: { CAMP_RECEIVE_TIMEOUT_S: "2", CAMP_IDLE_TIMEOUT_S: "5", CAMP_SEND_GRACE_S: "1", CAMP_SEND_RATE_MIN: "1000000", CAMP_CONNECTION_LIMIT: "2000" },
	});
});
after(() => server?.stop());

const counter = async (name) => {
	const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
	return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
};

/** Sends a byte every 100 ms until the server closes; ms it took. */
async function drip(head, byte, ms = 8000) {
	const c = await connect(server.port);
	const start = Date.now();
	await c.send(head);
	while (!c.closed && Date.now() - start < ms) {
		await c.send(byte);
		await sleep(100);
	}
	const took = Date.now() - start;
	c.close();
	return took;
}

test("an idle server is small", { skip: process.env.ASAN_OPTIONS ? "sanitizers take memory of their own" : false }, () => {
	assert.ok(rssBytes(server.pid).now < 64 * 1024 * 1024, `${rssBytes(server.pid).now} bytes`);
});

test("slow headers are cut off by their age, not by silence", async () => {
	const took = await drip("GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nX-Slow: ", "a");
	assert.ok(took > 1500 && took < 6000, `${took} ms`);
});

test("a slow request line is cut off too", async () => {
	const took = await drip("GET /", "a");
	assert.ok(took < 6000, `${took} ms`);
});

test("a slow body is cut off by its age", async () => {
	const took = await drip("POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nContent-Length: 10000\r\n\r\n", " ");
	assert.ok(took > 1500 && took < 6000, `${took} ms`);
	const chunked = await drip("POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n");
	assert.ok(chunked < 6000, `${chunked} ms`);
});

test("a connection without a request is closed in time", async () => {
	const fresh = await connect(server.port);
	const used = await connect(server.port);
	await used.send("GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\n\r\n");
	const start = Date.now();
	// Being idle is not being slow: it has a limit of its own.
	await sleep(3000);
	await used.send("GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\n\r\n");
	assert.ok(await fresh.wait(12000), "a silent connection stays");
	assert.ok(await used.wait(12000), "an idle connection stays");
	assert.deepEqual(used.answers().map((answer) => answer.status), [200, 200]);
	assert.ok(Date.now() - start < 15000);
});

test("a connection used all along is not closed by the age of its requests", async () => {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	for (let i = 0; i < 12; i++) {
		assert.equal((await send(server.url, { path: "/api/v1/tasks", agent })).status, 200);
		await sleep(400);
	}
	agent.destroy();
});

test("a client that does not read its answers is cut off", async () => {
	const c = await connect(server.port, { pauseReading: true });
	const before = await counter("camp_http_send_timeouts_total");
	// Far more answers than the sockets' buffers hold.
	const request = "GET /assets/app.0A1B2C3D.js HTTP/1.1\r\nHost: a\r\n\r\n";
	c.send(request.repeat(3000));
	await until("the cut", 12000, async () => (await counter("camp_http_send_timeouts_total")) > before);
	c.close();
});

test("many slow clients do not slow down another", async () => {
	const slow = await Promise.all(Array.from({ length: 300 }, async (_, i) => {
		const c = await connect(server.port);
		await c.send(i % 2 ? "GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nX: " : "POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: 0123456789abcdef\r\nContent-Length: 1000\r\n\r\n{");
		return c;
	}));
	const times = [];
	for (let i = 0; i < 100; i++) {
		const start = performance.now();
		assert.equal((await send(server.url, { path: "/api/v1/tasks" })).status, 200);
		times.push(performance.now() - start);
	}
	times.sort((a, b) => a - b);
	// A freeze would be seconds; the figure itself is the benchmarks' matter.
	assert.ok(times[98] < 1000, `p99 ${times[98]} ms`);
	await Promise.all(slow.map((c) => c.wait(12000)));
	assert.ok(slow.every((c) => c.closed), "slow connections stay");
});

for (const n of [256, 1000]) {
	test(`${n} connections, each asking again and again, without a freeze`, { timeout: 60000 }, async () => {
		const agent = new http.Agent({ keepAlive: true, maxSockets: n, maxFreeSockets: n });
		const request = () => send(server.url, { path: "/api/v1/tasks", agent });
		const posts = () => send(server.url, { method: "POST", path: "/api/v1/join", key: idempotencyKey(), body: { code: "ZZZZ9999", consent_version: 1 }, agent });
		for (let round = 0; round < 4; round++) {
			// All at once, so that every epoll_wait comes back full.
			const answers = await Promise.all(Array.from({ length: n }, (_, i) => (i % 2 ? request() : posts())));
			assert.equal(answers.filter((a) => a.status === 200).length, Math.floor(n / 2));
			assert.deepEqual([...new Set(answers.map((a) => a.status))].sort(), [200, 404]);
		}
		assert.ok((await counter("camp_http_connections")) >= n * 0.9);
		assert.ok(rssBytes(server.pid).now < 256 * 1024 * 1024);
		agent.destroy();
	});
}

test("connections and memory are given back", async () => {
	await until("the connections' end", 10000, async () => (await counter("camp_http_connections")) < 10);
	assert.equal(await counter("camp_http_suspended"), 0);
});

test("a client that leaves while its request waits costs nothing", async () => {
	const start = await counter("camp_http_connections");
	const clients = await Promise.all(Array.from({ length: 100 }, async () => {
		const c = await connect(server.port);
		const body = JSON.stringify({ code: "ZZZZ9999", consent_version: 1 });
		await c.send(`POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: ${idempotencyKey()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
		c.close();
		return c;
	}));
	assert.equal(clients.length, 100);
	await until("the connections' end", 10000, async () => (await counter("camp_http_connections")) <= start + 2);
	assert.equal(await counter("camp_http_suspended"), 0);
});

test("connections cut at any byte, while sending, waiting or reading, leave nothing behind", { timeout: 120000 }, async () => {
	// A small generator of its own, so that a failure can be repeated.
	const first = Number(process.env.CAMP_TEST_SEED ?? 20261123);
	let seed = first;
	const random = (n) => {
		seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
		return (seed >>> 8) % n;
	};
	const body = JSON.stringify({ code: "ZZZZ9999", consent_version: 1 });
	const post = (headers, text) => `POST /api/v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: cut-at-any-byte-0123\r\n${headers}\r\n${text}`;
	const stream = [
		`GET /api/v1/join/${server.joinCode} HTTP/1.1\r\nHost: a\r\n\r\n`,
		post(`Content-Length: ${body.length}\r\n`, body),
		"GET /assets/app.0A1B2C3D.js HTTP/1.1\r\nHost: a\r\n\r\n",
		post("Transfer-Encoding: chunked\r\n", `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`),
		"GET /api/v1/me HTTP/1.1\r\nHost: a\r\n\r\n",
	].join("");
	const cut = async () => {
		const c = await connect(server.port, { pauseReading: random(4) === 0 });
		const bytes = Buffer.from(stream.repeat(1 + random(4)));
		const end = random(bytes.length);
		for (let at = 0; at < end && !c.closed;) {
			const n = 1 + random(random(3) ? 2000 : 20);
			await c.send(bytes.subarray(at, Math.min(end, at + n)));
			at += n;
			if (random(8) === 0) await sleep(random(10));
		}
		if (random(2)) await sleep(random(20));
		if (random(2)) c.socket.resetAndDestroy?.();
		else if (random(2)) c.socket.end();
		c.close();
	};
	for (let round = 0; round < 30; round++) await Promise.all(Array.from({ length: 40 }, cut));
	await until("the connections' end", 15000, async () => (await counter("camp_http_connections")) < 5);
	assert.equal(await counter("camp_http_suspended"), 0, `CAMP_TEST_SEED=${first}`);
	assert.equal((await send(server.url, { path: `/api/v1/join/${server.joinCode}` })).status, 200);
});

test("over the connection limit, newcomers are refused and the others served", { timeout: 60000 }, async () => {
	const small = await startServer({ client: "stand-in", env: { CAMP_CONNECTION_LIMIT: "20" } });
	try {
		const held = [];
		for (let i = 0; i < 40; i++) held.push(await connect(small.port).catch(() => null));
		for (const c of held) await c?.send("GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\n\r\n");
		await sleep(500);
		const served = held.filter((c) => c && c.answers().length === 1).length;
		assert.ok(served >= 15 && served <= 20, `${served} served`);
		for (const c of held) c?.close();
		await until("room again", 5000, async () => {
			try { return (await send(small.url, { path: "/api/v1/tasks" })).status === 200; } catch { return false; }
		});
	} finally {
		await small.stop();
	}
});

test("full lanes answer 503 busy with Retry-After, at once, and recover", { timeout: 60000 }, async () => {
	const small = await startServer({ demo: true, client: "stand-in", env: { CAMP_LANES: "1", CAMP_QUEUE_LIMIT: "2", CAMP_REQUEST_TIMEOUT_MS: "3000" } });
	try {
		const postmaster = Number(readFileSync(`${small.stateDir}/postgres/postmaster.pid`, "utf8").split("\n")[0]);
		const answers = await whileFrozen(postmaster, () =>
			Promise.all(Array.from({ length: 20 }, () => send(small.url, { path: `/api/v1/join/${small.joinCode}` }))));
		const codes = answers.map((answer) => checkAnswer(operation("getInvitation"), answer).json.code);
		assert.ok(codes.filter((code) => code === "busy").length >= 15, codes.join());
		assert.ok(codes.every((code) => code === "busy" || code === "deadline"), codes.join());
		await until("recovery", 10000, async () => (await send(small.url, { path: `/api/v1/join/${small.joinCode}` })).status === 200);
	} finally {
		await small.stop();
	}
});
