// Speech in noise: three digits in babble, known by their lengths and pitch, then a keypad.
import { readFileSync } from "node:fs";
import { readWav } from "../../../web/speech/signal.mjs";
import { keptSpeech } from "../../../web/speech/kept.mjs";

const { path, index } = (await keptSpeech()).en;
const { samples, rate } = readWav(readFileSync(path));
const digits = index.digits.map(([at, n]) => {
	let rising = 0;
	for (let i = at + 1; i < at + n; i++) if (samples[i - 1] < 0 && samples[i] >= 0) rising++;
	return { duration: n / rate, hz: (rising * rate) / n };
});
const heardDigit = ({ duration, hz }) => {
	const far = digits.map((d) => Math.abs(d.duration - duration) * 1e5 + Math.abs(d.hz - hz));
	return String(far.indexOf(Math.min(...far)));
};

export const shortened = { trials: 4, practice_trials: 1, lead_ms: 100, tail_ms: 100, feedback_ms: 100, gap_ms: 50 };
export const trials = 4;
export const scores = 3;
export const untimed = true;
export const keys = { ...Object.fromEntries("0123456789".split("").map((d) => [d, `Digit${d}`])), done: "Enter" };

export function begin() {
	let said = [];
	return (items, { passed }) => {
		for (const sound of passed.flat()) if (sound.loop === false) said.push(heardDigit(sound));
		/* The entry is three lines; it is answered once, when it is empty. */
		const lines = items.filter((i) => i.w > 5 * i.h).length;
		if (lines !== 3 || items.some((i) => i.text !== undefined) || said.length === 0) return null;
		const responses = [...said.slice(-3), "done"];
		said = [];
		return { responses };
	};
}

/* All right, so the level falls by 2 dB a trial from 0. */
export function check({ stored }) {
	const levels = stored.map((t) => t.difficulty ?? null);
	if (stored.every((t) => t.correct) && levels.some((x, i) => x !== null && x !== -2 * i)) throw new Error(levels.join(" "));
}
