// Visual search: bars of two colours, upright and lying; is one red and upright?
import { taskOf } from "./task.mjs";

const { red, ...others } = taskOf("visual-search").stimuli.colours;
const colours = [red, ...Object.values(others)];

export const shortened = { trials_per_cell: 1, set_sizes: "3,6", practice_trials: 1, fixation_ms: 150, gap_ms: 50, feedback_ms: 100 };
export const trials = 4;
export const keys = { absent: "KeyF", present: "KeyJ" };
export const wrong = { absent: "present", present: "absent" };

export const answer = (items) => {
	const bars = items.filter((i) => colours.includes(i.colour));
	if (bars.length === 0) return null;
	const target = bars.some((b) => b.colour === red && b.h > b.w);
	return { response: target ? "present" : "absent", size: bars.length };
};

export const exposures = () => [shortened.fixation_ms];
