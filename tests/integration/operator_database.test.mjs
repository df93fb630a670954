// The verbs on an operator's own database, with a login that is no superuser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCluster } from "../support/cluster.mjs";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";

const folder = makeFolder();
let cluster;
let env;

before(async () => {
	cluster = await createCluster();
	await cluster.query("postgres", `
		CREATE ROLE operator LOGIN;
		CREATE ROLE camp_owner; CREATE ROLE camp_app; CREATE ROLE camp_ingest; CREATE ROLE camp_auth;
		GRANT camp_owner, camp_app, camp_ingest, camp_auth TO operator`);
	await cluster.query("postgres", "CREATE DATABASE study OWNER operator");
	env = { CAMP_STATE_DIR: folder.dir, DATABASE_URL: cluster.url("study").replace(/user=[^&]*/, "user=operator") };
});
after(() => cluster?.remove());

const camp = (args, other = {}) => runVerb(args, { env: { ...env, ...other } });

test("without a schema every verb says what to do", async () => {
	for (const args of [["seed", "--demo"], ["seed", "--cohort-name", "x"], ["export", "trials", "--cohort", "ABCD2345"], ["score", "--cohort", "ABCD2345"]]) {
		const { status, stderr } = await camp(args);
		assert.equal(status, 1, args.join(" "));
		assert.match(stderr, /run `camp migrate`/, args.join(" "));
	}
});

test("a database that cannot be reached is named without its password", async () => {
	const { status, stderr } = await camp(["export", "trials", "--cohort", "ABCD2345"], { DATABASE_URL: "postgresql://x:hunter2@127.0.0.1:1/study" });
	assert.equal(status, 1);
	assert.match(stderr, /cannot be reached/);
	assert.doesNotMatch(stderr, /hunter2/);
});

test("migrate, seed, export and score work with a plain login", async () => {
	const migrated = await camp(["migrate"]);
	assert.equal(migrated.status, 0, migrated.stderr);
	const seeded = await camp(["seed", "--demo", "--participants", "3", "--days", "2", "--seed", "5", "--json"]);
	assert.equal(seeded.status, 0, seeded.stderr);
	const { join_code: code } = JSON.parse(seeded.stdout);
	const trials = await camp(["export", "trials", "--cohort", code]);
	assert.equal(trials.status, 0, trials.stderr);
	assert.equal(parseCsv(trials.stdout).length, 3 * 2 * (160 + 96));
	const scored = await camp(["score", "--cohort", code, "--json"]);
	assert.equal(scored.status, 0, scored.stderr);
	assert.deepEqual(JSON.parse(scored.stdout), { sessions: 12, equal: 12, missing: 0, different: 0, stored: 0 });
	assert.equal(await cluster.query("study", "SELECT count(*) FROM cohort_rollup WHERE task <> '' AND day > '-infinity'"), "4");
	assert.equal(await cluster.query("study", "SELECT count(*) FROM rollup_dirty"), "0");
});

test("an export sees one cohort only, and no other organisation", async () => {
	const other = JSON.parse((await camp(["seed", "--cohort-name", "Other", "--json"])).stdout);
	for (const table of ["trials", "sessions", "scores", "participants"]) {
		const { status, stdout } = await camp(["export", table, "--cohort", other.join_code]);
		assert.equal(status, 0);
		assert.equal(stdout.split("\n").length, 2, `${table} of an empty cohort hold the header only`);
	}
});

test("two that seed the demo at once make one", async () => {
	await cluster.query("study", "TRUNCATE organisation, participant, session, trial_cell, rollup_dirty CASCADE");
	const both = await Promise.all([1, 2].map(() => camp(["seed", "--demo", "--participants", "2", "--days", "1", "--json"])));
	for (const { status, stderr } of both) assert.equal(status, 0, stderr);
	assert.equal(await cluster.query("study", "SELECT count(*) FROM cohort WHERE demo"), "1");
	const codes = both.map(({ stdout }) => JSON.parse(stdout).join_code);
	assert.equal(codes[0], codes[1]);
});

test("trials that contradict the stored score are found", async () => {
	const { join_code: code } = JSON.parse((await camp(["seed", "--demo", "--json"])).stdout);
	await cluster.query("study", "UPDATE score SET value = value + 1e-9 WHERE (participant_id, session_id, name) IN (SELECT participant_id, session_id, name FROM score WHERE name = 'stroop_effect' LIMIT 1)");
	const { status, stdout, stderr } = await camp(["score", "--cohort", code, "--json"]);
	assert.equal(status, 1);
	assert.equal(JSON.parse(stdout).different, 1);
	assert.match(stderr, /^session [0-9a-f-]{36} \(stroop\): the stored score differs$/m);
});
