import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Tracking } from "./design";

/** Discs that are tracked at once, at a speed of a fifth of the field a second. */
const CAPACITY = 3.4;

/** Someone who tracks each target by chance, fewer when they are fast, and guesses the rest. */
export function simulate({ stimulus }: TrialSpec<Tracking>, rng: Rng): { response: string | null; rt_ms: number } {
	const { targets, discs, speed } = stimulus;
	const share = Math.min(0.95, (CAPACITY / targets) * Math.min(1.5, Math.sqrt(0.2 / speed)));
	let tracked = 0;
	for (let i = 0; i < targets; i++) tracked += rng.next() < share ? 1 : 0;
	/* Guesses among the discs that are not tracked. */
	let hits = tracked;
	for (let g = 0; g < targets - tracked; g++) hits += rng.next() < (targets - hits) / (discs - tracked - g) ? 1 : 0;
	return { response: `hits-${hits}`, rt_ms: Math.max(400, targets * 700 * Math.exp(0.25 * rng.normal())) };
}
