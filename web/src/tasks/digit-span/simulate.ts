import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Digits } from "./design";

/** Half of the sequences right at seven digits forward, five backward; half a second a digit. */
export function simulate({ stimulus }: TrialSpec<Digits>, rng: Rng): { response: string | null; rt_ms: number | null } {
	const { digits, backward } = stimulus;
	const right = rng.next() < 1 / (1 + Math.exp(1.5 * (digits.length - (backward ? 5 : 7))));
	return { response: right ? "right" : "wrong", rt_ms: 900 + 500 * digits.length * Math.exp(0.2 * rng.normal()) };
}
