// `camp evaluate` and `camp explain`: what they print for a model trained here, and refusals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";

const folder = makeFolder();
const at = (name) => path.join(folder.dir, name);
const FIGURES = ["n", "auc", "nll_correct", "brier", "ece", "nll_rt", "r2", "rmse", "crps", "cov90", "pit_ks",
	"lapse_auc", "lapse_ece", "next20_r", "next20_r_persistence", "interval_cov"];
let rows;

// FNV-1a-64 mod 100, as the protocol says.
function splitOf(participant) {
	let hash = 0xcbf29ce484222325n;
	for (const byte of Buffer.from(participant)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
	const place = Number(hash % 100n);
	return place < 20 ? "test" : place < 30 ? "validation" : "train";
}

async function evaluate(args) {
	const { status, stdout, stderr } = await runVerb(["evaluate", "--model", at("model.safetensors"), "--json", ...args]);
	assert.equal(status, 0, stderr);
	assert.equal(stdout.trim().split("\n").length, 1);
	return { ...JSON.parse(stdout), stderr };
}

before(async () => {
	const simulated = await runVerb(["simulate", "--people", "50", "--trials", "70", "--task", "stroop", "--out", at("stroop.csv")]);
	assert.equal(simulated.status, 0, simulated.stderr);
	const trained = await runVerb(["train", "--data", at("stroop.csv"), "--steps", "6", "--width", "16", "--layers", "1",
		"--heads", "2", "--batch", "8", "--patience", "0", "--out", at("model.safetensors")]);
	assert.equal(trained.status, 0, trained.stderr);
	rows = parseCsv(readFileSync(at("stroop.csv"), "utf8"));
});

test("every forecaster has every figure, of the test participants", async () => {
	const got = await evaluate(["--data", at("stroop.csv")]);
	const test = rows.filter((row) => splitOf(row.participant) === "test");
	assert.equal(got.split, "test");
	assert.equal(got.participants, new Set(test.map((row) => row.participant)).size);
	assert.equal(got.stderr, "");
	for (const name of ["model", "linear", "running_mean", "condition_mean"]) {
		assert.deepEqual(Object.keys(got[name]).sort(), [...FIGURES].sort(), name);
		assert.equal(got[name].n, test.length);
		for (const figure of FIGURES) assert.ok(Number.isFinite(got[name][figure]), `${name} ${figure}`);
	}
	assert.ok(got.model_minus_linear.low <= got.model_minus_linear.nll && got.model_minus_linear.nll <= got.model_minus_linear.high);
});

// From the definition: rates smoothed by two trials of the overall rate, itself by one of each.
test("the condition mean's Brier score is that of the training participants' rates", async () => {
	const got = await evaluate(["--data", at("stroop.csv")]);
	const train = rows.filter((row) => splitOf(row.participant) === "train");
	const right = (list) => list.filter((row) => Number(row.correct)).length;
	const overall = (right(train) + 1) / (train.length + 2);
	const rate = {};
	for (const condition of new Set(rows.map((row) => row.condition))) {
		const of = train.filter((row) => row.condition === condition);
		rate[condition] = (right(of) + 2 * overall) / (of.length + 2);
	}
	const test = rows.filter((row) => splitOf(row.participant) === "test");
	const brier = test.reduce((sum, row) => sum + (rate[row.condition] - Number(row.correct)) ** 2, 0) / test.length;
	// Forecasts are float32.
	assert.ok(Math.abs(got.condition_mean.brier - brier) < 1e-7);
});

test("the figures do not depend on threads, packing, the order of rows or of files", async () => {
	const plain = await evaluate(["--data", at("stroop.csv"), "--threads", "1"]);
	const [header, ...lines] = readFileSync(at("stroop.csv"), "utf8").trim().split("\n");
	const half = (part) => gzipSync([header, ...lines.filter((_, i) => i % 2 === part)].join("\n") + "\n");
	folder.file("even.csv.gz", half(0));
	folder.file("odd.csv.gz", half(1));
	// Sequences come in another order, which may change the last digit of a sum.
	const other = await evaluate(["--data", at("odd.csv.gz"), at("even.csv.gz"), "--threads", "2"]);
	for (const name of ["model", "linear", "running_mean", "condition_mean"])
		for (const figure of FIGURES)
			assert.ok(Math.abs(other[name][figure] - plain[name][figure]) < 1e-6, `${name} ${figure}`);
});

test("without the column task the file's name gives one, and unknown names are no error", async () => {
	const drop = (text) => text.split("\n").map((line) => line.split(",").filter((_, i) => i !== 3).join(",")).join("\n");
	assert.match(readFileSync(at("stroop.csv"), "utf8"), /^participant,session,trial,task,/);
	folder.file("stroop_again.csv", drop(readFileSync(at("stroop.csv"), "utf8")));
	folder.file("other-2.csv", drop(readFileSync(at("stroop.csv"), "utf8")));
	const same = await evaluate(["--data", at("stroop_again.csv")]);
	const { model } = await evaluate(["--data", at("stroop.csv")]);
	assert.match(same.stderr, /its task is taken to be "stroop" \(--task names another\)/);
	assert.deepEqual(same.model, model);
	const other = await evaluate(["--data", at("other-2.csv")]);
	assert.match(other.stderr, /taken to be "other"/);
	assert.equal(other.unknown_tasks, 1);
	assert.equal(other.unknown_conditions, new Set(rows.map((row) => row.condition)).size);
	assert.equal(other.model.n, model.n);
	const named = await evaluate(["--data", at("other-2.csv"), "--task", "stroop"]);
	assert.deepEqual(named.model, model);
});

test("people read a table and what it means", async () => {
	const { status, stdout, stderr } = await runVerb(["evaluate", "--model", at("model.safetensors"), "--data", at("stroop.csv"), "--split", "all"]);
	assert.equal(status, 0, stderr);
	assert.match(stderr, /running_mean and condition_mean were fitted to people whom they are judged on here/);
	assert.match(stdout, /^3500 trials \(\d+ with a response\) of 50 participants, split all\n/);
	for (const figure of FIGURES.slice(1)) assert.match(stdout, new RegExp(`^${figure} +-?\\d+\\.\\d{4} .* (higher|lower|near \\.9)$`, "m"));
	assert.match(stdout, /^The transformer forecasts (better than|worse than|as well as) the running mean: [+-]\d\.\d{4} nats a trial \(95 % interval /m);
});

test("an explanation's weights add up, and deletions stand beside chance", async () => {
	const participant = rows[0].participant;
	const { status, stdout, stderr } = await runVerb(["explain", "--model", at("model.safetensors"), "--data", at("stroop.csv"), "--participant", participant, "--json"]);
	assert.equal(status, 0, stderr);
	const { sequences } = JSON.parse(stdout);
	assert.equal(sequences.length, 1);
	const [sequence] = sequences;
	assert.equal(sequence.trial, 70);
	assert.equal(sequence.weights.length, 69);
	assert.ok(Math.abs(sequence.weights.reduce((sum, { attention }) => sum + attention, sequence.own_attention) - 1) < 1e-4);
	const own = rows.filter((row) => row.participant === participant);
	assert.deepEqual(sequence.weights.map(({ condition }) => condition), own.slice(0, 69).map((row) => row.condition));
	assert.equal(sequence.deletion.deleted, 16);
	assert.equal(sequence.deletion_mean.forecasts, 38);
	for (const how of ["attention", "gradient_x_input", "random"])
		for (const what of ["mu", "p"]) assert.ok(sequence.deletion_mean[how][what] >= 0, `${how} ${what}`);
	const text = await runVerb(["explain", "--model", at("model.safetensors"), "--data", at("stroop.csv"), "--participant", participant, "--trial", "40"]);
	assert.equal(text.status, 0, text.stderr);
	assert.match(text.stdout, /trial 40 of 70\nForecast: correct with 0\.\d{3}, in about \d+ ms\n/);
	assert.match(text.stdout, /^Leaving out 16 of the 39 earlier trials moves this forecast:$/m);
});

test("what cannot be done is refused in one sentence", async () => {
	folder.file("bad.csv", "participant,session,trial,task,condition,correct,rt_ms\na,1,1,t,c,2,500\nb,1,1,t,c,1,500\n");
	folder.file("one.csv", "participant,session,trial,task,condition,correct,rt_ms\np0,1,1,t,c,1,500\n");
	const model = ["--model", at("model.safetensors")];
	const split = splitOf("p0") === "validation" ? "train" : "validation";
	for (const [args, sentence] of [
		[["evaluate", "--data", at("stroop.csv")], /^camp evaluate: needs --model MODEL\n$/],
		[["evaluate", ...model], /^camp evaluate: needs either --data FILE\.\.\. or --from-db\n$/],
		[["evaluate", ...model, "--data", at("stroop.csv"), "--split", "some"], /--split takes test, validation, train or all, not "some"/],
		[["evaluate", "--model", at("none"), "--data", at("stroop.csv")], /none/],
		[["evaluate", "--model", at("stroop.csv"), "--data", at("stroop.csv")], /stroop\.csv": /],
		[["evaluate", ...model, "--data", at("nothing.csv")], /"\S+nothing\.csv" cannot be opened: No such file/],
		[["evaluate", ...model, "--data", at("bad.csv")], /bad\.csv: line 2, column "correct": "2" is not 1, 0, true or false\ncamp evaluate: "\S+bad\.csv" has malformed lines \(--skip-bad leaves them out\)\n/],
		[["evaluate", ...model, "--data", at("one.csv"), "--split", split], /none of the 1 participants belongs to the split/],
		[["explain", ...model, "--data", at("stroop.csv")], /^camp explain: needs --model MODEL and --participant ID\n$/],
		[["explain", ...model, "--data", at("stroop.csv"), "--participant", "nobody"], /the data have no such trials \(participant "nobody"\)/],
		[["explain", ...model, "--data", at("stroop.csv"), "--participant", rows[0].participant, "--trial", "71"], /the data have no such trials/],
	]) {
		const { status, stdout, stderr } = await runVerb(args);
		assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
		assert.equal(stdout, "");
		assert.match(stderr, sentence);
	}
	// Without --split, a file that has nobody in the test split is evaluated as a whole.
	folder.file("train.csv", ["participant,session,trial,task,condition,correct,rt_ms",
		...rows.filter((row) => splitOf(row.participant) === "train").map((r) => [r.participant, 1, r.trial, r.task, r.condition, r.correct, r.rt_ms].join(","))].join("\n") + "\n");
	const all = await evaluate(["--data", at("train.csv")]);
	assert.equal(all.split, "all");
	assert.match(all.stderr, /none of the \d+ participants belongs to the split "test", so all of them are evaluated\n/);
	const skipped = await evaluate(["--data", at("bad.csv"), "--skip-bad", "--split", "all"]);
	assert.equal(skipped.model.n, 1);
	assert.equal(skipped.model.auc, null);
});
