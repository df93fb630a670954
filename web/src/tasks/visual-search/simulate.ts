import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Bar } from "./design";

/** About 9 ms an item with a target and 20 without, as conjunction searches go; 4 % errors. */
export function simulate(spec: TrialSpec<Bar[]>, rng: Rng): { response: string | null; rt_ms: number } {
	const present = spec.answer === "present";
	const mean = 480 + (present ? 9 : 20) * spec.stimulus.length;
	const rt_ms = Math.max(220, mean * Math.exp(0.18 * rng.normal()));
	const other = present ? "absent" : "present";
	return { response: rng.next() < 0.04 ? other : spec.answer, rt_ms };
}
