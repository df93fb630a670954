/** Which way the arrow points, what stands beside it and where, balanced in every condition. */
import { evenly, shuffledDesign } from "../balance";
import type { Definition, Parameters } from "../definition";
import type { Design } from "../task";

export type Side = "left" | "right";

export interface Row {
	target: Side;
	/** null: plain bars. */
	flankers: Side | null;
	place: "above" | "below";
}

const other: Record<Side, Side> = { left: "right", right: "left" };

function flankersOf(condition: string, target: Side): Side | null {
	if (condition === "neutral") return null;
	return condition === "congruent" ? target : other[target];
}

export function design(seed: number, p: Parameters, def: Definition): Design<Row> {
	return shuffledDesign(seed, p, def, ({ name }, n, rng) => {
		const rows = (["left", "right"] as const).flatMap((target) =>
			(["above", "below"] as const).map((place) => ({ target, place, flankers: flankersOf(name, target) })),
		);
		return evenly(rows, n, rng).map((stimulus) => ({ condition: name, answer: stimulus.target, stimulus }));
	});
}
