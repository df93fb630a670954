// A session's EEG enters its forecast where the model's file says that it helped, and only there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { makeFolder, runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";

const folder = makeFolder();
const BANDS = ["delta", "theta", "alpha", "beta", "gamma"];
const TRIALS = 24;

/** A small model with EEG, of people whose EEG says nothing: its file says "no". */
async function train() {
	const lines = ["participant,session,trial,task,condition,correct,rt_ms"];
	lines[0] += BANDS.map((band) => `,Cz_${band}`).join("");
	for (let p = 0; p < 40; p++)
		for (let t = 0; t < 32; t++) {
			const noise = (k) => ((p * 7919 + t * 104729 + k * 1299709) % 1000) / 1000;
			lines.push([`p${p}`, 1, t, "cueing", t % 4 ? "valid" : "invalid", noise(1) > 0.1 ? 1 : 0, 400 + Math.round(200 * noise(2)),
				...BANDS.map((_, b) => (noise(3 + b) - 0.5).toFixed(3))].join());
		}
	const out = path.join(folder.dir, "no.safetensors");
	const { status, stderr } = await runVerb(["train", "--data", folder.file("people.csv", lines.join("\n")), "--encoder", "gru", "--components", "1",
		"--width", "16", "--steps", "4", "--out", out]);
	assert.equal(status, 0, stderr);
	return out;
}

/** The same file with another word in its metadata. */
function withEegUse(file) {
	const bytes = readFileSync(file);
	const size = Number(bytes.readBigUInt64LE(0));
	const header = bytes.subarray(8, 8 + size).toString();
	assert.match(header, /"eeg_use":\s*"no"/);
	let changed = Buffer.from(header.trimEnd().replace(/("eeg_use":\s*)"no"/, '$1"yes"'));
	changed = Buffer.concat([changed, Buffer.from(" ".repeat((8 - (changed.length % 8)) % 8))]);
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(changed.length));
	const out = path.join(folder.dir, "yes.safetensors");
	writeFileSync(out, Buffer.concat([length, changed, bytes.subarray(8 + size)]));
	return out;
}

/** What is forecast of the same trials, with EEG or without. */
async function play(client, code, eeg) {
	const { token } = expect(await client.request("POST", "/join", { key: idempotencyKey(), body: { code, consent_version: 1 } }), 201);
	const { sessions: [session] } = expect(await client.request("POST", "/sessions", { token, key: idempotencyKey(), body: { task: "cueing" } }), 201);
	const at = (what) => `/sessions/${session.id}/${what}`;
	const trials = Array.from({ length: TRIALS }, (_, seq) => ({ seq, condition: seq % 4 ? "valid" : "invalid", correct: seq % 7 !== 0, rt_ms: 400 + 10 * seq, onset_ms: 3000 * (seq + 1) }));
	expect(await client.request("POST", at("trials"), { token: session.token, body: { trials } }), 200);
	if (eeg) {
		const epochs = trials.map(({ seq, onset_ms }) => ({ seq, t_ms: onset_ms - 1000, power: Object.fromEntries(BANDS.map((band, b) => [band, [((seq + b) % 5) / 2 - 1]])) }));
		expect(await client.request("POST", at("eeg"), { token: session.token,
			body: { device: "test", sampling_rate_hz: null, channels: ["Cz"], unit: "log10_uv2", window_s: 1, epochs } }), 200);
	}
	expect(await client.request("POST", at("complete"), { token: session.token, body: { trials: TRIALS } }), 200);
	const answer = expect(await client.request("GET", at("engagement"), { token: session.token }), 200);
	assert.equal(answer.trials.length, TRIALS);
	return answer.trials.map(({ p, mu }) => [p, mu]);
}

test("EEG changes a forecast exactly where the model gained by it", async () => {
	const no = await train();
	for (const [file, used] of [[no, false], [withEegUse(no), true]]) {
		const server = await startServer({ env: { CAMP_MODEL: file } });
		const client = makeClient(server.url);
		try {
			const seeded = await runVerb(["seed", "--cohort-name", "EEG", "--json", "--tasks", "cueing"], { env: { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) } });
			assert.equal(seeded.status, 0, seeded.stderr);
			const { join_code: code } = JSON.parse(seeded.stdout);
			const [bare, again, eeg] = [await play(client, code, false), await play(client, code, false), await play(client, code, true)];
			assert.deepEqual(again, bare);
			if (used) assert.notDeepEqual(eeg, bare);
			else assert.deepEqual(eeg, bare);
		} finally {
			client.close();
			await server.stop();
		}
	}
});
