import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Cue, Network } from "./design";

/* What students of the first study took longer for a cue than for the spatial one. */
const SLOWER: Readonly<Record<Cue, number>> = { none: 98, centre: 51, double: 51, spatial: 0 };

/** Alerting 47, orienting 51 and conflict 84 ms; errors follow the flankers. */
export function simulate(spec: TrialSpec<Network>, rng: Rng): { response: string | null; rt_ms: number } {
	const conflict = spec.condition.endsWith("-incongruent");
	const mean = 470 + SLOWER[spec.stimulus.cue] + (conflict ? 84 : 0);
	const rt_ms = Math.min(1690, Math.max(220, mean * Math.exp(0.16 * rng.normal())));
	const wrong = spec.stimulus.target === "left" ? "right" : "left";
	return { response: rng.next() < (conflict ? 0.06 : 0.015) ? wrong : spec.answer, rt_ms };
}
