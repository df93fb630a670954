import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Digit } from "./design";

/** Presses in a rhythm of about 360 ms, too often at the digit to be let pass. */
export function simulate(spec: TrialSpec<Digit>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const rt_ms = Math.min(1100, Math.max(150, 360 * Math.exp(0.22 * rng.normal())));
	const presses = rng.next() < (spec.answer === null ? 0.37 : 0.98);
	return presses ? { response: "press", rt_ms } : { response: null, rt_ms: null };
}
