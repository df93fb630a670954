// The model card of the shipped model, from the figures that train.sh left in a folder:
//   node model_card.mjs FOLDER COMMAND > MODEL_CARD.md
import { readFileSync, statSync } from "node:fs";
import path from "node:path";

const [folder, command] = process.argv.slice(2);
if (!command) throw new Error("usage: node model_card.mjs FOLDER COMMAND");
const json = (name) => JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"));

const sets = [
	["lef", "flanker, Stroop and Simon", "`lef_attention.csv`: von Bastian, Souza & Gade 2016, released for public use without restriction"],
	["stroop", "Stroop", "`stroop13_trials.csv.gz`: Lin et al. 2020, studies 1 and 3, as in Debian's r-cran-afex (GPL 2 or later)"],
	["simulated", "visual search, **simulated people**", "`camp simulate`; says nothing about real people"],
];
const columns = [["model", "model"], ["linear", "linear"], ["running_mean", "running mean"], ["condition_mean", "condition mean"]];
const rows = [
	["auc", "AUC of correctness", 3], ["nll_correct", "NLL of correctness", 4], ["ece", "ECE of correctness", 4],
	["nll_rt", "NLL of ln RT", 4], ["r2", "R2 of ln RT", 3], ["cov90", "90 % interval of RT covers", 3],
	["lapse_auc", "AUC of lapses", 3], ["next20_r", "next 20 trials, r", 3],
	["next20_r_persistence", "the same by persistence", 3], ["interval_cov", "90 % interval of E covers", 3],
];

// Metadata of the safetensors header.
function metadata(file) {
	const bytes = readFileSync(path.join(folder, file));
	return JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()).__metadata__;
}

const number = (value, digits) => (value === null || value === undefined ? "n/a" : value.toFixed(digits));
const signed = (value) => `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;

function table(figures) {
	const lines = [`| | ${columns.map(([, title]) => title).join(" | ")} |`, `|---|${columns.map(() => "---:|").join("")}`];
	for (const [key, title, digits] of rows)
		lines.push(`| ${title} | ${columns.map(([column]) => number(figures[column]?.[key], digits)).join(" | ")} |`);
	return lines.join("\n");
}

const parts = [];
const wins = [];
for (const [name, what, source] of sets) {
	const figures = json(`model-${name}`);
	const whole = json(`fp32-${name}`);
	const gain = figures.model_minus_linear;
	const rounding = Math.max(...["nll_correct", "nll_rt"].map((key) => Math.abs(figures.model[key] - whole.model[key])));
	wins.push([what, gain]);
	parts.push(`### ${what[0].toUpperCase()}${what.slice(1)}

${figures.participants} participants of the test split, ${figures.trials.toLocaleString("en")} trials. Source: ${source}.

${table(figures)}

Against the linear baseline: ${signed(gain.nll)} nats a trial, 95 % interval over participants ${signed(gain.low)} to ${signed(gain.high)} (below 0 is better). 16 bits against 32: NLL changes by ${rounding.toFixed(4)} at most.`);
}

const texts = metadata("model.safetensors");
const size = statSync(path.join(folder, "model.safetensors")).size;
const summary = wins.map(([what, gain]) => `${what.replaceAll("*", "")}: ${gain.high < 0 ? "better than" : gain.low > 0 ? "**worse than**" : "no different from"} the linear baseline`).join("; ");

process.stdout.write(`# The model that ships

Made by [train.sh](train.sh), like this page; every figure below is from people whom training
never saw. How to read the figures, and how to train on your own data: docs/models.md.

**What it does.** It forecasts the next trial of an attention task from the trials before it:
the probability of a correct answer and a distribution of the response time. The engagement
score E is made from these forecasts. It forecasts performance in a task, within a session. It
is no diagnosis, measures no trait, and is no medical device.

**In short.** ${summary[0].toUpperCase()}${summary.slice(1)}.

## How it was made

| | |
|---|---|
| command | \`${command}\` |
| encoder | causal Transformer, and beside it in the file the linear baseline |
| file | ${size.toLocaleString("en")} bytes, weights of 16 bits |
| training trials | ${Number(texts.train_trials).toLocaleString("en")} |
| data hash | \`${texts.data_hash}\` |
| seed | ${texts.seed} |
| steps | ${texts.steps} |
| validation participants, nats a trial | ${texts.validation}; linear baseline ${texts.validation_linear} |

All sets were pooled. Participants fall to the test (20 %), validation (10 %) and training by
the FNV-1a-64 hash of their names; validation chose when to stop, the test chose nothing.
Trained on, but without figures below as its file has no test participants:
\`muse_cueing_dev.csv\`, spatial cueing with a Muse headset (NeuroTechX eeg-notebooks v0.1, BSD
3-clause, Copyright 2017 Alexandre Barachant). Its EEG is used only where it helped the validation
people: ${texts.eeg_use ?? "no"}.
To the recordings were added simulated people: 200 in visual search, for which there was no
recording, and 60 in go/no-go (sart) and n-back, so that the model meets trials on which the
right answer is none, and loads.

## Figures on the test participants

${parts.join("\n\n")}

## Limits

- The people recorded are mostly students and paid adults in a laboratory or on the web. How
  well it forecasts others (children, patients, another language's readers) is not known.
- Visual search, go/no-go and n-back were learnt from simulated people: their figures show that
  the machinery works, not that the forecasts hold for real ones. Train on your own sessions
  (\`camp train --from-db --continue\`) before relying on them.
- Tasks and conditions that it never saw are forecast as "unknown", with what all tasks have in
  common; this is no error and is no better than the running mean.
- Within one person the forecast of the next 20 trials is weak; between people it mostly tells
  who is fast and accurate. The interval says how uncertain it is.
- Response times from browsers hold a lag of device and screen.
- Practice improves the practised tasks; no benefit beyond them is claimed.
`);
