#!/usr/bin/env node
// ./dev bench model. The attention model's encoder: camp against PyTorch, one thread each.
//
// Both sides are one process each and hold the same architecture: pre-LN, causal, 4 heads,
// ffn 256, exact GELU, windows of 128 rows, float32. In every run each time is taken from
// one side and then at once from the other, and a ratio is of two such neighbours, so that
// whatever else the machine does meets both. A time is the fastest repetition of its slot,
// in CPU time: what passes when nobody else wants the core.
// Of PyTorch the fastest of three ways to write the model counts. Before anything is timed,
// PyTorch computes our window from our weights.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { main } from "./lib/main.mjs";
import { benchProgram, figure, machine, median, table, ROOT } from "./lib/tools.mjs";

const PEER = path.join(ROOT, "tests/bench/peer/torch_model.py");
const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
const SHAPES = [[64, 2], [64, 4], [128, 2], [128, 4]]; // width, layers
const BATCH = 64, ROWS = 128, TRAINING_STEPS = 450;
const AGREEMENT = 1e-4;
const STREAM_BAR_US = 50, TRAINING_BAR_S = 150;

// Share of a run's seconds; `better` is what the bar is about: our time over theirs, or, of
// training, our trials/s over theirs.
const TIMED = [
	{ name: "one window", command: "window", share: 0.15, passes: 1, flops: 1, unit: ["ms", 1e3], better: (r) => r, bar: 0.6, stretch: 0.3 },
	{ name: "64 windows", command: "batch", share: 0.25, passes: BATCH, flops: BATCH, unit: ["ms", 1e3], better: (r) => r, bar: 0.7 },
	{ name: "training step", command: "train", share: 0.6, passes: BATCH, flops: 3 * BATCH, unit: ["ms", 1e3], better: (r) => 1 / r, bar: 1.3, stretch: 2, more: true },
];

/** A process that answers each line with a line. */
function start(file, args) {
	const child = spawn(file, args, { env: { ...process.env, ...ONE_THREAD }, stdio: ["pipe", "pipe", "inherit"] });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return {
		async ask(line) {
			child.stdin.write(`${line}\n`);
			const { value, done } = await lines.next();
			if (done) throw new Error(`${path.basename(args[0] ?? file)} ended instead of answering "${line}"`);
			return value.split(" ");
		},
		stop() {
			child.stdin.end();
		},
	};
}

function findTorch() {
	const found = spawnSync(PYTHON, ["-c", "import numpy, torch; print(torch.__version__)"], { encoding: "utf8" });
	if (found.status !== 0)
		throw new Error(`the peer is missing: install Debian's python3-torch (${PYTHON} says: ${(found.stderr ?? "nothing").trim().split("\n").at(-1)})`);
	return found.stdout.trim();
}

/** Asks ours and theirs in turn, `runs` times over. */
async function timePairs(sides, options) {
	const pairs = Object.fromEntries(TIMED.map((t) => [t.command, []]));
	for (let run = 0; run < options.runs; run++) {
		for (const t of TIMED) {
			const line = `${t.command} ${t.share * options.seconds}`;
			const [ours] = await sides.ours.ask(line);
			const [theirs, form] = await sides.theirs.ask(line);
			pairs[t.command].push({ ours: Number(ours), theirs: Number(theirs), form });
		}
	}
	return pairs;
}

function summary(t, pairs, flops, sgemm) {
	const ratios = pairs.map((p) => t.better(p.ours / p.theirs));
	const ours = median(pairs.map((p) => p.ours)), gflops = flops * t.flops / ours / 1e9;
	return {
		command: t.command, ours_s: ours, theirs_s: median(pairs.map((p) => p.theirs)), form: pairs.at(-1).form,
		ratio: median(ratios), ratio_min: Math.min(...ratios), ratio_max: Math.max(...ratios),
		gflops, of_sgemm: gflops / sgemm,
	};
}

async function measure(sides, [width, layers], folder, options, faults) {
	const name = `d ${width}, ${layers} layers`;
	options.say(`${name} ...`);
	await sides.ours.ask(`model ${width} ${layers}`);
	await sides.int8.ask(`model ${width} ${layers} int8`);
	await sides.theirs.ask(`model ${width} ${layers}`);
	const file = path.join(folder, "model.bin");
	await sides.ours.ask(`export ${file}`);
	const difference = Number((await sides.theirs.ask(`check ${file}`))[0]);
	if (!(difference <= AGREEMENT)) faults.push(`${name}: the outputs differ by ${difference}`);

	const slot = 0.1 * options.seconds;
	const [flops] = (await sides.ours.ask("flops")).map(Number);
	// PyTorch tries its forms in the first round, which is not counted.
	for (const t of TIMED) await sides.theirs.ask(`${t.command} ${slot}`);
	const pairs = await timePairs(sides, options);
	const [sgemm] = (await sides.ours.ask(`sgemm ${slot}`)).map(Number);
	const [kernels] = (await sides.ours.ask(`kernels ${slot}`)).map(Number);
	const [step, late] = (await sides.ours.ask(`stream ${slot}`)).map(Number);
	const [int8Step] = (await sides.int8.ask(`stream ${slot}`)).map(Number);
	const [int8Window] = (await sides.int8.ask(`window ${slot}`)).map(Number);
	const result = {
		width, layers, difference, flops, sgemm_gflops: sgemm, kernels_gflops: kernels,
		stream_us: 1e6 * step, stream_p99_us: 1e6 * late, int8_stream_us: 1e6 * int8Step, int8_window_ms: 1e3 * int8Window,
		timed: TIMED.map((t) => summary(t, pairs[t.command], flops, sgemm)),
	};
	judge(name, result, faults);
	return result;
}

function judge(name, result, faults) {
	result.timed.forEach((r, i) => {
		const t = TIMED[i];
		if (t.more ? r.ratio < t.bar : r.ratio > t.bar)
			faults.push(`${name}: ${t.name}: ${figure(r.ratio)} misses the bar of ${t.bar}`);
	});
	if (result.stream_us > STREAM_BAR_US)
		faults.push(`${name}: a streamed trial takes ${figure(result.stream_us)} us, more than ${STREAM_BAR_US}`);
	const training = TRAINING_STEPS * result.timed[2].ours_s;
	if (result.width === 64 && result.layers === 2 && training > TRAINING_BAR_S)
		faults.push(`${name}: ${TRAINING_STEPS} steps take ${figure(training)} s, more than ${TRAINING_BAR_S}`);
}

function markdown(data) {
	const rows = data.shapes.flatMap((s) => s.timed.map((r, i) => [
		i === 0 ? `d ${s.width}, ${s.layers} layers: ${TIMED[i].name}` : TIMED[i].name,
		`${figure(r.ours_s * TIMED[i].unit[1])} ${TIMED[i].unit[0]}`,
		`${figure(r.theirs_s * TIMED[i].unit[1])} ${TIMED[i].unit[0]} (${r.form})`,
		`${figure(r.ratio)} (${figure(r.ratio_min)} to ${figure(r.ratio_max)})`,
		`${TIMED[i].more ? "at least" : "at most"} ${TIMED[i].bar}`,
		figure(r.gflops), `${Math.round(100 * r.of_sgemm)} %`,
	]));
	const other = data.shapes.map((s) => [
		`d ${s.width}, ${s.layers} layers`, figure(s.stream_us), figure(s.stream_p99_us), figure(s.int8_stream_us),
		figure(s.int8_window_ms), figure(s.sgemm_gflops), figure(s.kernels_gflops),
		figure(TRAINING_STEPS * s.timed[2].ours_s), s.difference.toExponential(1),
	]);
	return `PyTorch ${data.torch}, one thread each, ${data.runs} runs\n\n`
		+ table(["", "camp", "PyTorch", "camp / PyTorch (training: trials/s)", "bar", "GFLOP/s", "of sgemm"], rows)
		+ "\n"
		+ table(["", "streamed trial, us", "p99", "int8", "int8 window, ms", "sgemm, GFLOP/s", "our products",
			`${TRAINING_STEPS} training steps, s`, "largest difference of outputs"], other);
}

async function bench(options) {
	const torch = findTorch();
	const program = await benchProgram("model");
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-bench-"));
	const sides = { ours: start(program, []), int8: start(program, []), theirs: start(PYTHON, [PEER]) };
	const faults = [];
	try {
		const data = { bench: "model", machine: machine(), torch, runs: options.runs, seconds: options.seconds, shapes: [] };
		for (const shape of SHAPES) data.shapes.push(await measure(sides, shape, folder, options, faults));
		return { data, faults, markdown: markdown(data) };
	} finally {
		for (const side of Object.values(sides)) side.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

await main(bench, `usage: ./dev bench model [options]

The attention model's encoder against PyTorch (Debian's python3-torch), one thread each.
Exits with 1 when a bar is missed.
`);
