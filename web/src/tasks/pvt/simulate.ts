import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Wait } from "./design";

/** An alert person: about 300 ms, now and then a lapse. */
export function simulate(_spec: TrialSpec<Wait>, rng: Rng): { response: string | null; rt_ms: number } {
	const lapse = rng.next() < 0.04 ? 250 : 0;
	return { response: "press", rt_ms: Math.max(150, 290 * Math.exp(0.14 * rng.normal())) + lapse };
}
