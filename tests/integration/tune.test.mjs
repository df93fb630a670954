// `camp tune`: the same choice for the same seed, also after kills, and blind to the test.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";

const folder = makeFolder();
const at = (name) => path.join(folder.dir, name);
const lines = (text) => text.trim().split("\n").map((line) => JSON.parse(line));
const small = ["--budget", "4", "--steps", "6", "--batch", "8", "--patience", "0", "--seed", "2"];
const SLOW_MS = 600000; // under a sanitizer, on a busy machine
const tune = (ledger, args, options) => runVerb(["tune", ...args, ...small, "--ledger", at(ledger)], { timeoutMs: SLOW_MS, ...options });
let rows;
let whole;

// The split of docs/models.md: FNV-1a-64 of the name, mod 100, below 20.
function isTest(participant) {
	let hash = 0xcbf29ce484222325n;
	for (const byte of Buffer.from(participant)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
	return hash % 100n < 20n;
}

const csv = (list) => [Object.keys(list[0]), ...list.map(Object.values)].map((fields) => fields.join(",")).join("\n") + "\n";

before(async () => {
	const { status, stdout, stderr } = await runVerb(["simulate", "--people", "40", "--trials", "40", "--task", "stroop"]);
	assert.equal(status, 0, stderr);
	rows = parseCsv(stdout);
	folder.file("data.csv", stdout);
	whole = await tune("whole.ndjson", ["--data", at("data.csv"), "--json"]);
	assert.equal(whole.status, 0, whole.stderr);
});

test("the table ranks all configurations, and the command trains the best", async () => {
	const events = lines(whole.stdout);
	const trainings = events.filter(({ event }) => event === "training");
	assert.deepEqual(trainings.map(({ rung }) => rung), [0, 0, 0, 0, 1, 1]);
	assert.deepEqual(trainings.map(({ steps }) => steps), [2, 2, 2, 2, 6, 6]);
	const sum = ({ nll_correct, nll_rt }) => nll_correct + nll_rt;
	const byLoss = trainings.slice(0, 4).sort((a, b) => sum(a) - sum(b)).map(({ candidate }) => candidate);
	assert.deepEqual(trainings.slice(4).map(({ candidate }) => candidate), byLoss.slice(0, 2));
	const winner = events.at(-1);
	assert.equal(winner.event, "winner");
	assert.equal(sum(winner), Math.min(...trainings.slice(4).map(sum)));

	// The table comes from the same ledger, without training anything again.
	const { status, stdout, stderr } = await tune("whole.ndjson", ["--data", at("data.csv")]);
	assert.equal(status, 0, stderr);
	assert.match(stdout, /^rank +steps +rate +width +layers +dropout +NLL correct +NLL RT +sum\n( +\d .*\n){4}/);
	assert.match(stdout, /\(default\)/);
	const command = stdout.trim().split("\n").at(-1).trim();
	assert.equal(command, winner.command);
	const trained = await runVerb([...command.split(" ").slice(1), "--out", at("best"), "--json"]);
	assert.equal(trained.status, 0, trained.stderr);
	const validations = lines(trained.stdout).filter(({ event, phase }) => event === "validation" && phase !== "linear");
	assert.ok(validations.some((v) => v.nll_correct === winner.nll_correct && v.nll_rt === winner.nll_rt));
});

test("test participants change nothing", async () => {
	const tests = rows.filter((row) => isTest(row.participant));
	assert.ok(tests.length > 0 && tests.length < rows.length);
	// Other trials, other conditions, and they come first: nothing of it may be seen.
	const spoilt = tests.map((row) => ({ ...row, condition: "never-seen", correct: 0, rt_ms: 9000 }));
	folder.file("spoilt.csv", csv([...spoilt, ...rows.filter((row) => !isTest(row.participant))]));
	folder.file("without.csv", csv(rows.filter((row) => !isTest(row.participant))));
	for (const name of ["spoilt", "without"]) {
		const { status, stdout, stderr } = await tune(`${name}.ndjson`, ["--data", at(`${name}.csv`), "--json"]);
		assert.equal(status, 0, stderr);
		assert.equal(readFileSync(at(`${name}.ndjson`), "utf8"), readFileSync(at("whole.ndjson"), "utf8"));
		assert.deepEqual({ ...lines(stdout).at(-1), command: "" }, { ...lines(whole.stdout).at(-1), command: "" });
	}
	// While those to train do count.
	folder.file("fewer.csv", csv(rows.filter((row) => isTest(row.participant) || row.trial !== "40")));
	const fewer = await tune("fewer.ndjson", ["--data", at("fewer.csv"), "--json"]);
	assert.equal(fewer.status, 0, fewer.stderr);
	assert.notEqual(readFileSync(at("fewer.ndjson"), "utf8"), readFileSync(at("whole.ndjson"), "utf8"));
});

test("stopped by any means, it goes on to the same choice", async () => {
	for (const signal of ["SIGKILL", "SIGINT"]) {
		const ledger = `${signal}.ndjson`;
		let stops = 0;
		for (; stops < 25; stops++) {
			let sent = false;
			let timer;
			const { status, stdout } = await tune(ledger, ["--data", at("data.csv"), "--json"], {
				onSpawn(child) {
					// At a moment that has nothing to do with what it is doing; ever later, so
					// that it ends on any machine.
					timer = setTimeout(() => { sent = child.kill(signal); }, 150 * 1.4 ** stops);
				},
			});
			clearTimeout(timer);
			if (status === 0) {
				assert.equal(stdout.trim().split("\n").at(-1), whole.stdout.trim().split("\n").at(-1));
				break;
			}
			assert.ok(sent);
			if (signal === "SIGINT") assert.ok(status === 130 || status === null);
		}
		assert.ok(stops >= 1 && stops < 25);
		assert.equal(readFileSync(at(ledger), "utf8"), readFileSync(at("whole.ndjson"), "utf8"));
		assert.ok(!existsSync(at(`${ledger}.state`)) && !existsSync(at(`${ledger}.model`)));
	}
});

test("a ledger of another search is refused", async () => {
	const { status, stderr } = await tune("whole.ndjson", ["--data", at("data.csv"), "--encoder", "gru"]);
	assert.equal(status, 2);
	assert.match(stderr, /the ledger "[^"]*whole\.ndjson" is of another search/);
	folder.file("torn.ndjson", readFileSync(at("whole.ndjson"), "utf8").slice(0, -20));
	const torn = await tune("torn.ndjson", ["--data", at("data.csv"), "--json"]);
	assert.equal(torn.status, 0, torn.stderr);
	assert.equal(readFileSync(at("torn.ndjson"), "utf8"), readFileSync(at("whole.ndjson"), "utf8"));
});

test("a search without people to judge it is refused", async () => {
	folder.file("few.csv", csv(rows.filter(({ participant }) => ["sim0001", "sim0002"].includes(participant))));
	const { status, stderr } = await tune("few.ndjson", ["--data", at("few.csv")]);
	assert.equal(status, 2);
	assert.match(stderr, /too few participants for any to validate|no participants for training/);
	assert.ok(!existsSync(at("few.ndjson")));
});
