import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Row } from "./design";

/** About 45 ms of conflict, as students in the laboratory have it; errors follow the flankers. */
export function simulate(spec: TrialSpec<Row>, rng: Rng): { response: string | null; rt_ms: number } {
	const conflict = spec.condition === "incongruent";
	const rt_ms = Math.max(220, (430 + (conflict ? 45 : 0)) * Math.exp(0.16 * rng.normal()));
	const wrong = spec.stimulus.target === "left" ? "right" : "left";
	return { response: rng.next() < (conflict ? 0.06 : 0.02) ? wrong : spec.answer, rt_ms };
}
