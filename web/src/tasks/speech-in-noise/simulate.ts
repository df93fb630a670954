import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Triplet } from "./design";

/** Understands half the triplets at -7 dB, the curve rising by 20 % a dB there; never misses its turn. */
export function simulate({ stimulus }: TrialSpec<Triplet>, rng: Rng) {
	const understood = rng.next() < 0.98 / (1 + Math.exp(-0.8 * (stimulus.snr_db + 7)));
	const digits = understood ? stimulus.digits : stimulus.digits.map((d) => (d + 1) % 10);
	const rt_ms = 2200 * Math.exp(0.25 * rng.normal());
	return {
		response: "done",
		rt_ms,
		given: digits.map((d, i) => ({ name: String(d), at_ms: (rt_ms * (i + 1)) / 4 })),
	};
}
