import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Kind, Switching } from "./design";

/* A cost of switching of 110 ms with time to prepare, and one of mixing of 60. */
const MEAN_MS: Readonly<Record<Kind, number>> = { first: 800, pure: 600, repeat: 660, switch: 770 };

export function simulate(spec: TrialSpec<Switching>, rng: Rng): { response: string | null; rt_ms: number } {
	const hard = spec.condition.endsWith("-incongruent");
	const mean = MEAN_MS[spec.condition.split("-")[0] as Kind] + (hard ? 30 : 0);
	const rt_ms = Math.min(2990, Math.max(250, mean * Math.exp(0.2 * rng.normal())));
	const wrong = spec.answer === "left" ? "right" : "left";
	return { response: rng.next() < (hard ? 0.06 : 0.03) ? wrong : spec.answer, rt_ms };
}
