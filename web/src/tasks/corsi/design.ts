/** Sequences of blocks, longer and longer, to be tapped in the same order. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { mostOf, nextSpan, sequence, streamOf } from "../span";
import type { Design, TrialSpec } from "../task";

/** Indices into the definition's blocks. */
export type Blocks = readonly number[];

const CONDITION = "forward";

export function blocksOf(def: Definition): readonly (readonly [number, number])[] {
	return def.stimuli["blocks"] as [number, number][];
}

export function design(seed: number, p: Parameters, def: Definition): Design<Blocks> {
	const all = blocksOf(def).map((_, i) => i);
	const spec = (length: number, stream: number, at: number): TrialSpec<Blocks> => ({
		condition: CONDITION,
		answer: "right",
		stimulus: sequence(all, length, streamOf(stream, at)),
		difficulty: length,
	});
	const start = numberOf(p, "start_length");
	/* A stream of its own, so that the length of practice does not change the test. */
	const practice = Array.from({ length: numberOf(p, "practice_trials") }, (_, n) => spec(start, seed ^ 0x5eed, n));
	if (numberOf(p, "adaptive") !== 0) {
		const trials = numberOf(p, "trials");
		const next: NonNullable<Design<Blocks>["follow"]>["next"] = (played, difficulty) =>
			played.length < trials ? spec(difficulty ?? start, seed, played.length) : null;
		return { practice, test: [], follow: { most: trials, next } };
	}
	const rule = {
		conditions: [CONDITION],
		start,
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
				return trial === null ? null : spec(trial.length, seed, played.length);
			},
		},
	};
}
