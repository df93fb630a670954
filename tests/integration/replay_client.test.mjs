// `camp replay` against a server that answers late, wrongly or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeFolder, runVerb } from "../support/cli.mjs";
import { startFakeApi } from "../support/fake_api.mjs";

const folder = makeFolder();
const HEADER = "participant,session,trial,condition,correct,rt_ms";

/** n people with two sessions of `trials` trials each, rows of all of them interleaved. */
function recording(n, trials) {
	const lines = [HEADER];
	for (let t = 1; t <= trials; t++)
		for (let p = 1; p <= n; p++)
			for (const session of ["control", "deplete"])
				lines.push(`p${p},${session},${10 * t},${t % 3 ? "congruent" : "incongruent"},${t % 7 ? 1 : 0},${t % 11 ? 400 + t + p / 8 : ""}`);
	return lines.join("\n") + "\n";
}

async function withFake(options, work) {
	const api = await startFakeApi(options);
	try {
		await work(api);
	} finally {
		api.stop();
	}
}

const replay = (api, file, ...args) =>
	runVerb(["replay", file, "--task", "stroop", "--cohort", "ABCD1234", "--url", api.url, ...args]);
const replayJson = async (api, file, ...args) => {
	const { stdout, ...rest } = await replay(api, file, "--json", ...args);
	return { ...rest, summary: JSON.parse(stdout.trim().split("\n").at(-1)) };
};

test("every trial arrives once, in whole cells, under its own number", () => withFake({}, async (api) => {
	const file = folder.file("plain.csv", recording(3, 70));
	const { status, summary } = await replayJson(api, file);
	assert.equal(status, 0);
	assert.deepEqual(summary.trials, { file: 420, skipped: 0, sent: 420, stored: 420, repeated: 0, conflicting: 0 });
	assert.deepEqual(summary.participants, { file: 3, played: 3, new: 3 });
	assert.deepEqual(summary.sessions, { file: 6, played: 6, new: 6 });
	assert.deepEqual([...api.people.values()].map(({ body }) => body).sort((a, b) => a.pseudonym < b.pseudonym ? -1 : 1),
		["p1", "p2", "p3"].map((pseudonym) => ({ code: "ABCD1234", consent_version: 3, language: "en", pseudonym })));
	for (const session of api.sessions.values()) {
		assert.equal(session.complete, 1);
		const p = Number(session.participant.body.pseudonym.slice(1));
		const trials = [...session.trials.values()].sort((a, b) => a.seq - b.seq);
		assert.deepEqual(trials, Array.from({ length: 70 }, (_, i) => i + 1).map((t) => ({
			seq: t - 1, condition: t % 3 ? "congruent" : "incongruent", correct: t % 7 !== 0,
			rt_ms: t % 11 ? 400 + t + p / 8 : null, trial: 10 * t,
		})));
	}
	const uploads = api.posts().filter(({ path }) => path.endsWith("/trials"));
	assert.deepEqual([...new Set(uploads.map(({ body }) => `${body.trials[0].seq}+${body.trials.length}`))].sort(), ["0+32", "32+32", "64+6"]);
	for (const { key } of api.posts().filter(({ key }) => key)) assert.match(key, /^[A-Za-z0-9_-]{16,64}$/);
}));

test("playing it again repeats everything and makes nobody new; another seed does", () => withFake({}, async (api) => {
	const file = folder.file("again.csv.gz", gzipSync(recording(5, 40)));
	await replayJson(api, file);
	const again = await replayJson(api, file);
	assert.equal(again.status, 0);
	assert.deepEqual(again.summary.trials, { file: 400, skipped: 0, sent: 400, stored: 0, repeated: 400, conflicting: 0 });
	assert.equal(again.summary.participants.new, 0);
	assert.equal(again.summary.sessions.new, 0);
	const other = await replayJson(api, file, "--seed", "2");
	assert.equal(other.summary.participants.new, 5);
	assert.equal(other.summary.trials.stored, 400);
}));

test("503, lost connections, lost answers and passing faults are tried again", async () => {
	let started = 0;
	await withFake({
		misbehave: ({ nth, method }) => {
			if (method === "GET") return undefined;
			started ||= Date.now();
			return [{ status: 503, headers: { "retry-after": "1" } }, "destroy", "deaf", { status: 500 }][nth];
		},
	}, async (api) => {
		const { status, summary } = await replayJson(api, folder.file("trouble.csv", recording(2, 3)));
		assert.equal(status, 0);
		assert.ok(Date.now() - started >= 1000, "Retry-After is honoured");
		assert.equal(summary.trials.stored + summary.trials.repeated, 12);
		// Each of 14 calls took five attempts; libcurl makes some of them by itself, where a
		// connection kept from before turns out to be gone.
		assert.equal(api.posts().length, 5 * (2 + 4 * 3));
		assert.ok(summary.requests.retried >= 2 * 14 && summary.requests.retried <= 4 * 14);
		for (const session of api.sessions.values()) assert.equal(session.trials.size, 3);
	});
});

test("refusals name person, session, pointer and line, and do not stop others", () => withFake({
	misbehave: ({ path, body }) => {
		if (path.endsWith("/trials") && body.trials.some((trial) => trial.rt_ms === 402.5))
			return {
				status: 422, type: "application/problem+json",
				body: { title: "The body does not fit the route", code: "invalid", errors: [{ pointer: "/trials/1/rt_ms", code: "range", detail: "is too odd" }] },
			};
		if (path === "/join" && body.pseudonym === "p2") return { status: 409, body: { title: "No", code: "consent_version" } };
		return undefined;
	},
}, async (api) => {
	const file = folder.file("refused.csv", recording(4, 40));
	const { status, stderr, stdout } = await replay(api, file);
	assert.equal(status, 1);
	// The second trial of p4's control session: line 1 is the header, 8 rows a trial.
	assert.match(stderr, /^refused: p4 control, upload: 422 The body does not fit the route; \/trials\/1\/rt_ms \(line 16\): is too odd$/m);
	assert.match(stderr, /^refused: p4 deplete, upload: 422/m);
	assert.match(stderr, /^refused: p2, join: 409 No$/m);
	assert.match(stdout, /^trials\s+160 of 320 sent: 160 stored, 0 repeated, 0 conflicting$/m);
	assert.match(stdout, /^requests .* 3 refused$/m);
}));

test("conflicts are counted and make it fail", () => withFake({}, async (api) => {
	const text = recording(1, 5);
	await replay(api, folder.file("first.csv", text));
	const { status, summary } = await replayJson(api, folder.file("second.csv", text.replace("401.125", "999")));
	assert.equal(status, 1);
	assert.equal(summary.trials.conflicting, 1);
	assert.equal(summary.trials.repeated, 9);
}));

test("expired tokens are renewed", () => withFake({
	misbehave: ({ path, nth, body }) => {
		const expired = { status: 401, body: { code: "token_expired", title: "expired" } };
		if (path.endsWith("/trials") && body.trials[0].seq === 32 && nth === 0) return expired;
		if (path.endsWith("/complete") && nth === 0) return expired;
		if (path === "/sessions" && nth === 0) return expired;
		return undefined;
	},
}, async (api) => {
	const { status, summary } = await replayJson(api, folder.file("expired.csv", recording(2, 40)));
	assert.equal(status, 0);
	assert.equal(summary.trials.stored, 160);
	assert.equal(summary.trials.repeated, 0);
	assert.equal(summary.requests.refused, 0);
}));

test("a server that goes away is given up, with a word on how to go on", async () => {
	const api = await startFakeApi({
		misbehave: (request, calls) => {
			if (calls > 20) setImmediate(() => api.stop());
			return undefined;
		},
	});
	const { status, stderr } = await replay(api, folder.file("gone.csv", recording(20, 64)), "--patience", "1");
	api.stop();
	assert.equal(status, 1);
	assert.match(stderr, /no answer from http:\/\/127\.0\.0\.1:\d+ for 1 s/);
	assert.match(stderr, /Run the same command again within a day to go on/);
});

test("Ctrl-C ends it in order, and it can be gone on with", () => withFake({
	misbehave: () => {
		const until = Date.now() + 5; // a slow server
		while (Date.now() < until);
		return undefined;
	},
}, async (api) => {
	const file = folder.file("interrupted.csv", recording(30, 64));
	const { status, stdout, stderr } = await runVerb(["replay", file, "--task", "stroop", "--cohort", "ABCD1234", "--url", api.url, "--connections", "4"], {
		onSpawn: (child) => setTimeout(() => child.kill("SIGINT"), 400),
	});
	assert.equal(status, 130);
	assert.match(stderr, /Run the same command again within a day to go on/);
	const [, sent] = /^trials\s+([\d,]+) of 3,840 sent/m.exec(stdout);
	const stored = [...api.sessions.values()].reduce((sum, { trials }) => sum + trials.size, 0);
	assert.equal(Number(sent.replace(",", "")), stored, "what was under way is waited for");
	const { status: second, summary } = await replayJson(api, file);
	assert.equal(second, 0);
	assert.equal(summary.trials.repeated, stored);
	assert.equal(summary.trials.stored, 3840 - stored);
}));

const malformed = [
	["a missing column", "participant,session,trial,condition,correct\na,s,1,congruent,1\n", /line 1 has no column "rt_ms"/],
	["no header", "", /has no header line/],
	["no rows", `${HEADER}\n`, /has no rows after its header/],
	["a column named twice", `${HEADER},trial\n`, /line 1 names two columns "trial"/],
	["a short line", `${HEADER}\na,s,1,congruent,1,500\na,s,2,congruent,1\n`, /line 3 has 5 fields where the header has 6/],
	["a long line", `${HEADER}\na,s,1,congruent,1,500,9\n`, /line 2 has 7 fields where the header has 6/],
	["an empty line", `${HEADER}\n\na,s,1,congruent,1,500\n`, /line 2 is empty/],
	["a stray quote", `${HEADER}\na"b,s,1,congruent,1,500\n`, /line 2 has a quote inside a field/],
	["an open quote", `${HEADER}\n"a,s,1,congruent,1,500\n`, /line 2 has a quoted field that is never closed/],
	["text after a quote", `${HEADER}\n"a"b,s,1,congruent,1,500\n`, /line 2 has text after the closing quote/],
	["a lone carriage return", `${HEADER}\na,s,1,congruent,1,5\r00\n`, /line 2 has a carriage return/],
	["a zero byte", `${HEADER}\na,s,1,congruent,1,5\x0000\n`, /line 2 holds a zero byte/],
	["bytes that are not UTF-8", Buffer.concat([Buffer.from(`${HEADER}\na,s,1,`), Buffer.from([0xff]), Buffer.from(",1,500\n")]), /line 2 is not valid UTF-8/],
	["an overlong line", `${HEADER}\n${"a".repeat(70000)},s,1,congruent,1,500\n`, /line 2 is longer than 64 KiB/],
	["no participant", `${HEADER}\n,s,1,congruent,1,500\n`, /line 2, column "participant": "" is not 1 to 64 of/],
	["a participant's full name", `${HEADER}\nAda Lovelace,s,1,congruent,1,500\n`, /line 2, column "participant": "Ada Lovelace" is not/],
	["a session that is no label", `${HEADER}\na,s/1,1,congruent,1,500\n`, /line 2, column "session": "s\/1" is not/],
	["a trial that is no number", `${HEADER}\na,s,one,congruent,1,500\n`, /line 2, column "trial": "one" is not a whole number/],
	["a trial out of range", `${HEADER}\na,s,1000001,congruent,1,500\n`, /line 2, column "trial": "1000001" is not a whole number/],
	["an unknown condition", `${HEADER}\na,s,1,congruent,1,500\na,s,2,neutral,1,500\n`, /line 3, column "condition": task "stroop" has no condition "neutral"/],
	["a correct that is neither", `${HEADER}\na,s,1,congruent,2,500\n`, /line 2, column "correct": "2" is not 1, 0, true or false/],
	["a time that is no number", `${HEADER}\na,s,1,congruent,1,fast\n`, /line 2, column "rt_ms": "fast" is not milliseconds/],
	["a negative time", `${HEADER}\na,s,1,congruent,1,-1\n`, /line 2, column "rt_ms": "-1" is not milliseconds/],
	["an endless time", `${HEADER}\na,s,1,congruent,1,600001\n`, /line 2, column "rt_ms": "600001" is not milliseconds/],
	["a cut gzip", gzipSync(recording(9, 300)).subarray(0, 2000), /the gzip file is cut off/],
	["a corrupt gzip", (() => {
		const data = gzipSync(recording(9, 300));
		data.fill(0x55, data.length >> 1, (data.length >> 1) + 40);
		return data;
	})(), /cannot be read|not milliseconds|line \d+/],
];

test("of a malformed file nothing is sent, and the line is named", () => withFake({}, async (api) => {
	for (const [name, text, message] of malformed) {
		const { status, stderr } = await replay(api, folder.file("bad.csv", text));
		assert.equal(status, 2, `${name}: status`);
		assert.match(stderr, message, name);
		assert.equal(api.posts().length, 0, `${name}: something was sent`);
	}
}));

test("--skip-bad leaves malformed lines out and numbers the rest without gaps", () => withFake({}, async (api) => {
	const file = folder.file("skip.csv", `${HEADER}\na,s,1,congruent,1,500\na,s,2,congruent,?,500\na,s,3,neutral,1,500\na,s,4,congruent,0,\n`);
	const { status, stderr, summary } = await replayJson(api, file, "--skip-bad");
	assert.equal(status, 0);
	assert.equal(summary.trials.skipped, 2);
	assert.match(stderr, /line 3, column "correct"/);
	assert.match(stderr, /line 4, column "condition"/);
	assert.equal(stderr.match(/line \d+, column/g).length, 2, "each line is named once");
	const [session] = api.sessions.values();
	assert.deepEqual([...session.trials.values()].map(({ seq, trial }) => [seq, trial]), [[0, 1], [1, 4]]);
}));

test("only the first twenty malformed lines are shown", () => withFake({}, async (api) => {
	const { status, stderr } = await replay(api, folder.file("many.csv", `${HEADER}\n${"a,s,1,congruent,?,5\n".repeat(50)}`));
	assert.equal(status, 2);
	assert.equal(stderr.match(/column "correct"/g).length, 20);
	assert.match(stderr, /and 30 more/);
}));

test("a task column chooses rows, and a cohort that does not offer the task says so", () => withFake({ tasks: ["stroop"] }, async (api) => {
	const file = folder.file("tasks.csv", `task,extra,${HEADER}\nstroop,x,a,s,1,congruent,1,500\nflanker,x,a,s,1,congruent,1,500\n`);
	const { status, stderr, summary } = await replayJson(api, file);
	assert.equal(status, 0);
	assert.equal(summary.trials.file, 1);
	assert.match(stderr, /^ignored columns: extra$/m);
	assert.match(stderr, /^left out: 1 rows of other tasks$/m);
	const other = await runVerb(["replay", file, "--cohort", "ABCD1234", "--url", api.url]);
	assert.equal(other.status, 2);
	assert.match(other.stderr, /does not offer the task "flanker"/);
}));

test("wrong command lines are answered with a sentence", async () => {
	for (const [args, message] of [
		[[], /FILE|operand|argument/i],
		[["x.csv"], /needs --cohort/],
		[["x.csv", "--cohort", "short"], /8 letters and digits/],
		[["x.csv", "--cohort", "ABCD1234", "--connections", "0"], /--connections takes a whole number from 1 to 1000, not "0"/],
		[["x.csv", "--cohort", "ABCD1234", "--patience", "soon"], /--patience takes a whole number/],
		[["/nonexistent.csv", "--cohort", "ABCD1234"], /cannot be opened: No such file/],
	]) {
		const { status, stderr } = await runVerb(["replay", ...args]);
		assert.equal(status, 2, args.join(" "));
		assert.match(stderr, message);
	}
	const file = folder.file("url.csv", recording(1, 1));
	const { status, stderr } = await runVerb(["replay", file, "--task", "stroop", "--cohort", "ABCD1234", "--url", "ftp://x"]);
	assert.equal(status, 2);
	assert.match(stderr, /is not an http:\/\/ or https:\/\/ address/);
});
