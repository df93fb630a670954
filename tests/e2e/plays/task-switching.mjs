// Task switching: a pair of signs, of which the letter counts above the middle and the digit
// below it.
import assert from "node:assert/strict";

export const shortened = { pure_trials: 2, mixed_trials: 8, practice_trials: 4, rsi_ms: 150, feedback_ms: 100 };
export const trials = 12;
export const keys = { left: "KeyF", right: "KeyJ" };
export const wrong = { left: "right", right: "left" };

export const answer = (items) => {
	const pair = items.find((i) => /^(?:[A-Z] [2-9]|[2-9] [A-Z])$/.test(i.text ?? ""));
	if (pair === undefined) return null;
	const letter = /[AEIOU]/.test(pair.text) ? "right" : "left";
	const digit = /[2468]/.test(pair.text) ? "right" : "left";
	return { response: pair.y < 0 ? letter : digit };
};

export const check = ({ stored }) => {
	const kinds = stored.map((t) => t.condition.split("-")[0]);
	assert.equal(kinds.filter((k) => k === "first").length, 5);
	assert.ok(kinds.includes("switch") && kinds.includes("repeat"));
};

export const exposures = () => [shortened.rsi_ms];
