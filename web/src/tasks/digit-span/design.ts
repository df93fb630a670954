/** Sequences of digits, longer and longer, to be given in the same order or backwards. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { mostOf, nextSpan, sequence, streamOf } from "../span";
import type { Design, TrialSpec } from "../task";

export interface Digits {
	digits: readonly number[];
	backward: boolean;
}

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Values of the parameter "direction". */
const ORDERS = [["forward", "backward"], ["forward"], ["backward"]];
const PRACTICE_LENGTH = 3;

export function design(seed: number, p: Parameters, _def: Definition): Design<Digits> {
	const conditions = ORDERS[numberOf(p, "direction")] ?? ["forward"];
	const spec = (condition: string, length: number, stream: number, at: number): TrialSpec<Digits> => ({
		condition,
		answer: "right",
		stimulus: { digits: sequence(DIGITS, length, streamOf(stream, at)), backward: condition === "backward" },
		difficulty: length,
	});
	const each = numberOf(p, "practice_trials");
	/* A stream of its own, so that the length of practice does not change the test. */
	const practice = conditions.flatMap((c, i) =>
		Array.from({ length: each }, (_, n) => spec(c, PRACTICE_LENGTH, seed ^ 0x5eed, i * each + n)),
	);
	if (numberOf(p, "adaptive") !== 0) {
		const trials = numberOf(p, "trials");
		const condition = conditions[0] as string;
		const next: NonNullable<Design<Digits>["follow"]>["next"] = (played, difficulty) =>
			played.length < trials ? spec(condition, difficulty ?? PRACTICE_LENGTH, seed, played.length) : null;
		return { practice: practice.filter((s) => s.condition === condition), test: [], follow: { most: trials, next } };
	}
	const rule = {
		conditions,
		start: numberOf(p, "start_length"),
		perLength: numberOf(p, "trials_per_length"),
		longest: numberOf(p, "longest"),
	};
	return {
		practice,
		test: [],
		follow: {
			most: mostOf(rule),
			next: (played) => {
				const trial = nextSpan(played, rule);
				return trial === null ? null : spec(trial.condition, trial.length, seed, played.length);
			},
			breakBefore: (played) => {
				const trial = nextSpan(played, rule);
				return trial !== null && played.length > 0 && trial.condition !== played.at(-1)?.condition;
			},
		},
	};
}
