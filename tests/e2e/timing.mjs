// How well what was stored agrees with what was drawn, in frames.

/* The session's clock starts anywhere: one offset is allowed, the same for all trials. */
function agreeing(onsets, shown) {
	const near = (t) => {
		let low = 0, high = shown.length - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (shown[middle] < t) low = middle + 1;
			else high = middle;
		}
		return Math.min(Math.abs(shown[low] - t), low > 0 ? Math.abs(shown[low - 1] - t) : Infinity);
	};
	let best = 0;
	for (const candidate of shown) {
		const offset = onsets[0] - candidate;
		best = Math.max(best, onsets.filter((o) => near(o - offset) < 0.05).length);
		if (best === onsets.length) break;
	}
	return best;
}

/**
 * Of the stored onsets, how many are the timestamp of the first frame after a frame in which
 * the test's own recorder saw something drawn. Tasks that are heard have no such onsets.
 */
export async function onsetsAgreeing(page, stored) {
	const onsets = stored.filter((t) => t.onset_ms !== null && t.detail.sound === undefined).map((t) => t.onset_ms);
	if (onsets.length === 0) return { agree: 0, of: 0 };
	const shown = await page.evaluate(() => {
		const { frames, drawings } = globalThis.seen;
		const drawn = [...new Set(drawings.map((d) => d.frame))].filter((f) => f !== null);
		let i = 0;
		return drawn.map((f) => {
			while (i < frames.length && frames[i] <= f + 0.01) i++;
			return frames[i] ?? null;
		}).filter((f) => f !== null);
	});
	return { agree: agreeing(onsets, shown), of: onsets.length };
}

/**
 * What steps lasted against what they should, in trials that lost no frame: how many of how
 * many are off by a frame or more. `wished(trial)` lists ms as detail.shown_ms does; null: any.
 */
export function exposuresOff(stored, wished) {
	let off = 0, of = 0;
	for (const t of stored.filter((t) => t.detail.frames_dropped === 0)) {
		const { frame_ms, shown_ms } = t.detail;
		for (const [i, ms] of wished(t).entries()) {
			if (ms === null) continue;
			of++;
			if (Math.round(shown_ms[i] / frame_ms) !== Math.max(1, Math.round(ms / frame_ms))) off++;
		}
	}
	return { off, of };
}
