// Cueing: seven stripes, each drawn from below; the arrow before them is one stroke.
export const shortened = { trials: 10, practice_trials: 1, fixation_ms: 150, gap_ms: 50, feedback_ms: 100, cue_ms: 100, cue_gap_ms: 100 };
export const trials = 10;
export const keys = { left: "KeyF", right: "KeyJ" };
export const wrong = { left: "right", right: "left" };

export const answer = (items) => {
	const stripes = items.filter((i) => i.path !== undefined);
	if (stripes.length !== 7) return null;
	const [[x0], [x1]] = stripes[3].path;
	return { response: x1 > x0 ? "right" : "left" };
};

export const exposures = () => [shortened.fixation_ms, shortened.cue_ms, shortened.cue_gap_ms];
