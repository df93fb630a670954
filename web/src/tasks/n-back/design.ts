/** Rounds of letters, some of them the same as the letter n before. */
import { type Definition, numberOf, type Parameters } from "../definition";
import type { Rng } from "../rng";
import { streamOf } from "../span";
import type { Design, Played, TrialSpec } from "../task";

export interface Letter {
	letter: string;
	/** How far to look back. */
	level: number;
	/** The first of a round says how far. */
	first: boolean;
}

const LEVEL_MOST = 9;
/** Letters of a round beside its first n; models/adaptive counts by the same number. */
const roundOf = (def: Definition) => Number(def.adaptive?.["block_trials"] ?? 20);

/** A round: `level` letters that cannot match, and `scored` ones of which 30 % do. */
function round(level: number, scored: number, rng: Rng, def: Definition): TrialSpec<Letter>[] {
	const letters = [...String(def.stimuli["letters"])];
	const targets = Math.round((scored * Number(def.stimuli["target_percent"])) / 100);
	const matches = rng.shuffle(Array.from({ length: scored }, (_, i) => i < targets));
	const shown: string[] = [];
	for (let i = 0; i < level + scored; i++) {
		const match = matches[i - level] === true;
		const near = [shown[i - level], shown[i - level + 1], shown[i - level - 1]];
		shown.push(match ? (shown[i - level] as string) : rng.pick(letters.filter((x) => !near.includes(x))));
	}
	return shown.map((letter, i) => {
		const condition = i < level ? "lead" : matches[i - level] === true ? "target" : "nontarget";
		const answer = condition === "target" ? "match" : null;
		return { condition, answer, stimulus: { letter, level, first: i === 0 }, difficulty: level };
	});
}

/** Where the next trial stands: its round, the round's level if it has begun, its place in it. */
function placeOf(played: readonly Played[], size: (level: number) => number) {
	for (let from = 0, block = 0; ; block++) {
		const level = played[from]?.difficulty ?? null;
		if (level === null) return { block, level, at: 0 };
		if (from + size(level) > played.length) return { block, level, at: played.length - from };
		from += size(level);
	}
}

export function design(seed: number, p: Parameters, def: Definition): Design<Letter> {
	const scored = roundOf(def);
	const blocks = numberOf(p, "blocks");
	const start = numberOf(p, "n_start");
	const size = (level: number) => level + scored;
	const few = numberOf(p, "practice_trials");
	/* A stream of its own, so that the length of practice does not change the test. */
	const practice = round(start, Math.max(0, few - start), streamOf(seed ^ 0x5eed, 0), def).slice(0, few);
	return {
		practice,
		test: [],
		follow: {
			most: blocks * size(LEVEL_MOST),
			next: (played, difficulty) => {
				const { block, level, at } = placeOf(played, size);
				if (block >= blocks) return null;
				return round(level ?? difficulty ?? start, scored, streamOf(seed, block), def)[at] ?? null;
			},
			breakBefore: (played) => played.length > 0 && placeOf(played, size).at === 0,
		},
	};
}
