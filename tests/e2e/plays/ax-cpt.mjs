// A then X: the first letter is blue, the second is answered with the first in mind.
import assert from "node:assert/strict";
import { taskOf } from "./task.mjs";

const { colours, foreground } = taskOf("ax-cpt").stimuli;

export const shortened = { trials: 10, practice_trials: 1, cue_ms: 200, delay_ms: 100, gap_ms: 50, feedback_ms: 100 };
export const trials = 10;
export const keys = { other: "KeyF", target: "KeyJ" };
export const wrong = { other: "target", target: "other" };

export const begin = () => {
	let cue = null;
	return (items, { passed }) => {
		for (const drawing of passed) {
			const first = drawing.find((i) => i.text !== undefined && i.colour === colours.cue);
			if (first !== undefined) cue = first.text;
		}
		const probe = items.find((i) => /^[A-Z]$/.test(i.text ?? "") && i.colour === foreground);
		return probe === undefined ? null : { response: cue === "A" && probe.text === "X" ? "target" : "other" };
	};
};

export const check = ({ stored }) => {
	const kinds = new Set(stored.map((t) => t.condition));
	assert.deepEqual([...kinds].sort(), ["ax", "ay", "bx", "by"]);
};

export const exposures = () => [shortened.cue_ms, shortened.delay_ms];
