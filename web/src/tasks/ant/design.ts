/** Cue, neighbours, direction and place of every trial, balanced in every condition. */
import { evenly, shuffledDesign } from "../balance";
import { type Definition, numberOf, type Parameters } from "../definition";
import { flankersOf, type Side } from "../signs";
import type { Design } from "../task";

export type Cue = "none" | "centre" | "double" | "spatial";

export interface Network {
	cue: Cue;
	target: Side;
	/** null: plain bars. */
	flankers: Side | null;
	place: "above" | "below";
	/** How long the cross stands alone before the cue. */
	fixation_ms: number;
}

const CUES: readonly string[] = ["none", "centre", "double", "spatial"] satisfies Cue[];

function cueOf(factor: unknown): Cue {
	if (!CUES.includes(String(factor))) throw new TypeError(`no cue "${String(factor)}"`);
	return factor as Cue;
}

export function design(seed: number, p: Parameters, def: Definition): Design<Network> {
	const least = numberOf(p, "fixation_min_ms");
	/* Two parameters may stand the wrong way round. */
	const range = Math.max(0, numberOf(p, "fixation_max_ms") - least);
	return shuffledDesign(seed, p, def, ({ name, factors }, n, rng) => {
		const cue = cueOf(factors["cue"]);
		const rows = (["left", "right"] as const).flatMap((target) =>
			(["above", "below"] as const).map((place) => ({ target, place })),
		);
		return evenly(rows, n, rng).map(({ target, place }) => {
			const flankers = flankersOf(String(factors["congruency"]), target);
			const fixation_ms = least + rng.below(range + 1);
			return { condition: name, answer: target, stimulus: { cue, target, flankers, place, fixation_ms } };
		});
	});
}
