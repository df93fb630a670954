// `camp seed`: the demo is made once, its page shows, and its scores are what scoring gives.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";
import { startServer, until } from "../support/server.mjs";

const folder = makeFolder();
let server;
let env;

before(async () => {
	server = await startServer({ demo: true });
	env = { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) };
});
after(() => server?.stop());

const camp = (args) => runVerb(args, { env });
const sql = (text) => execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
	`host=${path.join(server.stateDir, "postgres-socket")} user=camp dbname=camp`, "-c", text], { encoding: "utf8" });

// Sums taken in another order may differ in their last digits.
function assertSameButForRounding(a, b) {
	const number = /(?<=[|] ?|: )-?\d+(\.\d+)?(e[-+]?\d+)?(?=[|,}]|$)/g;
	assert.equal(a.replace(number, "N"), b.replace(number, "N"));
	const [left, right] = [a, b].map((text) => (text.match(number) ?? []).map(Number));
	for (const [i, value] of left.entries())
		assert.ok(Math.abs(value - right[i]) <= 1e-12 * Math.abs(value), `${value} became ${right[i]}`);
}

async function engagement(token) {
	const answer = await fetch(`${server.url}/api/v1/cohorts/${server.demo.cohort_id}/engagement`, { headers: { authorization: `Bearer ${token}` } });
	return { status: answer.status, body: await answer.json() };
}

test("seeding the demo again finds it", async () => {
	const { status, stdout } = await camp(["seed", "--demo", "--json"]);
	assert.equal(status, 0);
	assert.deepEqual(JSON.parse(stdout), server.demo);
	assert.equal(sql("SELECT count(*) FROM cohort WHERE demo").trim(), "1");
	assert.equal(statSync(path.join(server.stateDir, "demo.json")).mode & 0o777, 0o600);
	assert.match(server.demo.join_code, /^[A-HJKMNP-Z2-9]{8}$/);
	assert.match(server.demo.read_token, /^[A-Za-z0-9_-]{43}$/);
});

test("the demo has a programme, once, and gets one if it is from before there were any", async () => {
	assert.equal(sql("SELECT count(*) FROM programme JOIN cohort USING (cohort_id) WHERE demo").trim(), "1");
	assert.equal(sql("SELECT count(*) || ' ' || min(join_no) || ' ' || max(join_no) || ' ' || max(joined) FROM participant JOIN join_counter USING (cohort_id)").trim(), "12 1 12 12");
	assert.equal(sql("SELECT string_agg(DISTINCT phase, ' ' ORDER BY phase) FROM session").trim(), "baseline follow-up training");
	sql("DELETE FROM programme");
	assert.equal((await camp(["seed", "--demo"])).status, 0);
	assert.equal(sql("SELECT count(*) FROM programme").trim(), "1");
});

test("the database keeps only the hash of the read token", () => {
	assert.ok(!execFileSync("grep", ["-rlF", server.demo.read_token, server.stateDir], { encoding: "utf8" }).split("\n")
		.filter(Boolean).some((file) => !file.endsWith("demo.json")));
});

test("the demo shows two weeks of both tasks, every day", async () => {
	const { status, body } = await engagement(server.demo.read_token);
	assert.equal(status, 200);
	assert.equal(body.participants, 12);
	assert.equal(body.suppressed, false);
	assert.equal(body.cohort.demo, true);
	assert.equal(body.days.length, 14);
	for (const day of body.days) {
		assert.equal(day.suppressed, false, day.day);
		assert.ok(day.participants >= 10);
		assert.deepEqual(day.tasks.map(({ task }) => task).sort(), ["stroop", "visual-search"]);
	}
	const { tasks } = body;
	const stroop = tasks.find(({ task }) => task === "stroop").scores.find(({ name }) => name === "stroop_effect");
	assert.ok(stroop.mean > 20 && stroop.mean < 250, `Stroop effect ${stroop.mean} ms`);
});

test("stored scores equal what the stored trials give", async () => {
	const { status, stdout, stderr } = await camp(["score", "--cohort", server.demo.join_code, "--json"]);
	assert.equal(status, 0, stderr);
	const { sessions, equal } = JSON.parse(stdout);
	assert.ok(sessions >= 10 * 14 * 2);
	assert.equal(equal, sessions);
});

test("lost scores, days and rollups are made again, the same", async () => {
	const tables = () => ["SELECT * FROM score ORDER BY participant_id, session_id, position",
		"SELECT * FROM participant_day ORDER BY participant_id, day, task",
		"SELECT cohort_id, task, day, participants, sessions, trials, scores FROM cohort_rollup ORDER BY cohort_id, task, day"].map((query) => sql(query).split("\n"));
	const old = tables();
	assert.ok(old.every((lines) => lines.length > 20));
	sql("DELETE FROM score; DELETE FROM participant_day; DELETE FROM cohort_rollup; UPDATE session SET scorer_version = NULL, usable = NULL, exclusion = NULL");
	const look = await camp(["score", "--cohort", server.demo.join_code, "--json"]);
	assert.equal(look.status, 1, "missing scores are worth a status");
	assert.equal(JSON.parse(look.stdout).stored, 0);
	const { status, stdout, stderr } = await camp(["score", "--cohort", server.demo.join_code, "--rescore", "--json"]);
	assert.equal(status, 0, stderr);
	const { sessions, missing, stored } = JSON.parse(stdout);
	assert.equal(missing, sessions);
	assert.equal(stored, sessions);
	// The server's own worker may hold some of the marks.
	await until("the rollups", 30000, () => sql("SELECT count(*) FROM rollup_dirty").trim() === "0");
	for (const [i, lines] of tables().entries()) {
		assert.equal(lines.length, old[i].length);
		for (const [n, line] of lines.entries()) assertSameButForRounding(line, old[i][n]);
	}
});

test("a lost demo.json gives the cohort a new token; the join link stays", async () => {
	const old = server.demo.read_token;
	rmSync(path.join(server.stateDir, "demo.json"));
	const { status, stdout } = await camp(["seed", "--demo", "--json"]);
	assert.equal(status, 0);
	const links = JSON.parse(stdout);
	assert.equal(links.join_code, server.demo.join_code);
	assert.notEqual(links.read_token, old);
	assert.deepEqual(JSON.parse(readFileSync(path.join(server.stateDir, "demo.json"), "utf8")), links);
	assert.equal((await engagement(old)).status, 404);
	assert.equal((await engagement(links.read_token)).status, 200);
});

test("a real cohort is empty, in its organisation, with its own consent text", async () => {
	const consent = folder.file("consent.json", JSON.stringify({ en: "We ask: yes?", de: "Wir fragen: ja?" }));
	const made = await camp(["seed", "--cohort-name", "Class \"5b\", Zürich", "--organisation", "Schule", "--tasks", "stroop", "--consent-file", consent, "--json"]);
	assert.equal(made.status, 0, made.stderr);
	const { join_code: code } = JSON.parse(made.stdout);
	const answer = await (await fetch(`${server.url}/api/v1/join/${code}`)).json();
	assert.deepEqual(answer, {
		cohort: { name: "Class \"5b\", Zürich", demo: false }, organisation: { name: "Schule" },
		consent: { version: 1, text: { de: "Wir fragen: ja?", en: "We ask: yes?" } }, tasks: ["stroop"],
	});
	const second = await camp(["seed", "--cohort-name", "Another", "--organisation", "Schule"]);
	assert.match(second.stdout, /^join link: {3}http:\/\/127\.0\.0\.1:\d+\/join\/[A-Z0-9]{8}\ncohort page: http:\/\/127\.0\.0\.1:\d+\/cohort\/[0-9a-f-]{36}#[A-Za-z0-9_-]{43}\n$/);
	assert.equal(sql("SELECT count(*) FROM organisation WHERE name = 'Schule'").trim(), "1");
	assert.deepEqual(parseCsv((await camp(["export", "participants", "--cohort", code])).stdout), []);
	for (const [text, message] of [["[]", /must hold an object/], ["{}", /must hold an "en" text/], ['{"en": 5}', /has a member that is no text/], ["{", /line 1/]]) {
		const bad = await camp(["seed", "--cohort-name", "x", "--consent-file", folder.file("bad.json", text)]);
		assert.equal(bad.status, 2);
		assert.match(bad.stderr, message);
	}
});
