/** Digits in equal numbers, each in every size about equally often. */
import { evenly } from "../balance";
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Digit {
	digit: number;
	/** 0 (smallest) to 4. */
	size: number;
}

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const SIZES = [0, 1, 2, 3, 4];

export function design(seed: number, p: Parameters, def: Definition): Design<Digit> {
	const spec = (digit: number, size: number): TrialSpec<Digit> => {
		const nogo = digit === Number(def.stimuli["nogo_digit"]);
		return { condition: nogo ? "nogo" : "go", answer: nogo ? null : "press", stimulus: { digit, size } };
	};
	const trials = (digits: readonly number[], rng: Rng) => {
		const all = DIGITS.flatMap((digit) => {
			const n = digits.filter((d) => d === digit).length;
			return evenly(SIZES, n, rng).map((size) => spec(digit, size));
		});
		return rng.shuffle(all);
	};
	const each = numberOf(p, "trials_per_digit");
	const test = trials(DIGITS.flatMap((digit) => Array.from({ length: each }, () => digit)), makeRng(seed));
	/* A stream of its own, so that the length of practice does not change the test. */
	const rng = makeRng(seed ^ 0x5eed);
	const practice = trials(evenly(DIGITS, numberOf(p, "practice_trials"), rng), rng);
	return { practice, test };
}
