import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Letter } from "./design";

/** Somebody who holds two or three letters: misses and false alarms grow with the number to look back. */
export function simulate({ answer, stimulus }: TrialSpec<Letter>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const right = 0.7 + 0.28 / (1 + Math.exp(1.5 * (stimulus.level - 2.6)));
	const presses = (rng.next() < right) === (answer !== null);
	const rt_ms = Math.max(200, 620 * Math.exp(0.25 * rng.normal()));
	return presses ? { response: "match", rt_ms } : { response: null, rt_ms: null };
}
