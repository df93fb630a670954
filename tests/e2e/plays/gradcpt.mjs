// Gradual onset: once a picture has come through for the most part, a press if it is a city.
import assert from "node:assert/strict";
import { taskOf } from "./task.mjs";

export const shortened = { trials: 8, mountain_percent: 25, practice_trials: 1, image_ms: 1000, feedback_ms: 100 };
export const trials = 8;
export const keys = { press: "Space" };

export const begin = () => {
	let judged = null;
	return (items) => {
		const scene = items.filter((i) => i.image !== undefined).at(-1);
		if (scene === undefined || scene.alpha < 0.6 || scene.image === judged) return null;
		judged = scene.image;
		return { response: scene.image.startsWith("city") ? "press" : null };
	};
};

/* The pictures follow each other without a lost frame. */
export const check = ({ stored }) => {
	assert.equal(stored.filter((t) => t.condition === "mountain").length, 2);
	for (const t of stored.filter((t) => t.rt_ms !== null)) assert.ok(t.rt_ms >= 400 && t.rt_ms <= 1400, `${t.rt_ms} ms`);
	const gaps = stored.slice(1).map((t, i) => t.onset_ms - stored[i].onset_ms);
	const off = gaps.filter((gap, i) => Math.abs(gap - 1000) > 1 && stored[i].detail.frames_dropped === 0 && stored[i + 1].detail.frames_dropped === 0);
	assert.deepEqual(off, [], "pictures of another length than 1000 ms");
};

/* The first picture of all comes out of nothing, up to where its window begins. */
export const exposures = ({ seq }) => {
	const { boundary } = taskOf("gradcpt").stimuli;
	return [...(seq === 0 ? [boundary * shortened.image_ms] : []), shortened.image_ms];
};
