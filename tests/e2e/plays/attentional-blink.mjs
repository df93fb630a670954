// Attentional blink: the letters that passed tell which was white and whether there was an X;
// the questions are answered by buttons of their own.
import { taskOf } from "./task.mjs";

const { colours, which, seen } = taskOf("attentional-blink").stimuli;
const KEYS = Object.fromEntries([..."ABCDEFGHJKLMNPRSTUVWYZ"].map((letter) => [letter, `Key${letter}`]));

export const shortened = {
	lags: "3,8", trials_per_lag: 2, absent_trials: 1, practice_trials: 1, before_min: 2, before_max: 2, after: 9,
	fixation_ms: 100, item_ms: 100, gap_ms: 0, feedback_ms: 100,
};
export const trials = 5;
/* In each tenth answer X is said to be there when it was not, and the other way round. */
export const wrong = { x: "none", none: "x", ...Object.fromEntries(Object.keys(KEYS).map((letter) => [letter, letter])) };
export const keys = { ...KEYS, x: "KeyJ", none: "KeyF" };

export const begin = () => {
	let white = null;
	let there = false;
	let asked;
	return (items, { passed }) => {
		for (const drawing of passed) {
			const letter = drawing.find((i) => /^[A-Z]$/.test(i.text ?? ""));
			if (letter?.colour === colours.first) [white, there] = [letter.text, false];
			else if (letter?.text === "X") there = true;
		}
		/* Each is answered once, though a window that changes its size draws it again. */
		const before = asked;
		asked = items.find((i) => i.text !== undefined)?.text;
		if (asked === before) return null;
		if (asked === which.en) return { response: white };
		if (asked === seen.en) return { response: there ? "x" : "none" };
		return null;
	};
};

/* Of the letters, the shortest and the longest are told: every one had the same frames. */
export const exposures = () => [shortened.fixation_ms, shortened.item_ms, shortened.item_ms];
