// Attention networks: cues have one or two strokes; of five signs the third, a shaft, then its
// head from one barb over the tip to the other.
import assert from "node:assert/strict";

export const shortened = {
	trials_per_cell: 1, practice_trials: 1, fixation_min_ms: 100, fixation_max_ms: 150, cue_ms: 100, cue_gap_ms: 100, gap_ms: 0, feedback_ms: 100,
};
export const trials = 12;
export const keys = { left: "KeyF", right: "KeyJ" };
export const wrong = { left: "right", right: "left" };

export const answer = (items) => {
	const signs = items.filter((i) => i.path !== undefined);
	if (signs.length !== 5) return null;
	return { response: signs[2].path[3][0] > 0 ? "right" : "left" };
};

export const check = ({ stored }) => {
	for (const { detail } of stored) {
		const { fixation_min_ms: least, fixation_max_ms: most } = shortened;
		assert.ok(detail.fixation_ms >= least && detail.fixation_ms <= most, `fixation of ${detail.fixation_ms} ms`);
	}
};

export const exposures = ({ detail }) => [detail.fixation_ms, shortened.cue_ms, shortened.cue_gap_ms];
