/** Which way the arrow points, what stands beside it and where, balanced in every condition. */
import { evenly, shuffledDesign } from "../balance";
import type { Definition, Parameters } from "../definition";
import { flankersOf, type Side } from "../signs";
import type { Design } from "../task";

export interface Row {
	target: Side;
	/** null: plain bars. */
	flankers: Side | null;
	place: "above" | "below";
}

export function design(seed: number, p: Parameters, def: Definition): Design<Row> {
	return shuffledDesign(seed, p, def, ({ name }, n, rng) => {
		const rows = (["left", "right"] as const).flatMap((target) =>
			(["above", "below"] as const).map((place) => ({ target, place, flankers: flankersOf(name, target) })),
		);
		return evenly(rows, n, rng).map((stimulus) => ({ condition: name, answer: stimulus.target, stimulus }));
	});
}
