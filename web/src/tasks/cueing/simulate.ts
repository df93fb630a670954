import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Cued } from "./design";

/** About 33 ms slower where the arrow misled, as students in the laboratory are. */
export function simulate(spec: TrialSpec<Cued>, rng: Rng): { response: string | null; rt_ms: number } {
	const misled = spec.condition === "invalid";
	const rt_ms = Math.max(220, (480 + (misled ? 33 : 0)) * Math.exp(0.16 * rng.normal()));
	const wrong = spec.stimulus.tilt === "left" ? "right" : "left";
	return { response: rng.next() < (misled ? 0.05 : 0.03) ? wrong : spec.answer, rt_ms };
}
