import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Item } from "./design";

/** Mean time without items, and what each adds with and without a target. */
export interface Slopes {
	base_ms: number;
	present_ms: number;
	absent_ms: number;
}

/** Someone who searches with these slopes and errs in 4 % of the trials. */
export function searcher({ base_ms, present_ms, absent_ms }: Slopes) {
	return (spec: TrialSpec<Item[]>, rng: Rng): { response: string | null; rt_ms: number } => {
		const present = spec.answer === "present";
		const mean = base_ms + (present ? present_ms : absent_ms) * spec.stimulus.length;
		const rt_ms = Math.max(220, mean * Math.exp(0.18 * rng.normal()));
		const other = present ? "absent" : "present";
		return { response: rng.next() < 0.04 ? other : spec.answer, rt_ms };
	};
}
