// A small attention model for tests, made by the program itself from simulated people:
// what it forecasts does not matter here, only that it is a model.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeFolder, runVerb } from "./cli.mjs";

let made = null;

/** Path of a model file; trained once a process, in seconds. Another seed: another model. */
export async function makeModel({ seed = 1, encoder = "gru" } = {}) {
	made ??= makeFolder();
	const out = path.join(made.dir, `${encoder}-${seed}.safetensors`);
	if (existsSync(out)) return out;
	const data = path.join(made.dir, "people.csv");
	const run = async (args) => {
		const { status, stderr } = await runVerb(args, { env: { CAMP_STATE_DIR: made.dir } });
		if (status !== 0) throw new Error(`camp ${args[0]} ended with ${status}: ${stderr}`);
	};
	if (!existsSync(data)) await run(["simulate", "--people", "40", "--sessions", "1", "--trials", "64", "--task", "stroop", "--out", data]);
	await run(["train", "--data", data, "--encoder", encoder, "--components", "1", "--width", "16", "--steps", "4", "--seed", String(seed), "--out", out]);
	return out;
}

/** Its bytes. */
export const modelBytes = async (options) => readFileSync(await makeModel(options));
