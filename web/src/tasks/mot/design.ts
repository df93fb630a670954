/** How many discs and targets each trial has, how fast they are, and from which seed they move. */
import { type Condition, type Definition, listOf, numberOf, numberOr, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";
import type { Motion } from "./paths";

/** The targets are the first discs. */
export interface Tracking extends Motion {
	targets: number;
}

export function design(seed: number, p: Parameters, def: Definition): Design<Tracking> {
	const discs = numberOf(p, "discs");
	const conditionOf = (targets: number) =>
		def.conditions.find((c) => c.factors["discs"] === discs && c.factors["set_size"] === targets) as Condition;
	const trial = (targets: number, rng: Rng, speed: number): TrialSpec<Tracking> => ({
		condition: conditionOf(targets).name,
		answer: `hits-${targets}`,
		stimulus: { seed: rng.below(4294967296), discs, targets, speed: speed / 1000, move_ms: numberOf(p, "move_ms") },
	});
	const adaptive = numberOr(p, "adaptive", 0) !== 0;
	const sizes = adaptive ? [numberOf(p, "adaptive_targets")] : [...listOf(p, "targets")].sort((a, b) => a - b);
	const speed = numberOf(p, "speed");

	/* A stream of its own, so that the length of practice does not change the test. */
	const practiceRng = makeRng(seed ^ 0x5eed);
	const wanted = numberOf(p, "practice_trials");
	const practice = Array.from({ length: wanted }, (_, i) =>
		trial(sizes[Math.floor((i * sizes.length) / wanted)] as number, practiceRng, speed),
	);
	if (adaptive) {
		const most = numberOf(p, "adaptive_trials");
		/* By the number of the trial, so that a reload finds the same movements. */
		const next = (n: number, level: number) => ({ ...trial(sizes[0] as number, makeRng(seed + n), level), difficulty: level });
		return {
			practice,
			test: [],
			follow: {
				most,
				next: (played, difficulty) => (played.length < most ? next(played.length, difficulty ?? speed) : null),
			},
		};
	}
	const rng = makeRng(seed);
	const all = sizes.flatMap((k) => Array.from({ length: numberOf(p, "trials_per_cell") }, () => k));
	return { practice, test: rng.shuffle(all).map((k) => trial(k, rng, speed)) };
}
