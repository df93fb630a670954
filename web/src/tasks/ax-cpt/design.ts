/** Pairs of letters: mostly an A before an X, so that an A makes one expect the X. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Pair {
	cue: string;
	probe: string;
}

const RARE = ["ay", "bx", "by"] as const;
export type Kind = "ax" | (typeof RARE)[number];

/** Trials of each kind: the share of AX, and the rest divided, the first taking what is over. */
export function counts(trials: number, axPercent: number): Readonly<Record<Kind, number>> {
	const ax = Math.round((trials * axPercent) / 100);
	const share = (i: number) => Math.floor((trials - ax + RARE.length - 1 - i) / RARE.length);
	return { ax, ay: share(0), bx: share(1), by: share(2) };
}

export function design(seed: number, p: Parameters, def: Definition): Design<Pair> {
	const others = def.stimuli["other_letters"] as string[];
	const pair = (kind: Kind, rng: Rng): TrialSpec<Pair> => {
		const cue = kind.startsWith("a") ? "A" : rng.pick(others);
		const rest = others.filter((letter) => letter !== cue);
		const probe = kind.endsWith("x") ? "X" : rng.pick(rest);
		return { condition: kind, answer: kind === "ax" ? "target" : "other", stimulus: { cue, probe } };
	};
	const trials = (n: number, rng: Rng) => {
		const of = counts(n, numberOf(p, "ax_percent"));
		const kinds = (["ax", ...RARE] as const).flatMap((kind) => Array.from({ length: of[kind] }, () => kind));
		return rng.shuffle(kinds).map((kind) => pair(kind, rng));
	};
	/* Practice has a stream of its own, so that its length does not change the test. */
	return {
		practice: trials(numberOf(p, "practice_trials"), makeRng(seed ^ 0x5eed)),
		test: trials(numberOf(p, "trials"), makeRng(seed)),
	};
}
