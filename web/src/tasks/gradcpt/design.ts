/** A stream of pictures, few of them mountains, none twice in a row. */
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";
import type { Kind, Scene } from "./scenes";

export interface Fading {
	scene: Scene;
	/** What it fades in over and what fades in over it; null: nothing. */
	previous: Scene | null;
	next: Scene | null;
}

/** Pictures of a kind. */
export const SCENES = 10;

function stream(n: number, share: number, rng: Rng): Scene[] {
	const mountains = Math.round(n * share);
	const kinds = rng.shuffle(Array.from({ length: n }, (_, i): Kind => (i < mountains ? "mountain" : "city")));
	let last: Scene | null = null;
	return kinds.map((kind) => {
		/* Of the pictures of its kind, any but the one just shown. */
		const same = last !== null && last.kind === kind ? last.index : null;
		const step = rng.below(same === null ? SCENES : SCENES - 1);
		const index: number = same === null ? step : (same + 1 + step) % SCENES;
		last = { kind, index };
		return last;
	});
}

function trial(scene: Scene, previous: Scene | null, next: Scene | null): TrialSpec<Fading> {
	const city = scene.kind === "city";
	return { condition: scene.kind, answer: city ? "press" : null, stimulus: { scene, previous, next } };
}

export function design(seed: number, p: Parameters, _def: Definition): Design<Fading> {
	const share = numberOf(p, "mountain_percent") / 100;
	const block = numberOf(p, "block_trials");
	const scenes = stream(numberOf(p, "trials"), share, makeRng(seed));
	const test = scenes.map((scene, i) => {
		const previous = i % block === 0 ? null : (scenes[i - 1] ?? null);
		const next = (i + 1) % block === 0 ? null : (scenes[i + 1] ?? null);
		return trial(scene, previous, next);
	});
	/* Alone, as feedback comes between; more mountains than later, so that some come. */
	const own = stream(numberOf(p, "practice_trials"), Math.max(share, 0.3), makeRng(seed ^ 0x5eed));
	return { practice: own.map((scene) => trial(scene, null, null)), test };
}
