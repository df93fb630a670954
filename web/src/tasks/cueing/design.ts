/** Where the arrow points, where the target appears and how it is tilted. */
import { evenly } from "../balance";
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export type Side = "left" | "right";

export interface Cued {
	cue: Side;
	target: Side;
	tilt: Side;
}

const SIDES: readonly Side[] = ["left", "right"];
const other: Record<Side, Side> = { left: "right", right: "left" };

export function design(seed: number, p: Parameters, _def: Definition): Design<Cued> {
	const share = numberOf(p, "valid_percent") / 100;
	const some = (condition: "valid" | "invalid", n: number, rng: Rng): TrialSpec<Cued>[] => {
		const all = SIDES.flatMap((target) =>
			SIDES.map((tilt) => ({ cue: condition === "valid" ? target : other[target], target, tilt })),
		);
		return evenly(all, n, rng).map((stimulus) => ({ condition, answer: stimulus.tilt, stimulus }));
	};
	const trials = (n: number, rng: Rng) => {
		const valid = Math.round(n * share);
		return rng.shuffle([...some("valid", valid, rng), ...some("invalid", n - valid, rng)]);
	};
	/* Practice has a stream of its own, so that its length does not change the test. */
	return {
		practice: trials(numberOf(p, "practice_trials"), makeRng(seed ^ 0x5eed)),
		test: trials(numberOf(p, "trials"), makeRng(seed)),
	};
}
