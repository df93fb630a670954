// Recordings through the real server: replay, export, score; every trial once and unchanged.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";

const folder = makeFolder();
const data = process.env.CAMP_TEST_DATA;
const STROOP = data ? path.join(data, "stroop13_trials.csv.gz") : null;
const noData = STROOP && existsSync(STROOP) ? false : "CAMP_TEST_DATA does not name the folder of the recordings";

let server;
let env;

before(async () => {
	server = await startServer();
	env = { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) };
});
after(() => server?.stop());

const camp = (args, options = {}) => runVerb(args, { env, ...options });

async function newCohort(name, ...args) {
	const { status, stdout, stderr } = await camp(["seed", "--cohort-name", name, "--json", ...args]);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
}

async function replay(file, code, ...args) {
	const { status, stdout, stderr } = await camp(["replay", file, "--cohort", code, "--json", ...args]);
	return { status, stderr, summary: JSON.parse(stdout.trim().split("\n").at(-1)) };
}

async function exported(table, code, ...args) {
	const { status, stdout, stderr } = await camp(["export", table, "--cohort", code, ...args]);
	assert.equal(status, 0, stderr);
	return stdout;
}

/** SQL on the server's private database, as its superuser. */
function sql(text) {
	const socket = readdirSync(server.stateDir).includes("postgres-socket")
		? path.join(server.stateDir, "postgres-socket")
		: path.join(readFileSync(path.join(server.stateDir, "postgres.path"), "utf8").trim(), "postgres-socket");
	return execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", `host=${socket} user=camp dbname=camp`, "-c", text], { encoding: "utf8" });
}

const rawEffects = (scores) => new Map(parseCsv(scores).filter(({ name }) => name === "stroop_effect")
	.map(({ participant, session, raw_value }) => [`${participant} ${session}`, raw_value]));

test("the Stroop studies arrive once, come back unchanged and give the published effects", { skip: noData }, async () => {
	const { join_code: code } = await newCohort("Stroop studies", "--tasks", "stroop");
	const input = parseCsv(gunzipSync(readFileSync(STROOP)).toString());
	const first = await replay(STROOP, code, "--task", "stroop");
	assert.equal(first.status, 0, first.stderr);
	assert.deepEqual(first.summary.trials, { file: 145527, skipped: 0, sent: 145527, stored: 145527, repeated: 0, conflicting: 0 });
	assert.deepEqual(first.summary.participants, { file: 432, played: 432, new: 432 });
	assert.deepEqual(first.summary.sessions, { file: 864, played: 864, new: 864 });

	const text = await exported("trials", code);
	const output = parseCsv(text);
	assert.equal(output.length, input.length);
	assert.equal(text.split("\n")[0].split(",").slice(0, 7).join(), "participant,session,trial,task,condition,correct,rt_ms");
	const key = ({ participant, session, trial }) => `${participant} ${session} ${trial}`;
	const byKey = new Map(output.map((row) => [key(row), row]));
	assert.equal(byKey.size, input.length);
	for (const { participant, phase, trial, condition, correct, rt_ms } of input) {
		const row = byKey.get(`${participant} ${phase} ${trial}`);
		assert.ok(row, `${participant} ${phase} ${trial} is missing`);
		assert.deepEqual([row.task, row.condition, row.correct, row.rt_ms], ["stroop", condition, correct, rt_ms]);
	}

	const second = await replay(STROOP, code, "--task", "stroop");
	assert.equal(second.status, 0, second.stderr);
	assert.deepEqual(second.summary.trials, { file: 145527, skipped: 0, sent: 145527, stored: 0, repeated: 145527, conflicting: 0 });
	assert.equal(second.summary.participants.new, 0);
	assert.equal(second.summary.sessions.new, 0);
	assert.equal(await exported("trials", code), text);

	// Participants complete in both phases and both conditions; study is in the pseudonym.
	const effects = rawEffects(await exported("scores", code));
	assert.equal(effects.size, 864);
	const people = [...new Set(input.map(({ participant }) => participant))]
		.filter((p) => effects.get(`${p} control`) && effects.get(`${p} deplete`));
	for (const [study, n, control, deplete] of [["s1_", 252, 106.771319515, 99.8068853157], ["s3_", 178, 105.774117685, 100.205497881]]) {
		const of = people.filter((p) => p.startsWith(study));
		assert.equal(of.length, n);
		for (const [phase, expected] of [["control", control], ["deplete", deplete]]) {
			const mean = of.reduce((sum, p) => sum + Number(effects.get(`${p} ${phase}`)), 0) / n;
			// The expected figures themselves are rounded to 12 digits.
			assert.ok(Math.abs(mean / expected - 1) < 1e-9, `${study} ${phase}: ${mean}, not ${expected}`);
		}
	}

	const offline = await camp(["score", STROOP, "--task", "stroop"]);
	assert.equal(offline.status, 0, offline.stderr);
	assert.deepEqual([...rawEffects(offline.stdout)].sort(), [...effects].sort());
	const check = await camp(["score", "--cohort", code, "--json"]);
	assert.equal(check.status, 0, check.stderr);
	assert.deepEqual(JSON.parse(check.stdout), { sessions: 864, equal: 864, missing: 0, different: 0, stored: 0 });
});

const HEADER = "participant,session,trial,condition,correct,rt_ms";
const small = Array.from({ length: 3 * 2 * 40 }, (_, i) => {
	const [p, session, t] = [1 + Math.floor(i / 80), i % 80 < 40 ? "pre" : "post", 1 + (i % 40)];
	return [`p${p}`, session, t, t % 2 ? "congruent" : "incongruent", t % 9 ? 1 : 0, t % 13 ? String(Number((400 + 7.3 * t + p).toFixed(1))) : ""];
});

test("a small recording with missing responses comes back in its order", async () => {
	const { join_code: code, cohort_url } = await newCohort("Small", "--organisation", "A school", "--tasks", "stroop");
	const file = folder.file("small.csv", [HEADER, ...small.map((row) => row.join())].join("\n"));
	const { status, summary, stderr } = await replay(file, code, "--task", "stroop");
	assert.equal(status, 0, stderr);
	assert.equal(summary.trials.stored, 240);
	const rows = parseCsv(await exported("trials", code));
	const strip = ({ participant, session, trial, condition, correct, rt_ms }) => [participant, session, trial, condition, correct, rt_ms].join();
	assert.deepEqual(rows.map(strip).sort(), small.map((row) => row.join()).sort());
	for (let i = 1; i < rows.length; i++)
		assert.ok(rows[i - 1].participant < rows[i].participant || rows[i - 1].session_id < rows[i].session_id ||
			Number(rows[i - 1].seq) + 1 === Number(rows[i].seq), `row ${i} is out of order`);
	const lines = (await exported("trials", code, "--json")).trim().split("\n").map((line) => JSON.parse(line));
	assert.equal(lines.length, 240);
	for (const [i, { participant, trial, correct, rt_ms, flags, detail }] of lines.entries()) {
		assert.equal(participant, rows[i].participant);
		assert.equal(trial, Number(rows[i].trial));
		assert.equal(correct, rows[i].correct === "1");
		assert.equal(rt_ms, rows[i].rt_ms === "" ? null : Number(rows[i].rt_ms));
		assert.deepEqual([flags, detail], [[], null]);
	}
	const people = parseCsv(await exported("participants", code));
	assert.deepEqual(people.map(({ participant, consent_version, language, sessions, complete }) => [participant, consent_version, language, sessions, complete]),
		["p1", "p2", "p3"].map((p) => [p, "1", "en", "2", "2"]));
	const sessions = parseCsv(await exported("sessions", code));
	assert.deepEqual(sessions.map(({ participant, session, state, trials }) => [participant, session, state, trials]),
		["p1", "p2", "p3"].flatMap((p) => ["pre", "post"].map((s) => [p, s, "complete", "40"])));
	const [, token] = cohort_url.split("#");
	const page = await fetch(`${server.url}/api/v1/cohorts/${cohort_url.split("/").at(-1).split("#")[0]}/engagement`,
		{ headers: { authorization: `Bearer ${token}` } });
	assert.equal(page.status, 200);
	const { organisation, cohort } = await page.json();
	assert.deepEqual([organisation.name, cohort.name, cohort.demo], ["A school", "Small", false]);
});

test("an export goes to a file that appears whole, compressed if wanted", async () => {
	const { join_code: code } = await newCohort("Files", "--tasks", "stroop");
	const file = folder.file("files.csv", [HEADER, ...small.map((row) => row.join())].join("\n"));
	await replay(file, code, "--task", "stroop");
	const text = await exported("trials", code);
	const plain = path.join(folder.dir, "out.csv");
	assert.equal(await exported("trials", code, "--out", plain), "");
	assert.equal(readFileSync(plain, "utf8"), text);
	const zipped = path.join(folder.dir, "out.csv.gz");
	await exported("trials", code, "--out", zipped);
	assert.equal(gunzipSync(readFileSync(zipped)).toString(), text);
	const { stdout } = await camp(["export", "trials", "--cohort", code, "--gzip"], { binary: true });
	assert.equal(gunzipSync(stdout).toString(), text);
	const nowhere = await camp(["export", "trials", "--cohort", code, "--out", "/nonexistent/out.csv"]);
	assert.equal(nowhere.status, 1);
	assert.match(nowhere.stderr, /"\/nonexistent\/out\.csv" cannot be written: No such file or directory/);
	const full = await camp(["export", "trials", "--cohort", code, "--out", "/dev/full/x"]);
	assert.equal(full.status, 1);
	assert.deepEqual(readdirSync(folder.dir).filter((name) => name.startsWith("out.csv.") && name !== "out.csv.gz"), []);
});

test("a server killed in the middle of a replay loses nothing and stores nothing twice", async () => {
	const { join_code: code } = await newCohort("Killed", "--tasks", "stroop");
	const rows = Array.from({ length: 80 * 2 * 96 }, (_, i) => {
		const [p, session, t] = [1 + Math.floor(i / 192), i % 192 < 96 ? "pre" : "post", 1 + (i % 96)];
		return [`p${p}`, session, t, t % 2 ? "congruent" : "incongruent", t % 9 ? 1 : 0, String(300 + ((i * 7919) % 5000) / 8)].join();
	});
	const file = folder.file("killed.csv", [HEADER, ...rows].join("\n"));
	const running = replay(file, code, "--task", "stroop", "--connections", "16");
	for (const wait of [150, 100]) {
		await new Promise((resolve) => setTimeout(resolve, wait));
		await server.kill9();
		await server.start();
	}
	const { status, summary, stderr } = await running;
	assert.equal(status, 0, stderr);
	assert.equal(summary.trials.sent, rows.length);
	assert.equal(summary.trials.stored + summary.trials.repeated, rows.length);
	assert.ok(summary.requests.retried > 0, "it was not killed in the middle");
	const output = parseCsv(await exported("trials", code));
	assert.deepEqual(output.map((r) => [r.participant, r.session, r.trial, r.condition, r.correct, r.rt_ms].join()).sort(), rows.sort());
	assert.equal(parseCsv(await exported("sessions", code)).filter(({ state }) => state === "complete").length, 160);
});

test("nothing of a malformed recording is stored", async () => {
	const { join_code: code } = await newCohort("Malformed", "--tasks", "stroop");
	for (const [bad, message] of [
		["p9,pre,1,congruent,1", /line 242 has 5 fields/], ["p9,pre,1,neutral,1,500", /line 242, column "condition": task "stroop" has no condition "neutral"/],
		["p9,pre,1,congruent,1,-5", /line 242, column "rt_ms"/], ['p9,"pre,1,congruent,1,500', /line 242 has a quoted field that is never closed/],
	]) {
		const file = folder.file("malformed.csv", [HEADER, ...small.map((row) => row.join()), bad].join("\n"));
		const { status, stderr } = await camp(["replay", file, "--cohort", code, "--task", "stroop"]);
		assert.equal(status, 2);
		assert.match(stderr, message);
	}
	assert.deepEqual(parseCsv(await exported("participants", code)), []);
});

test("a cohort's recording that was played more than a day ago needs another seed", async () => {
	const { join_code: code } = await newCohort("Old", "--tasks", "stroop");
	const file = folder.file("old.csv", [HEADER, ...small.map((row) => row.join())].join("\n"));
	await replay(file, code, "--task", "stroop");
	sql("UPDATE participant p SET joined_at = joined_at - interval '25 hours' FROM cohort c WHERE c.cohort_id = p.cohort_id AND c.name = 'Old'");
	const again = await replay(file, code, "--task", "stroop");
	assert.equal(again.status, 1);
	assert.equal(again.summary.requests.refused, 3);
	assert.deepEqual(again.summary.refusals.map(({ status, code: why }) => [status, why]), Array(3).fill([409, "idempotency_key_expired"]));
	assert.match(again.stderr, /--seed N makes new ones/);
	const other = await replay(file, code, "--task", "stroop", "--seed", "7");
	assert.equal(other.status, 0, other.stderr);
	assert.equal(other.summary.trials.stored, 240);
});

test("unknown cohorts, tables, tasks and servers end in a sentence", async () => {
	const file = folder.file("ok.csv", `${HEADER}\na,s,1,congruent,1,500\n`);
	for (const [args, status, message] of [
		[["replay", file, "--task", "stroop", "--cohort", "ZZZZZZZZ"], 1, /cohort ZZZZZZZZ: 404/],
		[["replay", file, "--task", "stroop", "--cohort", "ZZZZZZZZ", "--url", "http://127.0.0.1:1"], 1, /no server answers at/],
		[["export", "trials", "--cohort", "ZZZZZZZZ"], 1, /there is no cohort with the join code ZZZZZZZZ/],
		[["export", "secrets", "--cohort", "ZZZZZZZZ"], 2, /there is no table "secrets"/],
		[["export", "trials"], 2, /needs --cohort CODE/],
		[["score", "--cohort", "ZZZZZZZZ"], 1, /there is no cohort with the join code ZZZZZZZZ/],
		[["score", file, "--task", "juggling"], 2, /juggling/],
		[["score", file, "--task", "../stroop"], 2, /is not the name of a task/],
		[["score"], 2, /either a FILE or --cohort/],
		[["seed"], 2, /either --demo or --cohort-name/],
		[["seed", "--demo", "--tasks", "stroop"], 2, /belong to --cohort-name/],
		[["seed", "--cohort-name", "x", "--tasks", "stroop,juggling"], 2, /--tasks: .*juggling/],
		[["seed", "--cohort-name", "x", "--tasks", "stroop,stroop"], 2, /names "stroop" twice/],
		[["seed", "--cohort-name", "x", "--consent-file", "/nonexistent"], 2, /--consent-file: /],
	]) {
		const answer = await camp(args);
		assert.equal(answer.status, status, `${args.join(" ")}: ${answer.stderr}`);
		assert.match(answer.stderr, message);
	}
});
