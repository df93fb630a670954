import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Blocks } from "./design";

/** Half of the sequences right at six blocks; 0.7 seconds a tap. */
export function simulate({ stimulus }: TrialSpec<Blocks>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const right = rng.next() < 1 / (1 + Math.exp(1.5 * (stimulus.length - 6)));
	return { response: right ? "right" : "wrong", rt_ms: 600 + 700 * stimulus.length * Math.exp(0.2 * rng.normal()) };
}
