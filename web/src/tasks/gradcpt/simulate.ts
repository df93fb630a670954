import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Fading } from "./design";

/** Presses when a city is about clear, too often also for a mountain. */
export function simulate(spec: TrialSpec<Fading>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const rt_ms = Math.min(1119, Math.max(321, 680 * Math.exp(0.16 * rng.normal())));
	const presses = rng.next() < (spec.answer === null ? 0.25 : 0.975);
	return presses ? { response: "press", rt_ms } : { response: null, rt_ms: null };
}
