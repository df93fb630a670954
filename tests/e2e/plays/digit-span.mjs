// Digit span: watch the digits, then type them; backwards where the line above begins with an
// arrow to the left. Two short rows each are right, then everything is given wrongly.
export const shortened = {
	start_length: 2, longest: 3, trials_per_length: 2, practice_trials: 1, lead_ms: 100,
	digit_ms: 150, digit_gap_ms: 50, gap_ms: 50, feedback_ms: 100,
};
export const trials = 8;
export const keys = {
	...Object.fromEntries([..."0123456789"].map((d) => [d, `Digit${d}`])), remove: "Backspace", done: "Enter",
};

const digitIn = (items) => items.find((i) => /^[1-9]$/.test(i.text ?? ""))?.text;
/* The line to type on, and nothing typed yet. */
const open = (items) => items.some((i) => i.h === 2) && !items.some((i) => /^[0-9 ]+$/.test(i.text ?? ""));

export const begin = () => {
	let shown = [];
	return (items, { passed }) => {
		for (const before of passed) if (digitIn(before) !== undefined && !before.some((i) => i.h === 2)) shown.push(digitIn(before));
		if (!open(items) || shown.length === 0) return null;
		const backward = items.some((i) => i.text?.startsWith("←"));
		const row = backward ? shown.reverse() : shown;
		shown = [];
		/* One slip is taken back. */
		return { responses: ["0", "remove", ...row, "done"] };
	};
};

export const check = ({ stored }) => {
	for (const t of stored) if (t.detail.given.length !== t.detail.digits.length) throw new Error(JSON.stringify(t.detail));
};
export const right = 1;

export const exposures = ({ detail }) =>
	[shortened.lead_ms, ...[...detail.digits].flatMap(() => [shortened.digit_ms, shortened.digit_gap_ms])];
