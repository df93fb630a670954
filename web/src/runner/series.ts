/**
 * The order of a session's recorded trials: those of the design, known from the start or
 * following the answers, with attention checks among them and breaks between them. Given
 * the trials that were kept, it goes on after them, so that a reload changes nothing.
 */
import type { TrialBody } from "../api/types";
import { makeRng, type Rng } from "../tasks/rng";
import { type Design, type Played, playedOf, type TrialSpec } from "../tasks/task";

export type Item = { kind: "trial"; spec: TrialSpec<unknown> } | { kind: "catch"; condition: string; answer: string };

/** Adaptive difficulty, as the series needs it. */
export interface Decider {
	next(): number;
	outcome(difficulty: number, correct: boolean): void;
}

export interface SeriesSettings {
	seed: number;
	/** Trials of a block; Infinity: no breaks. */
	blockTrials: number;
	/** One attention check in each run of so many trials; 0: none. */
	catchEvery: number;
	/** What a check may ask for. */
	responses: readonly string[];
	decider: Decider | null;
}

/** A check comes before trial `at`, counted from 0 without the checks. */
interface Check {
	at: number;
	answer: string;
}

/** Keeps the checks' stream apart from the design's. */
const CHECKS = 0xca7c;

export class Series {
	private readonly played: Played[] = [];
	private readonly rng: Rng;
	private readonly checks: Check[] = [];
	private checked = 0;
	private decided: { item: Item | null } | null = null;
	private brokenAt: number;
	/** Recorded trials, with the checks: the seq of the next one. */
	done = 0;

	constructor(
		private readonly design: Design<unknown>,
		private readonly settings: SeriesSettings,
		kept: readonly TrialBody[] = [],
	) {
		this.rng = makeRng(settings.seed ^ CHECKS);
		for (const body of kept) this.record(body);
		this.brokenAt = this.played.length;
	}

	/** What is played next, the same until record(); null: the session is over. */
	next(): Item | null {
		this.decided ??= { item: this.decide() };
		return this.decided.item;
	}

	record(body: TrialBody): void {
		const played = playedOf(body);
		if (played === null) {
			this.checked++;
		} else {
			this.played.push(played);
			if (played.difficulty !== null) this.settings.decider?.outcome(played.difficulty, played.correct);
		}
		this.done++;
		this.decided = null;
	}

	/** The break that comes before the next trial; asked once, it is over. */
	takeBreak(): { block: number; blocks: number | null } | null {
		const n = this.played.length;
		if (n === this.brokenAt || this.next() === null) return null;
		this.brokenAt = n;
		const { follow, test } = this.design;
		const due = follow?.breakBefore?.(this.played) ?? n % this.settings.blockTrials === 0;
		if (!due) return null;
		const blocks = follow === undefined ? Math.ceil(test.length / this.settings.blockTrials) : null;
		return { block: Math.round(n / this.settings.blockTrials), blocks };
	}

	/** Number of recorded trials; null where only the answers will tell. */
	get total(): number | null {
		if (this.design.follow !== undefined) return null;
		const n = this.design.test.length;
		let checks = 0;
		while (this.settings.catchEvery > 0 && this.check(checks).at < n) checks++;
		return n + checks;
	}

	/** How much of the session is done, at most 1. */
	get share(): number {
		const of = this.design.follow?.most ?? this.design.test.length;
		return of === 0 ? 1 : Math.min(1, this.played.length / of);
	}

	private decide(): Item | null {
		const spec = this.specNext();
		if (spec === null) return null;
		const { catchEvery } = this.settings;
		if (catchEvery > 0) {
			const check = this.check(this.checked);
			if (check.at <= this.played.length) {
				const condition = this.played.at(-1)?.condition ?? spec.condition;
				return { kind: "catch", condition, answer: check.answer };
			}
		}
		return { kind: "trial", spec };
	}

	private specNext(): TrialSpec<unknown> | null {
		const { follow, test } = this.design;
		if (follow === undefined) return test[this.played.length] ?? null;
		return follow.next(this.played, this.settings.decider?.next() ?? null);
	}

	/** Check number i, the one of trials i * every to (i + 1) * every - 1. */
	private check(i: number): Check {
		const { catchEvery, responses } = this.settings;
		while (this.checks.length <= i) {
			const at = this.checks.length * catchEvery + this.rng.below(catchEvery);
			this.checks.push({ at, answer: this.rng.pick(responses) });
		}
		return this.checks[i] as Check;
	}
}
