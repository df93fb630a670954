/**
 * Shows steps in step with the display and measures what was really shown.
 *
 * A step drawn in the frame callback of time t becomes visible at the next frame, so its
 * onset is the NEXT callback's timestamp; its duration is counted from the revealing
 * callback, because the step after it is delayed by the same frame. All times are on the
 * clock of performance.now(), in milliseconds.
 */
export interface Step {
	draw: () => void;
	/** null: until the answer or the deadline. */
	duration_ms: number | null;
	/** The step whose onset starts the reaction time. */
	target?: boolean;
	/**
	 * Starts a sound, called in the frame that draws the step; answers its onset at the ear,
	 * on the clock of performance.now(). With it a target's onset is that of the sound.
	 */
	sound?: () => number;
}

export interface Shown {
	/** Timestamp of the callback that drew the target. */
	revealed: number | null;
	/** Timestamp of the first frame with the target on screen, or the onset of its sound. */
	onset: number | null;
	frames_dropped: number;
	/** What each finished timed step really lasted. */
	lasted_ms: number[];
	finished: boolean;
}

/** One presentation, fed with frame timestamps; it draws through its steps. */
export class Sequence {
	readonly shown: Shown = {
		revealed: null,
		onset: null,
		frames_dropped: 0,
		lasted_ms: [],
		finished: false,
	};
	private at = -1;
	private since = 0;
	private previous: number | null = null;

	constructor(
		private readonly steps: readonly Step[],
		private readonly frame_ms: number,
	) {}

	frame(t: number): void {
		const shown = this.shown;
		if (shown.finished) return;
		if (this.previous !== null) {
			const frames = Math.round((t - this.previous) / this.frame_ms);
			shown.frames_dropped += Math.max(0, frames - 1);
		}
		this.previous = t;
		if (shown.revealed !== null && shown.onset === null) shown.onset = t;

		if (this.at >= 0) {
			const duration = this.steps[this.at]?.duration_ms ?? null;
			/* Half a frame early is the nearest frame to the wished duration. */
			if (duration === null || t - this.since < duration - this.frame_ms / 2) return;
			shown.lasted_ms.push(t - this.since);
		}
		const step = this.steps[++this.at];
		if (step === undefined) {
			shown.finished = true;
			return;
		}
		this.since = t;
		step.draw();
		const heard = step.sound?.() ?? null;
		if (step.target === true) {
			shown.revealed = t;
			shown.onset = heard;
		}
	}
}

/** Calls back in every frame until the callback answers false. */
export function everyFrame(callback: (t: number) => boolean): void {
	const tick = (t: number) => {
		if (callback(t)) requestAnimationFrame(tick);
	};
	requestAnimationFrame(tick);
}

/** The display's refresh interval: the median of frame gaps, in ms. */
export function refreshInterval(stamps: readonly number[]): number {
	const gaps: number[] = [];
	for (let i = 1; i < stamps.length; i++) gaps.push((stamps[i] as number) - (stamps[i - 1] as number));
	const sane = gaps.filter((g) => g > 1 && g < 100).sort((x, y) => x - y);
	return sane.length === 0 ? 1000 / 60 : (sane[sane.length >> 1] as number);
}

export function measureRefresh(frames = 45): Promise<number> {
	return new Promise((resolve) => {
		const stamps: number[] = [];
		/* A hidden page gets no frames; the usual display is the best guess then. */
		const giveUp = setTimeout(() => resolve(refreshInterval(stamps)), 3000);
		everyFrame((t) => {
			stamps.push(t);
			if (stamps.length <= frames) return true;
			clearTimeout(giveUp);
			resolve(refreshInterval(stamps));
			return false;
		});
	});
}
