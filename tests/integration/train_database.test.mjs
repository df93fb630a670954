// `camp train --from-db`: the complete sessions of the database, as if they were files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, utimesSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";

const folder = makeFolder();
const at = (name) => path.join(folder.dir, name);
const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const lines = (text) => text.trim().split("\n").map((line) => JSON.parse(line));
const small = ["--steps", "8", "--width", "8", "--layers", "1", "--heads", "2", "--batch", "8", "--patience", "0"];
let server;
let env;
const cohorts = {};

const camp = (args) => runVerb(args, { env, timeoutMs: 600000 }); // under a sanitizer it takes its time
const sql = (text) => execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
	`host=${path.join(server.stateDir, "postgres-socket")} user=camp dbname=camp`, "-c", text], { encoding: "utf8" }).trim();
const train = (out, args) => camp(["train", "--from-db", "--json", "--out", at(out), ...small, ...args]);

async function play(name, seed, task) {
	const made = await camp(["seed", "--cohort-name", name, "--json"]);
	assert.equal(made.status, 0, made.stderr);
	cohorts[name] = JSON.parse(made.stdout).join_code;
	const file = at(`${name}.csv`);
	const simulated = await camp(["simulate", "--people", "30", "--sessions", "2", "--trials", "30", "--task", task, "--seed", seed, "--prefix", name, "--out", file]);
	assert.equal(simulated.status, 0, simulated.stderr);
	const played = await camp(["replay", file, "--cohort", cohorts[name]]);
	assert.equal(played.status, 0, played.stderr);
}

before(async () => {
	server = await startServer({ demo: true });
	env = { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) };
	await play("one", "1", "stroop");
	await play("two", "2", "visual-search");
});
after(() => server?.stop());

// The same rows, by another way out of the database, in the same order.
async function exportRows(cohort, file) {
	const exported = await camp(["export", "trials", "--cohort", cohort]);
	assert.equal(exported.status, 0, exported.stderr);
	const key = (row) => `${row.participant_id}${row.session_id}${row.seq.padStart(6, "0")}`;
	const rows = parseCsv(exported.stdout).sort((a, b) => (key(a) < key(b) ? -1 : 1));
	folder.file(file, ["participant,session,trial,task,condition,correct,rt_ms,onset_ms,set_size,difficulty",
		...rows.map((r) => [r.participant_id, r.session_id, r.seq, r.task, r.condition, r.correct, r.rt_ms, r.onset_ms,
			// visual-search's conditions are named by their set size.
			r.condition.match(/\d+$/)?.[0] ?? "", r.difficulty].join(","))].join("\n") + "\n");
	return rows;
}

test("a cohort's sessions train the same model as its trials in a file", async () => {
	for (const name of ["one", "two"]) {
		const { status, stdout, stderr } = await train(name, ["--cohort", cohorts[name]]);
		assert.equal(status, 0, stderr);
		const [start] = lines(stdout);
		assert.equal(start.trials, 30 * 2 * 30);
		assert.equal(start.participants.train + start.participants.validation + start.participants.test, 30);
		assert.equal(lines(stdout).at(-1).event, "done");

		const rows = await exportRows(cohorts[name], "rows.csv");
		const filed = await camp(["train", "--data", at("rows.csv"), "--out", at("file"), ...small]);
		assert.equal(filed.status, 0, filed.stderr);
		assert.equal(sha256(at(name)), sha256(at("file")));
		assert.ok(!readFileSync(at(name)).includes(rows[0].participant_id));
	}
});

test("all means every cohort but demos", async () => {
	const { status, stdout, stderr } = await train("all", ["--cohort", "all"]);
	assert.equal(status, 0, stderr);
	assert.equal(lines(stdout)[0].trials, 2 * 30 * 2 * 30);
	const unnamed = await train("unnamed", []);
	assert.equal(unnamed.status, 0, unnamed.stderr);
	assert.equal(sha256(at("unnamed")), sha256(at("all")));
	const demo = await train("demo", ["--cohort", server.demo.join_code]);
	assert.equal(demo.status, 0, demo.stderr);
	assert.equal(lines(demo.stdout)[0].trials, Number(sql(`SELECT sum(s.trials) FROM session s
		JOIN cohort c USING (cohort_id) WHERE c.demo AND s.state = 'complete'`)));
});

test("sessions that are not complete, and trials beyond the seal, do not count", async () => {
	// 30 participants of two sessions; one is opened again, one was sealed earlier.
	const id = (n) => sql(`SELECT session_id FROM session s JOIN cohort c USING (cohort_id) WHERE c.name = 'two'
		ORDER BY session_id OFFSET ${n} LIMIT 1`);
	const [opened, sealed] = [id(0), id(1)];
	sql(`UPDATE session SET state = 'open', completed_at = NULL, trials = NULL WHERE session_id = '${opened}'`);
	sql(`UPDATE session SET trials = 20 WHERE session_id = '${sealed}'`);
	const { status, stdout, stderr } = await train("part", ["--cohort", cohorts.two]);
	assert.equal(status, 0, stderr);
	assert.equal(lines(stdout)[0].trials, 30 * 2 * 30 - 30 - 10);
});

test("--continue takes later sessions as new and earlier ones as old", async () => {
	sql(`UPDATE session s SET completed_at = '2026-01-15', created_at = '2026-01-15' FROM cohort c
		WHERE c.cohort_id = s.cohort_id AND c.name = 'one' AND s.state = 'complete'`);
	const when = new Date("2026-02-01T00:00:00Z");
	utimesSync(at("one"), when, when);
	for (const [out, since] of [["later", []], ["since", ["--since", "2026-01-16"]]]) {
		const { status, stdout, stderr } = await train(out, [...since, "--continue", at("one")].filter((arg) => arg !== ""));
		assert.equal(status, 2, "width and layers are the model's own");
		assert.match(stderr, /with --continue the model's own/);
		const again = await camp(["train", "--from-db", "--json", "--steps", "8", "--batch", "8", "--out", at(out), ...since, "--continue", at("one")]);
		assert.equal(again.status, 0, again.stderr);
		const [start] = lines(again.stdout);
		assert.equal(start.replayed_trials, 30 * 2 * 30);
		assert.equal(start.trials, 30 * 2 * 30 - 30 - 10);
		assert.equal(stdout, "");
	}
	const none = await camp(["train", "--from-db", "--out", at("none"), "--continue", at("one"), "--since", "2100-01-01"]);
	assert.equal(none.status, 2);
	assert.match(none.stderr, /no session was completed since the model was made/);
});

test("a search over stored sessions prints a command that trains on them", async () => {
	const { status, stdout, stderr } = await camp(["tune", "--from-db", "--cohort", cohorts.one, "--budget", "2", "--steps", "2", "--batch", "8",
		"--ledger", at("ledger"), "--json"]);
	assert.equal(status, 0, stderr);
	const { command } = lines(stdout).at(-1);
	assert.match(command, new RegExp(`^camp train --from-db --cohort ${cohorts.one} --encoder`));
	const trained = await camp([...command.split(" ").slice(1), "--out", at("found")]);
	assert.equal(trained.status, 0, trained.stderr);
});

test("what cannot be found is refused in one sentence", async () => {
	for (const [args, status, sentence] of [
		[["--cohort", "ABCDEFGH"], 1, /there is no cohort with the join code ABCDEFGH/],
		[["--cohort", "short"], 2, /--cohort takes the 8 letters and digits/],
		[["--since", "yesterday", "--continue", at("one")], 2, /--since takes a day such as 2026-01-31, not "yesterday"/],
	]) {
		const got = await camp(["train", "--from-db", "--out", at("never"), ...args]);
		assert.equal(got.status, status, got.stderr);
		assert.match(got.stderr, sentence);
		assert.ok(!existsSync(at("never")));
	}
});

test("a model is judged on the same sessions by --from-db as by their export", async () => {
	await exportRows(cohorts.one, "judged.csv");
	const judge = async (args) => {
		const { status, stdout, stderr } = await camp(["evaluate", "--model", at("one"), "--split", "all", "--json", ...args]);
		assert.equal(status, 0, stderr);
		return JSON.parse(stdout);
	};
	const stored = await judge(["--from-db", "--cohort", cohorts.one]);
	const file = await judge(["--data", at("judged.csv")]);
	assert.equal(stored.trials, file.trials);
	assert.equal(stored.participants, 30);
	// The order of sequences may differ, and with it the last digits of sums.
	for (const figure of ["auc", "nll_correct", "nll_rt", "lapse_auc", "interval_cov"])
		assert.ok(Math.abs(stored.model[figure] - file.model[figure]) < 1e-6, figure);
	const mixed = await camp(["evaluate", "--model", at("one"), "--from-db", "--task", "stroop"]);
	assert.equal(mixed.status, 2);
	assert.match(mixed.stderr, /--task and --skip-bad belong to --data/);
});
