/** Which letters each stream has, and where in it the two targets stand. */
import { type Condition, type Definition, listOf, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export const SECOND = "X";

export interface Stream {
	letters: readonly string[];
	/** Place of the white letter in the stream. */
	first: number;
	/** What the question for it offers, in alphabetical order. */
	choices: readonly string[];
}

/** `n` letters of which none comes again before all others did. */
function letterRow(alphabet: readonly string[], n: number, rng: Rng): string[] {
	const order = rng.shuffle(alphabet);
	return Array.from({ length: n }, (_, i) => order[i % order.length] as string);
}

function makeStream(condition: Condition, p: Parameters, def: Definition, rng: Rng): Stream {
	const least = numberOf(p, "before_min");
	const most = Math.max(least, numberOf(p, "before_max"));
	const first = least + rng.below(most - least + 1);
	const [t1 = "", ...others] = rng.shuffle(String(def.stimuli["letters"]).split(""));
	const letters = letterRow(others, first + 1 + numberOf(p, "after"), rng);
	letters[first] = t1;
	if (condition.factors["target"] === "present") letters[first + Number(condition.factors["lag"])] = SECOND;
	/* Seen as well, so that having seen a letter is not enough; and not mixed up with a neighbour. */
	const apart = letters.filter((l, i) => Math.abs(i - first) > 1 && l !== SECOND);
	const foils = rng.shuffle([...new Set(apart)]).slice(0, Number(def.stimuli["choices"]) - 1);
	return { letters, first, choices: [t1, ...foils].sort() };
}

export function design(seed: number, p: Parameters, def: Definition): Design<Stream> {
	const lags = new Set(listOf(p, "lags"));
	const present = def.conditions.filter((c) => lags.has(Number(c.factors["lag"])));
	const absent = def.conditions.filter((c) => c.factors["target"] === "absent");
	const make = (rng: Rng) => (condition: Condition): TrialSpec<Stream> => ({
		condition: condition.name,
		answer: condition.factors["target"] === "present" ? "t1-right-x" : "t1-right-none",
		stimulus: makeStream(condition, p, def, rng),
	});
	const times = (conditions: Condition[], n: number) => conditions.flatMap((c) => Array.from({ length: n }, () => c));

	/* Two streams of numbers, so that the length of practice does not change the test. */
	const rng = makeRng(seed);
	const all = [...times(present, numberOf(p, "trials_per_lag")), ...times(absent, numberOf(p, "absent_trials"))];
	const test = rng.shuffle(all).map(make(rng));

	const practiceRng = makeRng(seed ^ 0x5eed);
	const wanted = numberOf(p, "practice_trials");
	const without = Math.round(wanted / 3);
	const shuffled = practiceRng.shuffle(present);
	const some = Array.from({ length: wanted - without }, (_, i) => shuffled[i % shuffled.length] as Condition);
	const practice = practiceRng.shuffle([...some, ...times(absent, without)]).map(make(practiceRng));
	return { practice, test };
}
