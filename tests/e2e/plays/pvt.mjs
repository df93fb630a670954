// Vigilance: the counter runs on and its end stays up, so it is answered once after the empty
// frame.
import { taskOf } from "./task.mjs";

const { counter } = taskOf("pvt").stimuli.colours;

export const shortened = { duration_s: 10, practice_trials: 1, foreperiod_min_ms: 900, foreperiod_max_ms: 1200, result_ms: 300, feedback_ms: 100 };
export const trials = null;
export const keys = { press: "Space" };

export const answer = (items, { armed }) => {
	const counting = items.find((i) => i.colour === counter && /^[0-9]+$/.test(i.text ?? ""));
	return counting === undefined ? null : { response: armed ? "press" : null };
};

/* The wait, of which the result before it took its part. */
export const exposures = ({ detail }) => [detail.wait_ms - shortened.result_ms];
