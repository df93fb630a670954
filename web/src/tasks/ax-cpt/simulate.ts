import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Kind, Pair } from "./design";

/* Of a person who prepares for the X after an A: slow and wrong where it does not come. */
const MEAN_MS: Readonly<Record<Kind, number>> = { ax: 430, ay: 570, bx: 430, by: 400 };
const ERRORS: Readonly<Record<Kind, number>> = { ax: 0.04, ay: 0.12, bx: 0.07, by: 0.02 };

export function simulate(spec: TrialSpec<Pair>, rng: Rng): { response: string | null; rt_ms: number } {
	const kind = spec.condition as Kind;
	const rt_ms = Math.min(1490, Math.max(220, MEAN_MS[kind] * Math.exp(0.18 * rng.normal())));
	const wrong = spec.answer === "target" ? "other" : "target";
	return { response: rng.next() < ERRORS[kind] ? wrong : spec.answer, rt_ms };
}
