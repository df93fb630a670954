/**
 * The headphone check of Woods et al. (2017): three tones, of which one is quieter by 6 dB
 * and another is in antiphase between the ears. Over loudspeakers antiphase cancels and
 * that tone seems the quietest; over headphones it does not. Five right of six pass.
 */
import { makeRng } from "../tasks/rng";
import { inTurn, type Sound, tone } from "./audio";

export const ROUNDS = 6;
export const RIGHT_TO_PASS = 5;

/** What the three tones are; `quiet` is the place, 0 to 2, that is right to choose. */
export interface Round {
	quiet: number;
	antiphase: number;
}

/** The quiet tone twice in each place, the antiphase one in one of the others. */
export function rounds(seed: number): Round[] {
	const rng = makeRng(seed);
	return rng.shuffle(Array.from({ length: ROUNDS }, (_, i) => i % 3)).map((quiet) => ({
		quiet,
		antiphase: (quiet + (rng.next() < 0.5 ? 1 : 2)) % 3,
	}));
}

/** 200 Hz for a second with ramps of 100 ms, half a second apart. */
export function roundSound({ quiet, antiphase }: Round): Sound {
	const tones = [0, 1, 2].map((place) =>
		tone({
			hz: 200,
			duration_ms: 1000,
			ramp_ms: 100,
			amplitude: place === quiet ? 0.125 : 0.25,
			signs: place === antiphase ? [1, -1] : [1, 1],
		}),
	);
	return inTurn(tones, 500);
}
