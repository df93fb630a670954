/**
 * A stream of standards with a few targets among them: the first tones are standards, and
 * no two targets follow each other. Every order that keeps to both is equally likely.
 */
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export interface Tone {
	target: boolean;
	/** From the onset of the tone before. */
	soa_ms: number;
}

/** Whether each of n tones is a target. Targets that find no place are left out. */
function stream(n: number, targets: number, first: number, rng: Rng): boolean[] {
	const standards = n - targets;
	/* A target may follow any standard from the last of the first ones on, one at most. */
	const places = Array.from({ length: Math.max(0, standards - first + 1) }, (_, i) => i + first - 1);
	const chosen = new Set(rng.shuffle(places).slice(0, targets));
	const short = targets - chosen.size;
	const tones = Array.from({ length: standards + short }, (_, i) => (chosen.has(i) ? [false, true] : [false]));
	return tones.flat();
}

export function design(seed: number, p: Parameters, _def: Definition): Design<Tone> {
	const [least, most] = [numberOf(p, "soa_min_ms"), numberOf(p, "soa_max_ms")];
	const first = numberOf(p, "first_standards");
	const make = (n: number, rng: Rng): TrialSpec<Tone>[] => {
		const targets = Math.round((n * numberOf(p, "target_percent")) / 100);
		return stream(n, targets, first, rng).map((target) => ({
			condition: target ? "target" : "standard",
			answer: target ? "press" : null,
			stimulus: { target, soa_ms: Math.round(least + rng.next() * Math.max(0, most - least)) },
		}));
	};
	const test = make(numberOf(p, "trials"), makeRng(seed));
	/* A stream of its own, so that the length of practice does not change the test. */
	const practice = make(numberOf(p, "practice_trials"), makeRng(seed ^ 0x5eed));
	return { practice, test };
}
