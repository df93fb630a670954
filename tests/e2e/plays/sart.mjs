// Sustained attention: a press for every digit but 3.
export const shortened = { trials_per_digit: 1, practice_trials: 1, digit_ms: 300, mask_ms: 450, feedback_ms: 100 };
export const trials = 9;
export const keys = { press: "Space" };

export const answer = (items) => {
	const digit = items.find((i) => /^[1-9]$/.test(i.text ?? ""));
	return digit === undefined ? null : { response: digit.text === "3" ? null : "press" };
};

export const exposures = () => [shortened.digit_ms, shortened.mask_ms];
