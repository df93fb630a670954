// `camp train` on files: what it writes and says, resuming to the same bits, refusals.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { makeFolder, runVerb } from "../support/cli.mjs";

const folder = makeFolder();
const at = (name) => path.join(folder.dir, name);
const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const lines = (text) => text.trim().split("\n").map((line) => JSON.parse(line));

// Small enough for a second or two; --patience 0 lets every step be made.
const small = ["--steps", "24", "--width", "16", "--layers", "1", "--heads", "2", "--batch", "8", "--patience", "0", "--seed", "5"];
const slowVerb = (args, options) => runVerb(args, { timeoutMs: 600000, ...options }); // a sanitizer, a busy machine
const train = (out, args, options) => slowVerb(["train", ...args, ...small, "--out", at(out)], options);

before(async () => {
	for (const [name, task] of [["stroop.csv", "stroop"], ["sart.csv.gz", "sart"]]) {
		const { status, stderr } = await slowVerb(["simulate", "--people", "40", "--trials", "60", "--task", task, "--out", at(name)]);
		assert.equal(status, 0, stderr);
	}
});

test("a model is trained on several files, with figures beside the linear baseline", async () => {
	const { status, stdout, stderr } = await train("model.safetensors", ["--data", at("stroop.csv"), at("sart.csv.gz")]);
	assert.equal(status, 0, stderr);
	assert.match(stdout, /^wrote \S+model\.safetensors \(transformer, \d+ parameters, \d+ kB\) after 24 steps in \d+:\d\d\n/);
	assert.match(stdout, /correctness \d\.\d{4}, RT -?\d\.\d{4}; linear baseline: \d\.\d{4}, -?\d\.\d{4}\n/);
	assert.match(stderr, /^4,800 trials of 40 participants: \d+ to train, \d+ to validate, \d+ kept for the test\n/);
	assert.ok(!existsSync(at("model.safetensors.state")));
	// The format's own header: eight bytes of length, then JSON.
	const file = readFileSync(at("model.safetensors"));
	const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString());
	assert.ok(header.__metadata__.data_hash);
	assert.ok(Object.keys(header).length > 5);
});

test("repeated --data means the same as one, and the same bits come out", async () => {
	const { status, stderr } = await train("again.safetensors", ["--data", at("stroop.csv"), "--data", at("sart.csv.gz")]);
	assert.equal(status, 0, stderr);
	assert.equal(sha256(at("again.safetensors")), sha256(at("model.safetensors")));
	const other = await slowVerb(["train", "--data", at("stroop.csv"), at("sart.csv.gz"), ...small, "--seed", "6", "--out", at("other.safetensors")]);
	assert.equal(other.status, 0, other.stderr);
	assert.notEqual(sha256(at("other.safetensors")), sha256(at("model.safetensors")));
});

test("--json tells each validation, and the file beside the model keeps them", async () => {
	const { status, stdout, stderr } = await train("json.safetensors", ["--json", "--data", at("stroop.csv"), at("sart.csv.gz")]);
	assert.equal(status, 0, stderr);
	assert.equal(stderr, "");
	const events = lines(stdout);
	assert.equal(events[0].event, "start");
	assert.equal(events[0].trials, 4800);
	assert.equal(events[0].participants.train + events[0].participants.validation + events[0].participants.test, 40);
	const done = events.at(-1);
	assert.equal(done.event, "done");
	assert.equal(done.bytes, statSync(at("json.safetensors")).size);
	const validations = events.filter(({ event }) => event === "validation");
	assert.deepEqual([...new Set(validations.map(({ phase }) => phase))], ["linear", "transformer"]);
	assert.equal(validations.at(-1).step, 24);
	for (const key of ["loss", "nll_correct", "nll_rt", "best", "trials_per_s", "seconds_left", "epoch"])
		assert.ok(validations.every((event) => Number.isFinite(event[key])), key);
	const kept = lines(readFileSync(at("json.safetensors.metrics.ndjson"), "utf8"));
	assert.deepEqual(kept, validations.map(({ event, trials_per_s, seconds_left, ...rest }) => rest));
	// What is said at the end is what was measured at the best step.
	const best = validations.find((event) => event.phase === "transformer" && event.nll_correct === done.nll_correct);
	assert.equal(done.best_step > 0, best !== undefined);
});

// Stops a training again and again, each time some validations further, until it is
// through; returns how often. Each validation leaves a state to go on from.
async function trainWithStops(out, signal, every) {
	const args = ["--json", "--data", at("stroop.csv"), at("sart.csv.gz")];
	for (let stopped = 0; ; stopped++) {
		let seen = 0;
		let sent = false;
		const { status, signal: by, stdout, stderr } = await train(out, args, {
			onSpawn(child) {
				child.stdout.on("data", (part) => {
					seen += String(part).split('"validation"').length - 1;
					if (seen < every || sent) return;
					sent = true;
					child.kill(signal);
				});
			},
		});
		if (stopped > 0) assert.equal(lines(stdout)[0].resumes, true);
		if (status === 0) {
			assert.ok(!existsSync(at(`${out}.state`)));
			return stopped;
		}
		assert.ok(existsSync(at(`${out}.state`)), stderr);
		assert.ok(!existsSync(at(out)));
		if (signal === "SIGKILL") {
			assert.equal(by, "SIGKILL");
			continue;
		}
		assert.equal(status, 130, stderr);
		assert.equal(lines(stdout).at(-1).event, "interrupted");
	}
}

test("killed with -9 again and again, it ends with the same bits", async () => {
	assert.ok(await trainWithStops("killed.safetensors", "SIGKILL", 7) >= 2);
	assert.equal(sha256(at("killed.safetensors")), sha256(at("json.safetensors")));
	assert.equal(readFileSync(at("killed.safetensors.metrics.ndjson"), "utf8"), readFileSync(at("json.safetensors.metrics.ndjson"), "utf8"));
});

test("interrupted, it says so, and goes on to the same bits", async () => {
	for (const signal of ["SIGINT", "SIGTERM"]) {
		const out = `${signal}.safetensors`;
		assert.ok(await trainWithStops(out, signal, 12) >= 1);
		assert.equal(sha256(at(out)), sha256(at("json.safetensors")));
	}
	let said = "";
	const { status, stdout } = await train("said.safetensors", ["--data", at("stroop.csv")], {
		onSpawn(child) {
			let sent = false;
			child.stderr.on("data", (part) => {
				said += part;
				if (!sent && said.includes("step")) sent = child.kill("SIGINT");
			});
		},
	});
	assert.equal(status, 130);
	assert.equal(stdout, "");
	assert.match(said, /interrupted at step \d+ of \d+ \(\w+\); the same command goes on from "[^"]*said\.safetensors\.state"\n$/);
});

test("a state of another training is not gone on from", async () => {
	// said.safetensors.state is of stroop.csv alone.
	assert.ok(existsSync(at("said.safetensors.state")));
	const { status, stderr } = await train("said.safetensors", ["--data", at("stroop.csv"), at("sart.csv.gz")]);
	assert.equal(status, 0, stderr);
	assert.equal(sha256(at("said.safetensors")), sha256(at("json.safetensors")));
	assert.equal(readFileSync(at("said.safetensors.metrics.ndjson"), "utf8"), readFileSync(at("json.safetensors.metrics.ndjson"), "utf8"));
});

test("every encoder trains, with one component or two", async () => {
	for (const [encoder, components] of [["linear", "2"], ["cnn", "1"], ["gru", "2"], ["transformer", "1"]]) {
		const out = `${encoder}.safetensors`;
		const { status, stderr, stdout } = await train(out, ["--data", at("stroop.csv"), "--encoder", encoder, "--components", components]);
		assert.equal(status, 0, `${encoder}: ${stderr}`);
		assert.match(stdout, new RegExp(`\\(${encoder}, `));
	}
});

test("what cannot work is refused in one sentence, before any work", async () => {
	const testOnly = folder.file("test.csv", "participant,trial,task,condition,correct,rt_ms\n" +
		// By their FNV-1a hashes both of these are for the test: docs/models.md.
		["p5", "p6"].map((p) => `${p},1,t,c,1,500\n`).join(""));
	const empty = folder.file("empty.csv", "participant,trial,task,condition,correct,rt_ms\n");
	const odd = folder.file("odd.csv", "a,b\n1,2\n");
	mkdirSync(at("dir"));
	const stroop = at("stroop.csv");
	for (const [args, sentence] of [
		[[], /needs either --data FILE\.\.\. or --from-db/],
		[["--data", stroop, "--from-db"], /needs either --data FILE\.\.\. or --from-db/],
		[["--data", at("nowhere.csv")], /nowhere\.csv/],
		[["--data", odd], /odd\.csv.*column/],
		[["--data", empty], /empty\.csv" has no usable rows/],
		[["--data", testOnly], /no participants for training: of 2, 2 are for the test and 0 for validation/],
		[["--data", stroop, "--out", at("dir")], /--out "[^"]*dir" is a folder, not a file/],
		[["--data", stroop, "--out", at("no/such/model")], /"[^"]*no\/such\/model" cannot be written: No such file or directory/],
		[["--data", stroop, "--encoder", "lstm"], /--encoder takes transformer, gru, cnn or linear, not "lstm"/],
		[["--data", stroop, "--width", "30", "--heads", "4"], /--width 30 is not a multiple of --heads 4/],
		[["--data", stroop, "--steps", "5", "--epochs", "2"], /--epochs and --steps say the same/],
		[["--data", stroop, "--dropout", "1"], /--dropout takes a number from 0 to 0\.9, not "1"/],
		[["--data", stroop, "--replay", stroop], /--replay belongs to --continue MODEL/],
		[["--data", stroop, "--continue", at("nowhere")], /nowhere/],
		[["--data", stroop, "--continue", stroop], /stroop\.csv/],
		[["--data", stroop, "--cohort", "ABCD1234"], /--cohort and --since belong to --from-db/],
	]) {
		const { status, stdout, stderr } = await slowVerb(["train", "--out", at("never"), ...args]);
		assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
		assert.equal(stdout, "");
		assert.match(stderr.trimEnd().split("\n").at(-1), sentence);
		assert.ok(!existsSync(at("never")) && !existsSync(at("never.state")));
	}
});

test("epochs are passes over the training windows", async () => {
	const { status, stdout, stderr } = await slowVerb(["train", "--data", at("stroop.csv"), "--epochs", "3", "--width", "8", "--heads", "2",
		"--layers", "1", "--batch", "10", "--patience", "0", "--out", at("epochs"), "--json"]);
	assert.equal(status, 0, stderr);
	const events = lines(stdout);
	// Sessions of 60 trials are one window each.
	assert.equal(events[0].steps, Math.floor(3 * events[0].participants.train / 10));
	assert.equal(events.findLast(({ event }) => event === "validation").epoch, 3);
});

test("a disk's old model stays until the new one is whole", async () => {
	writeFileSync(at("kept"), "old");
	await train("kept", ["--data", at("stroop.csv")], {
		onSpawn(child) {
			child.stderr.on("data", (part) => { if (String(part).includes("step")) child.kill("SIGKILL"); });
		},
	});
	assert.equal(readFileSync(at("kept"), "utf8"), "old");
});

// Test participants of a file, by a model: the two NLL.
async function judge(model, file) {
	const { status, stdout, stderr } = await slowVerb(["evaluate", "--model", at(model), "--data", at(file), "--json"]);
	assert.equal(status, 0, stderr);
	const { model: figures, unknown_tasks: unknown } = JSON.parse(stdout);
	return { correct: figures.nll_correct, rt: figures.nll_rt, unknown };
}

test("continued with replay, a model learns new tasks and keeps the old ones", async () => {
	for (const [name, seed, tasks] of [["old", "1", ["stroop", "flanker"]], ["new", "2", ["sart", "n-back"]]]) {
		const { status, stderr } = await slowVerb(["simulate", "--people", "80", "--trials", "100", "--task", ...tasks,
			"--seed", seed, "--prefix", name, "--out", at(`${name}.csv`)]);
		assert.equal(status, 0, stderr);
	}
	const run = async (out, args) => {
		const { status, stderr } = await slowVerb(["train", ...args, "--steps", "90", "--batch", "16", "--threads", "2", "--out", at(out)]);
		assert.equal(status, 0, stderr);
	};
	await run("first", ["--data", at("old.csv"), "--width", "32", "--layers", "1"]);
	await run("kept", ["--continue", at("first"), "--data", at("new.csv"), "--replay", at("old.csv")]);
	await run("lost", ["--continue", at("first"), "--data", at("new.csv")]);
	const [first, kept, lost] = [await judge("first", "old.csv"), await judge("kept", "old.csv"), await judge("lost", "old.csv")];
	const [before, after] = [await judge("first", "new.csv"), await judge("kept", "new.csv")];
	console.log(`# old tasks, NLL of correctness and RT: ${first.correct.toFixed(4)} ${first.rt.toFixed(4)}, with replay `
		+ `${kept.correct.toFixed(4)} ${kept.rt.toFixed(4)}, without ${lost.correct.toFixed(4)} ${lost.rt.toFixed(4)}`);
	// What the product promises: at most .003 nats.
	assert.ok(kept.correct <= first.correct + 0.003);
	assert.ok(kept.rt <= first.rt + 0.003);
	assert.ok(lost.rt > kept.rt, "replay is what keeps them");
	assert.ok(before.unknown > 0);
	assert.equal(after.unknown, 0);
	assert.ok(after.correct < before.correct - 0.01 && after.rt < before.rt - 0.01);
});
