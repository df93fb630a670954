/**
 * Which scores are not drawn as a person's change over time, and what is drawn instead.
 *
 * A difference of two means keeps the noise of both and loses what they share, so within
 * people it is unreliable even where the effect itself is large and certain (Hedge, Powell
 * and Sumner 2018, Behav Res Methods 50: retest reliability of such effects is mostly .0 to
 * .6). Slopes over set sizes are such differences too. Groups are compared by them; a
 * person is shown the speed and the accuracy that they come from.
 */
import type { Definition, ScoreText } from "../tasks/definition";

const SUFFIXES = ["_effect", "_cost", "_costs", "_slope", "_depth", "_difference", "_benefit"];
const NAMES = new Set(["alerting", "orienting", "conflict", "interference", "facilitation", "slope_ratio", "blink", "blink_magnitude"]);

export function isDifference(score: string): boolean {
	return NAMES.has(score) || SUFFIXES.some((s) => score.endsWith(s));
}

/** Scores to draw for a task: its primary one, or speed and accuracy. */
export function drawnScores(definition: Definition): ScoreText[] {
	const primary = definition.scores.find((s) => s.primary === true) ?? definition.scores[0];
	if (primary === undefined) return [];
	if (!isDifference(primary.name)) return [primary];
	const steady = definition.scores.filter((s) => !isDifference(s.name));
	const named = (...names: string[]) => names.map((n) => steady.find((s) => s.name === n)).find((s) => s !== undefined);
	const speed =
		named("rt_mean", "rt_median", "rt_congruent") ?? steady.find((s) => s.unit === "ms" && s.direction === "lower");
	const accuracy = named("accuracy", "d_prime") ?? steady.find((s) => s.unit === "proportion");
	return [speed, accuracy].filter((s) => s !== undefined);
}
