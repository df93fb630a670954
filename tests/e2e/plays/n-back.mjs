// N-back: a press for a letter that is the same as the one n before; how far back stands above.
import assert from "node:assert/strict";

export const shortened = { blocks: 1, practice_trials: 3, letter_ms: 350, soa_ms: 700, announce_ms: 400, feedback_ms: 100 };
export const trials = 22;
export const keys = { match: "Space" };

const letterIn = (items) => items.find((i) => /^[B-Z]$/.test(i.text ?? ""))?.text;
const levelIn = (items) => Number(items.find((i) => /^\d-back$/.test(i.text ?? ""))?.text[0]);
const announces = (items) => items.some((i) => /Compare/.test(i.text ?? ""));

export const begin = () => {
	let shown = [];
	return (items, { passed }) => {
		let fresh = false;
		for (const drawing of passed) {
			if (announces(drawing)) shown = [];
			const letter = letterIn(drawing);
			if (letter === undefined) continue;
			shown.push(letter);
			fresh = true;
		}
		if (!fresh) return null;
		const before = shown.at(-1 - levelIn(items));
		return { response: before === shown.at(-1) ? "match" : null };
	};
};

/* The level is stored, and the letters of the first round are those of a 2-back. */
export const check = ({ stored }) => {
	assert.ok(stored.every((t) => t.difficulty === 2));
	assert.equal(stored.filter((t) => t.condition === "target").length, 6);
};

export const exposures = ({ seq }) => [...(seq === 0 ? [shortened.announce_ms] : []), shortened.letter_ms, shortened.soa_ms - shortened.letter_ms];
