/** The rule of span tasks: longer and longer sequences until somebody fails at one length. */
import { makeRng, type Rng } from "./rng";
import type { Played } from "./task";

export interface SpanRule {
	/** Conditions in their order; each begins at `start` anew. */
	conditions: readonly string[];
	start: number;
	perLength: number;
	longest: number;
}

export interface SpanTrial {
	condition: string;
	length: number;
}

/**
 * The next trial, or null at the end. A length has `perLength` trials; two wrong ones at a
 * length (one, where there is one only) end its condition.
 */
export function nextSpan(played: readonly Played[], rule: SpanRule): SpanTrial | null {
	const enough = Math.min(2, rule.perLength);
	let at = 0;
	for (const condition of rule.conditions) {
		let over = false;
		for (let length = rule.start; length <= rule.longest && !over; length++) {
			let wrong = 0;
			for (let n = 0; n < rule.perLength && !over; n++) {
				const trial = played[at++];
				if (trial === undefined) return { condition, length };
				wrong += trial.correct ? 0 : 1;
				over = wrong >= enough;
			}
		}
	}
	return null;
}

/** How many trials a session has at most. */
export function mostOf({ conditions, start, perLength, longest }: SpanRule): number {
	return conditions.length * perLength * Math.max(0, longest - start + 1);
}

/** Trial `index` has a stream of its own, as what was shown before depends on the answers. */
export function streamOf(seed: number, index: number): Rng {
	return makeRng((seed + Math.imul(index + 1, 0x9e3779b1)) | 0);
}

/** `length` of `all`, none twice as long as they last, and never one after itself. */
export function sequence<T>(all: readonly T[], length: number, rng: Rng): T[] {
	const out: T[] = [];
	let left: T[] = [];
	while (out.length < length) {
		if (left.length === 0) left = rng.shuffle(all);
		const next = left.findIndex((x) => x !== out.at(-1));
		out.push(...left.splice(next, 1));
	}
	return out;
}
