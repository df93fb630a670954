// Flanker: of five signs the third, a shaft, then its head from one barb over the tip to the
// other.
export const shortened = { trials_per_cell: 2, practice_trials: 1, fixation_ms: 150, gap_ms: 50, feedback_ms: 100 };
export const trials = 6;
export const keys = { left: "KeyF", right: "KeyJ" };
export const wrong = { left: "right", right: "left" };

export const answer = (items) => {
	const signs = items.filter((i) => i.path !== undefined);
	if (signs.length !== 5) return null;
	return { response: signs[2].path[3][0] > 0 ? "right" : "left" };
};

export const exposures = () => [shortened.fixation_ms];
