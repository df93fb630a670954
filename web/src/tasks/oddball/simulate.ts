import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Tone } from "./design";

/** Presses at nearly every target after about 380 ms, and seldom at a standard. */
export function simulate(spec: TrialSpec<Tone>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const rt_ms = Math.min(880, Math.max(180, 380 * Math.exp(0.2 * rng.normal())));
	const presses = rng.next() < (spec.stimulus.target ? 0.97 : 0.01);
	return presses ? { response: "press", rt_ms } : { response: null, rt_ms: null };
}
