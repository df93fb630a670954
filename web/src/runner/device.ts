/**
 * The device's timing profile, stored with the session: what bears on timing and layout.
 * No user agent string and nothing that would tell one person's device from another's.
 */

/** Smallest step of performance.now(), in microseconds. */
function clockStep(): number {
	let best = Infinity;
	const end = performance.now() + 5;
	for (let last = performance.now(); last < end; ) {
		const now = performance.now();
		if (now > last) best = Math.min(best, now - last);
		last = now;
	}
	return Math.round(best * 1000);
}

export function deviceProfile(refresh_ms: number): Record<string, unknown> {
	const matches = (query: string) => matchMedia(query).matches;
	return {
		refresh_ms: Math.round(refresh_ms * 1000) / 1000,
		clock_step_us: clockStep(),
		isolated: crossOriginIsolated,
		pixel_ratio: Math.round(devicePixelRatio * 100) / 100,
		screen: [screen.width, screen.height],
		window: [innerWidth, innerHeight],
		pointers: ["fine", "coarse"].filter((kind) => matches(`(any-pointer: ${kind})`)),
		touch_points: navigator.maxTouchPoints,
		hover: matches("(any-hover: hover)"),
		reduced_motion: matches("(prefers-reduced-motion: reduce)"),
	};
}

/** From this share of trials that lost frames on, a session's display was not good enough. */
const LOW_FROM = 0.2;

/**
 * How well the display kept up, over a session's trials. `low` warns whoever reads short
 * exposures and response times; no trial is left out for it by this alone.
 */
export function displayQuality({ trials, dropped }: { trials: number; dropped: number }): Record<string, unknown> {
	return { trials, frames_dropped: dropped, low: trials > 0 && dropped / trials >= LOW_FROM };
}
