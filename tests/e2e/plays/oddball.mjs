// Oddball: heard, not seen; a press for every high tone.
export const shortened = {
	trials: 8, practice_trials: 1, target_percent: 40, first_standards: 1, soa_min_ms: 700, soa_max_ms: 800, response_ms: 550, feedback_ms: 100,
};
export const trials = 8;
export const keys = { press: "Space" };

export const answer = (items) => {
	const tone = items.find((i) => i.hz !== undefined);
	return tone === undefined ? null : { response: tone.hz > 1500 ? "press" : null };
};
