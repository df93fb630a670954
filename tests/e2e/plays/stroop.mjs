// Stroop: the colour of the word's ink.
import { taskOf } from "./task.mjs";

const inks = Object.entries(taskOf("stroop").stimuli.colours);

export const shortened = { trials_per_cell: 2, practice_trials: 1, fixation_ms: 150, gap_ms: 50, feedback_ms: 100 };
export const trials = 4;
export const keys = { red: "KeyD", green: "KeyF", blue: "KeyJ", yellow: "KeyK" };
export const wrong = { red: "green", green: "red", blue: "red", yellow: "red" };

export const answer = (items) => {
	const word = items.find((i) => i.text !== undefined);
	const ink = inks.find(([, colour]) => colour === word?.colour);
	return ink === undefined ? null : { response: ink[0] };
};

export const exposures = () => [shortened.fixation_ms];
