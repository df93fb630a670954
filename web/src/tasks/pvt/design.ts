/** Waits of random length, as many as fit into the test's time. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Wait {
	wait_ms: number;
}

/** What an answer is taken to need when waits are counted. */
const ANSWER_MS = 300;

export function design(seed: number, p: Parameters, _def: Definition): Design<Wait> {
	const shortest = numberOf(p, "foreperiod_min_ms");
	const longest = Math.max(shortest, numberOf(p, "foreperiod_max_ms"));
	const trial = (rng: Rng): TrialSpec<Wait> => ({
		condition: "counter",
		answer: "press",
		stimulus: { wait_ms: shortest + rng.below(longest - shortest + 1) },
	});
	const rng = makeRng(seed);
	const test: TrialSpec<Wait>[] = [];
	for (let left = 1000 * numberOf(p, "duration_s"); left > 0; ) {
		const next = trial(rng);
		test.push(next);
		left -= next.stimulus.wait_ms + ANSWER_MS;
	}
	/* A stream of its own, so that the length of practice does not change the test. */
	const other = makeRng(seed ^ 0x5eed);
	const practice = Array.from({ length: numberOf(p, "practice_trials") }, () => trial(other));
	return { practice, test };
}
