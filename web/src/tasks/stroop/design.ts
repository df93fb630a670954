/** Which word in which ink, balanced over colours and pairs. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Word {
	/** Names of responses: what the word says, and the colour it is written in. */
	word: string;
	ink: string;
}

function pairs(condition: string, def: Definition): Word[] {
	const names = def.responses.map((r) => r.name);
	return names.flatMap((word) =>
		names.filter((ink) => (ink === word) === (condition === "congruent")).map((ink) => ({ word, ink })),
	);
}

/** `n` pairs, each equally often; which pairs take the rest is chance. */
function balanced(condition: string, n: number, def: Definition, rng: Rng): TrialSpec<Word>[] {
	const all = pairs(condition, def);
	const out: TrialSpec<Word>[] = [];
	while (out.length < n) {
		for (const stimulus of rng.shuffle(all).slice(0, n - out.length)) {
			out.push({ condition, answer: stimulus.ink, stimulus });
		}
	}
	return out;
}

function makeTrials(n: number, def: Definition, rng: Rng, share: (i: number) => number) {
	return rng.shuffle(def.conditions.flatMap((c, i) => balanced(c.name, share(i) * n, def, rng)));
}

export function design(seed: number, p: Parameters, def: Definition): Design<Word> {
	const test = makeTrials(numberOf(p, "trials_per_cell"), def, makeRng(seed), () => 1);
	/* Another stream, so that the number of practice trials does not change the test. */
	const rng = makeRng(seed ^ 0x5eed);
	const wanted = numberOf(p, "practice_trials");
	const each = Math.floor(wanted / def.conditions.length);
	const rest = wanted % def.conditions.length;
	const practice = makeTrials(1, def, rng, (i) => each + (i < rest ? 1 : 0));
	return { practice, test };
}
