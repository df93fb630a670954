/** Trials in equal numbers, and where these do not divide evenly, nearly so. */
import { type Condition, type Definition, numberOf, type Parameters } from "./definition";
import { makeRng, type Rng } from "./rng";
import type { Design, TrialSpec } from "./task";

/** `n` of `all`, each equally often; which ones take the rest is chance. */
export function evenly<T>(all: readonly T[], n: number, rng: Rng): T[] {
	const out: T[] = [];
	while (out.length < n) out.push(...rng.shuffle(all).slice(0, n - out.length));
	return out;
}

/**
 * A design whose test has `trials_per_cell` trials of every condition and whose practice
 * shares `practice_trials` among them, both shuffled. Practice has a stream of its own, so
 * that its length does not change the test.
 */
export function shuffledDesign<S>(
	seed: number,
	p: Parameters,
	def: Definition,
	make: (condition: Condition, n: number, rng: Rng) => TrialSpec<S>[],
): Design<S> {
	const trials = (rng: Rng, count: (i: number) => number) =>
		rng.shuffle(def.conditions.flatMap((c, i) => make(c, count(i), rng)));
	const test = trials(makeRng(seed), () => numberOf(p, "trials_per_cell"));
	const wanted = numberOf(p, "practice_trials");
	const each = Math.floor(wanted / def.conditions.length);
	const rest = wanted % def.conditions.length;
	const practice = trials(makeRng(seed ^ 0x5eed), (i) => each + (i < rest ? 1 : 0));
	return { practice, test };
}
