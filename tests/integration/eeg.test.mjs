// EEG from a recording to an export: every epoch once and unchanged, and gone with its person.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeFolder, parseCsv, runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";

const folder = makeFolder();
const data = process.env.CAMP_TEST_DATA;
const MUSE = data ? path.join(data, "muse_cueing_dev.csv") : null;
const noData = MUSE && existsSync(MUSE) ? false : "CAMP_TEST_DATA does not name the folder of the recordings";
const BANDS = ["delta", "theta", "alpha", "beta", "gamma"];

let server;
let env;

before(async () => {
	server = await startServer();
	env = { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) };
});
after(() => server?.stop());

const camp = (args, options = {}) => runVerb(args, { env, ...options });

async function newCohort(name) {
	const { status, stdout, stderr } = await camp(["seed", "--cohort-name", name, "--json", "--tasks", "cueing"]);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout).join_code;
}

async function replay(file, code, ...args) {
	const { status, stdout, stderr } = await camp(["replay", file, "--cohort", code, "--task", "cueing", "--json", ...args]);
	return { status, stderr, summary: stdout && JSON.parse(stdout.trim().split("\n").at(-1)) };
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
	return execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", `host=${socket} user=camp dbname=camp`, "-c", text], { encoding: "utf8" }).trim();
}

const near = (value, expected, share, what) =>
	assert.ok(Math.abs(Number(value) - expected) <= share * Math.abs(expected), `${what}: ${value}, not ${expected}`);

/** A model judges the stored sessions, with their EEG, as it does the same rows of a file. */
async function checkTraining(code, withEeg, channels) {
	const columns = channels.flatMap((c) => BANDS.map((b) => `${c}_${b}`));
	const key = ({ participant, session, trial }) => `${participant} ${session} ${trial}`;
	const eeg = new Map(withEeg.map((row) => [key(row), columns.map((column) => row[column])]));
	const file = folder.file("stored.csv", [["participant,session,trial,task,condition,correct,rt_ms,onset_ms", ...columns].join(),
		...parseCsv(await exported("trials", code)).map((t) => [t.participant_id, t.session_id, t.seq, t.task, t.condition, t.correct, t.rt_ms, t.onset_ms,
			...(eeg.get(key(t)) ?? columns.map(() => ""))].join())].join("\n"));
	const model = path.join(folder.dir, "model");
	const trained = await camp(["train", "--data", file, "--out", model, "--steps", "8", "--width", "8", "--layers", "1", "--heads", "2", "--batch", "8", "--patience", "0"]);
	assert.equal(trained.status, 0, trained.stderr);
	const judge = async (args) => {
		const { status, stdout, stderr } = await camp(["evaluate", "--model", model, "--split", "all", "--json", ...args]);
		assert.equal(status, 0, stderr);
		return JSON.parse(stdout);
	};
	const stored = await judge(["--from-db", "--cohort", code]);
	const inFile = await judge(["--data", file]);
	assert.equal(stored.trials, 3560);
	assert.ok(stored.eeg.trials > 2022, "no EEG was read");
	assert.equal(stored.eeg.trials, inFile.eeg.trials);
	assert.equal(stored.eeg.participants, new Set(withEeg.map(({ participant }) => participant)).size);
	for (const kind of ["behaviour", "eeg_only", "fused"])
		for (const figure of ["nll_correct", "nll_rt"])
			// Means of a region's channels are rounded once more on their way through the database.
			assert.ok(Math.abs(stored.eeg[kind][figure] - inFile.eeg[kind][figure]) < 1e-5, `${kind} ${figure}: ${stored.eeg[kind][figure]}, not ${inFile.eeg[kind][figure]}`);
}

test("the cueing study's EEG arrives once and comes back epoch by epoch", { skip: noData }, async () => {
	const code = await newCohort("Cueing study");
	const input = parseCsv(readFileSync(MUSE, "utf8"));
	const channels = ["TP9", "AF7", "AF8", "TP10"];
	const withEeg = input.filter((row) => channels.some((c) => BANDS.some((b) => row[`${c}_${b}`] !== "")));
	assert.equal(input.length, 3560);
	assert.equal(withEeg.length, 2022);
	const device = ["--eeg-device", "Muse 2016", "--eeg-rate", "256"];
	const first = await replay(MUSE, code, ...device);
	assert.equal(first.status, 0, first.stderr);
	assert.deepEqual(first.summary.participants, { file: 26, played: 26, new: 26 });
	assert.deepEqual(first.summary.trials, { file: 3560, skipped: 0, sent: 3560, stored: 3560, repeated: 0, conflicting: 0 });
	assert.deepEqual(first.summary.epochs, { file: 2022, sent: 2022, stored: 2022, repeated: 0, conflicting: 0 });

	const text = await exported("eeg", code);
	const rows = parseCsv(text);
	assert.equal(rows.length, 2022 * 4);
	const trials = new Map(parseCsv(await exported("trials", code)).map((row) => [`${row.participant} ${row.session} ${row.trial}`, row]));
	const epochs = new Map();
	for (const row of rows) {
		const key = `${row.participant} ${row.session} ${row.t_ms}`;
		if (!epochs.has(key)) epochs.set(key, []);
		epochs.get(key).push(row);
	}
	let previous = {};
	for (const row of withEeg) {
		const { participant, session, trial } = row;
		// The epoch is the second that ends at the target.
		const onset = Number(trials.get(`${participant} ${session} ${trial}`).onset_ms);
		const epoch = epochs.get(`${participant} ${session} ${onset - 1000}`);
		assert.ok(epoch, `${participant} ${session} ${trial} has no epoch`);
		assert.deepEqual(epoch.map(({ channel }) => channel), channels);
		const seq = Number(epoch[0].seq);
		assert.equal(seq, previous.participant === participant && previous.session === session ? previous.seq + 1 : 0);
		previous = { participant, session, seq };
		const power = epoch.map((e, c) => BANDS.map((band) => {
			// A zero has no sign in JSON.
			assert.equal(Number(e[`${band}_log10_uv2`]), Number(row[`${channels[c]}_${band}`]) + 0, `${participant} ${session} ${trial} ${channels[c]} ${band}`);
			return 10 ** Number(row[`${channels[c]}_${band}`]);
		}));
		// The stored figures, computed apart; single precision keeps 7 digits of them.
		const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
		const check = (name, ratios) => {
			near(epoch[0][name], mean(ratios), 1e-6, name);
			near(epoch[0][`${name}_se`], Math.sqrt(mean(ratios.map((r) => (r - mean(ratios)) ** 2)) / 3), 1e-5, `${name}_se`);
		};
		check("engagement_index", power.map(([, theta, alpha, beta]) => beta / (theta + alpha)));
		check("theta_beta", power.map(([, theta, , beta]) => theta / beta));
		assert.deepEqual([epoch[0].device, epoch[0].sampling_rate_hz, epoch[0].window_s, epoch[0].step_s, epoch[0].quality], ["Muse 2016", "256", "1", "", ""]);
	}
	assert.match(parseCsv(await exported("sessions", code))[0].device, /"clock": "made up"/);

	const second = await replay(MUSE, code, ...device);
	assert.equal(second.status, 0, second.stderr);
	assert.deepEqual(second.summary.epochs, { file: 2022, sent: 2022, stored: 0, repeated: 2022, conflicting: 0 });
	assert.equal(second.summary.trials.repeated, 3560);
	assert.equal(await exported("eeg", code), text);

	// As another device it is another recording: refused, and the rest stays as it is.
	const other = await replay(MUSE, code, "--eeg-device", "Muse 2");
	assert.equal(other.status, 1);
	assert.deepEqual([...new Set(other.summary.refusals.map(({ step, code: why }) => `${step}: ${why}`))], ["upload EEG: eeg_setup"]);
	assert.equal(await exported("eeg", code), text);

	await checkTraining(code, withEeg, channels);

	const scores = parseCsv(await exported("scores", code)).filter(({ name }) => name === "validity_effect");
	assert.equal(scores.length, 52);

	sql("DELETE FROM participant WHERE pseudonym = 'm106'");
	const left = parseCsv(await exported("eeg", code));
	assert.equal(left.length, 4 * withEeg.filter(({ participant }) => participant !== "m106").length);
	assert.ok(left.every(({ participant }) => participant !== "m106"));
});

const header = ["participant,session,trial,condition,correct,rt_ms", ...["Cz", "t3"].flatMap((c) => BANDS.map((b) => `${c}_${b}`)), "Fz_delta", "note"].join();
const line = (trial, powers) => [`p1,pre,${trial},${trial % 3 ? "valid" : "invalid"},1,${400 + trial}`, ...powers, "5", "x"].join();
const ten = (base) => Array.from({ length: 10 }, (_, i) => (base + i / 8).toFixed(3));

test("trials without EEG have no epoch, channels without every band are ignored", async () => {
	const code = await newCohort("Two channels");
	const gaps = ten(0.5);
	gaps[0] = "";
	const file = folder.file("two.csv", [header, line(1, ten(-0.25)), line(2, Array(10).fill("")), line(3, gaps)].join("\n"));
	const { status, summary, stderr } = await replay(file, code);
	assert.equal(status, 0, stderr);
	assert.match(stderr, /ignored columns: Fz_delta, note/);
	assert.deepEqual(summary.epochs, { file: 2, sent: 2, stored: 2, repeated: 0, conflicting: 0 });
	const rows = parseCsv(await exported("eeg", code));
	assert.deepEqual(rows.map(({ seq, t_ms, channel, delta_log10_uv2, gamma_log10_uv2, device, sampling_rate_hz }) =>
		[seq, t_ms, channel, delta_log10_uv2, gamma_log10_uv2, device, sampling_rate_hz]), [
		["0", "1000", "Cz", "-0.25", "0.25", "not known", ""], ["0", "1000", "T3", "0.375", "0.875", "not known", ""],
		["1", "5803", "Cz", "", "1", "not known", ""], ["1", "5803", "T3", "1.125", "1.625", "not known", ""],
	]);
	assert.deepEqual(parseCsv(await exported("trials", code)).map(({ onset_ms }) => onset_ms), ["2000", "4401", "6803"]);
	const json = (await exported("eeg", code, "--json")).trim().split("\n").map((text) => JSON.parse(text));
	assert.deepEqual([json[2].delta_log10_uv2, json[2].gamma_log10_uv2, json[2].quality], [null, 1, null]);
});

test("power that cannot be is named with its line and column, and nothing is sent", async () => {
	const code = await newCohort("Bad power");
	for (const bad of ["x", "9.5", "-7", "nan", " 1", "0x1"]) {
		const powers = ten(0);
		powers[7] = bad;
		const file = folder.file("bad.csv", [header, line(1, ten(0)), line(2, powers)].join("\n"));
		const { status, stderr } = await camp(["replay", file, "--cohort", code, "--task", "cueing"]);
		assert.equal(status, 2);
		assert.match(stderr, /line 3, column "t3_alpha": ".*" is not a log10 power from -6 to 9, or nothing/);
	}
	assert.deepEqual(parseCsv(await exported("participants", code)), []);
});
