// Clients that leave: in the middle of a request, with a request suspended, while the
// database stands still. The server keeps neither half requests nor their descriptors.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { inParallel } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { startCamp } from "../support/camp.mjs";
import { childrenOf, sleep, until } from "../support/proc.mjs";
import { sendAndDrop } from "./clients.mjs";
import { makeContent, makeRandom } from "./content.mjs";
import { Ledger, verify } from "./ledger.mjs";

const seed = Number(process.env.CAMP_FAULT_SEED ?? Math.floor(Math.random() * 1e9));
const DEADLINE_MS = 1500;
const N = 100;

let cluster;
let camp;
let folder;
let ledger;
let task;
let trial;

before(async () => {
	folder = mkdtempSync(path.join(os.tmpdir(), "camp-gone-"));
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	camp = await startCamp({ databaseUrl: cluster.url("camp"), env: { CAMP_REQUEST_TIMEOUT_MS: String(DEADLINE_MS) } });
	task = await camp.task("stroop");
	trial = makeContent(seed, task);
	ledger = new Ledger(path.join(folder, "ledger"));
});

after(async () => {
	await camp?.stop();
	await cluster?.remove();
	if (folder) rmSync(folder, { recursive: true, force: true });
});

const descriptors = () => readdirSync(`/proc/${camp.pid}/fd`).length;
const trialsOf = (index, from, n) => Array.from({ length: n }, (_, i) => trial(index, from + i));

async function openSession() {
	const s = await camp.makeSession("stroop");
	return { ...s, index: ledger.session(s.id, s.participant) };
}

function post(s, trials) {
	return camp.client.request("POST", `/sessions/${s.id}/trials`, { token: s.token, body: { trials } });
}

const storedOf = async (s) => Number(await cluster.query("camp",
	`SELECT coalesce(sum(bit_count(present::bit(32))), 0) FROM trial_cell WHERE session_id = '${s.id}'`));

/** The descriptors are back where they were; those of our own client's sockets may stay. */
async function descriptorsBack(before_, what) {
	await until(`the release of descriptors after ${what}`, 15000, () => descriptors() <= before_ + 2);
}

test(`a connection dropped in the middle of a request leaves nothing (seed ${seed})`, async () => {
	const random = makeRandom(seed, 2);
	const sessions = await inParallel(N, 16, openSession);
	const held = descriptors();
	await inParallel(N, N, (i) => sendAndDrop(camp.url, `/sessions/${sessions[i].id}/trials`, sessions[i].token,
		{ trials: trialsOf(sessions[i].index, 0, 20) }, 20 + random.below(2000)));
	await descriptorsBack(held, "half requests");
	for (const s of sessions.slice(0, 10)) assert.equal(await storedOf(s), 0);
});

test("a client that leaves while its upload is suspended costs nothing but its answer", async () => {
	const sessions = await inParallel(N, 16, openSession);
	const held = descriptors();
	for (let round = 0; round < 5; round++) {
		await inParallel(N, N, async (i) => {
			const trials = trialsOf(sessions[i].index, 20 * round, 20);
			ledger.sent(sessions[i].index, trials, 0);
			await sendAndDrop(camp.url, `/sessions/${sessions[i].id}/trials`, sessions[i].token, { trials }, Infinity);
		});
	}
	await descriptorsBack(held, "unread answers");
	for (const s of sessions) {
		const trials = trialsOf(s.index, 0, 100);
		const answer = await post(s, trials);
		assert.equal(answer.status, 200);
		assert.equal(answer.body.stored + answer.body.repeated, 100, JSON.stringify(answer.body));
		assert.equal(answer.body.stored % 20, 0, "part of a request was stored");
		ledger.acked(s.index, trials, 0, answer.body.stored);
	}
});

test("a client that shuts its sending side still gets its answer or a closed connection", async () => {
	const s = await openSession();
	const trials = trialsOf(s.index, 0, 20);
	ledger.sent(s.index, trials, 0);
	const text = JSON.stringify({ trials });
	const answer = await new Promise((resolve, reject) => {
		const socket = net.connect({ port: Number(new URL(camp.url).port), host: "127.0.0.1", allowHalfOpen: true });
		let got = "";
		socket.end(`POST /api/v1/sessions/${s.id}/trials HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${s.token}\r\n` +
			`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
		socket.on("data", (part) => { got += part; });
		socket.on("end", () => resolve(got));
		socket.on("error", reject);
		socket.setTimeout(10000, () => reject(new Error("neither an answer nor an end")));
	});
	assert.ok(answer === "" || answer.startsWith("HTTP/1.1 200 "), answer.slice(0, 200));
	const again = await post(s, trials);
	assert.equal(again.body.stored + again.body.repeated, 20);
	ledger.acked(s.index, trials, 0, again.body.stored);
});

test("while the database stands still, uploads end at their deadline with 503", async () => {
	const sessions = await inParallel(N, 16, openSession);
	const held = descriptors();
	const stopped = [cluster.pid, ...childrenOf(cluster.pid)];
	stopped.forEach((pid) => process.kill(pid, "SIGSTOP"));
	let answers;
	const start = performance.now();
	try {
		answers = await inParallel(N, N, async (i) => {
			const trials = trialsOf(sessions[i].index, 0, 20);
			ledger.sent(sessions[i].index, trials, 0);
			if (i % 2) return sendAndDrop(camp.url, `/sessions/${sessions[i].id}/trials`, sessions[i].token, { trials }, Infinity);
			return post(sessions[i], trials);
		});
	} finally {
		stopped.forEach((pid) => process.kill(pid, "SIGCONT"));
	}
	const waited = performance.now() - start;
	for (const answer of answers.filter(Boolean)) {
		assert.equal(answer.status, 503, JSON.stringify(answer.body));
		assert.ok(Number(answer.headers["retry-after"]) > 0, "without Retry-After");
	}
	assert.ok(waited < 6 * DEADLINE_MS, `answers took ${waited} ms`);
	await descriptorsBack(held + N / 2, "the deadlines"); // our client's own sockets stay open
	for (const s of sessions) {
		await until("an upload once the database goes on", 10000, async () => {
			const trials = trialsOf(s.index, 0, 20);
			const answer = await post(s, trials);
			if (answer.status !== 200) return sleep(100);
			assert.equal(answer.body.stored + answer.body.repeated, 20);
			ledger.acked(s.index, trials, 0, answer.body.stored);
			return true;
		});
	}
});

test("what was acknowledged among all this is stored once", async () => {
	ledger.close();
	const found = await verify(ledger, cluster, "camp", trial, task);
	assert.deepEqual(found.faults, [], `seed ${seed}`);
	assert.ok(found.acknowledged > N * 100);
});
