/**
 * Triplets of three different digits; over a list every digit comes about equally often
 * at each place. The signal-to-noise ratio follows the answers, or stays where it is.
 */
import { evenly } from "../balance";
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Triplet {
	digits: readonly number[];
	snr_db: number;
	/** Where in its round the babble starts, 0 to 1. */
	place: number;
}

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const different = (t: readonly number[]) => new Set(t).size === t.length;

/** n triplets: shuffled columns, in which digits change places until no triplet has one twice. */
function triplets(n: number, rng: Rng): number[][] {
	const columns = [0, 1, 2].map(() => rng.shuffle(evenly(DIGITS, n, rng)));
	const list = Array.from({ length: n }, (_, i) => columns.map((c) => c[i] as number));
	for (let tries = 0; tries < 1000 * n; tries++) {
		const bad = list.find((t) => !different(t));
		if (bad === undefined) break;
		const place = bad[0] === bad[1] ? 1 : 2;
		const other = list[Math.floor(rng.next() * n)] as number[];
		[bad[place], other[place]] = [other[place] as number, bad[place] as number];
	}
	/* A list too short to be balanced need not be. */
	return list.map((t) => (different(t) ? t : rng.shuffle([...DIGITS]).slice(0, 3)));
}

export function design(seed: number, p: Parameters, _def: Definition): Design<Triplet> {
	const make = (n: number, rng: Rng) => triplets(n, rng).map((digits) => ({ digits, place: rng.next() }));
	const spec = (t: { digits: number[]; place: number }, snr_db: number): TrialSpec<Triplet> => ({
		condition: "triplet",
		answer: "right",
		stimulus: { ...t, snr_db },
		difficulty: snr_db,
	});
	const test = make(numberOf(p, "trials"), makeRng(seed));
	/* A stream of its own, so that the length of practice does not change the test. */
	const practice = make(numberOf(p, "practice_trials"), makeRng(seed ^ 0x5eed));
	return {
		practice: practice.map((t) => spec(t, numberOf(p, "practice_snr_db"))),
		test: [],
		follow: {
			most: test.length,
			next: (played, difficulty) => {
				const t = test[played.length];
				return t === undefined ? null : spec(t, difficulty ?? numberOf(p, "snr_db"));
			},
		},
	};
}
