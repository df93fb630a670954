// Tracking: the discs that flash are followed by the nearest place in each next drawing.
import { taskOf } from "./task.mjs";

const { colours } = taskOf("mot").stimuli;

export const shortened = {
	targets: "2", trials_per_cell: 4, practice_trials: 1, fixation_ms: 100, flash_ms: 500, move_ms: 500, gap_ms: 0, feedback_ms: 100,
};
export const trials = 4;
export const keys = { done: "Enter" };

const nearest = (discs, at) => {
	const far = (d) => Math.hypot(d.x - at.x, d.y - at.y);
	return discs.reduce((best, d) => (far(d) < far(best) ? d : best));
};

/* Marking is open when a count of the marks stands behind the discs. */
export const begin = () => {
	let targets = [];
	let done = false;
	const follow = (drawing) => {
		const discs = drawing.filter((i) => i.r !== undefined && Object.values(colours).includes(i.colour));
		if (discs.length === 0) {
			/* What is between two trials. */
			[targets, done] = [[], false];
			return;
		}
		const flashing = discs.filter((d) => d.colour === colours.target);
		if (flashing.length > 0) targets = flashing;
		else if (targets.length > 0) targets = targets.map((at) => nearest(discs, at));
	};
	return (items, { passed }) => {
		passed.forEach(follow);
		if (done || !items.some((i) => /^0\/\d$/.test(i.text ?? ""))) return null;
		done = true;
		/* Discs are named by the order in which they are drawn. */
		const discs = items.filter((i) => i.r !== undefined);
		const around = discs.map(({ x, y }, i) => ({ place: String(i), x, y }));
		return { responses: [...targets.map((at) => nearest(around, at)), "done"], around };
	};
};

export const exposures = () => [shortened.fixation_ms, shortened.flash_ms, shortened.move_ms];
