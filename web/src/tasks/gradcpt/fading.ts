/**
 * Which pictures are seen how strongly during a picture's window, and whose a press is.
 *
 * A picture fades in for a picture's length while the one before fades out. Its window
 * begins where it has reached `boundary` of its full strength and ends where the next one
 * has; both lie a picture's length apart, so every press falls into exactly one window.
 */
export interface Mixture {
	from: "previous" | "scene";
	to: "scene" | "next";
	/** Strength of `to`; `from` has the rest. */
	share: number;
}

/** `elapsed` of the window, both in picture lengths. */
export function mixtureAt(elapsed: number, boundary: number): Mixture {
	const share = boundary + elapsed;
	return share <= 1
		? { from: "previous", to: "scene", share }
		: { from: "scene", to: "next", share: Math.min(1, share - 1) };
}
