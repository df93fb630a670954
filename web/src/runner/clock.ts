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
	/**
	 * Called in every frame after the one of draw(), while the step is up, with the time
	 * since that frame: what it draws is seen so long after the step's onset.
	 */
	animate?: (elapsed_ms: number) => void;
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
			if (duration === null || t - this.since < duration - this.frame_ms / 2) {
				this.steps[this.at]?.animate?.(t - this.since);
				return;
			}
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

/**
 * Lets what follows a presentation begin in the very frame that ended it, so that trial
 * after trial no frame is lost between them.
 *
 * A promise's reactions run before the browser does anything else, thus still in the frame
 * whose callback resolved it. `now` is that frame's timestamp for as long, which a
 * countdown through the queue of reactions measures; as soon as something else is waited
 * for, as the disk, the moment is over and the next presentation begins in a later frame.
 */
export class FrameMoment {
	now: number | null = null;
	private moments = 0;

	/** Calls back in every frame, from this one on if it is still open, until false. */
	everyFrame(callback: (t: number) => boolean): void {
		const tick = (t: number): boolean => {
			this.now = null;
			const more = callback(t);
			if (!more) this.open(t);
			return more;
		};
		if (this.now === null || tick(this.now)) everyFrame(tick);
	}

	private open(t: number): void {
		this.now = t;
		const mine = ++this.moments;
		let left = REACTIONS;
		const countdown = () => {
			if (this.now === null || this.moments !== mine) return;
			if (--left > 0) queueMicrotask(countdown);
			else this.now = null;
		};
		queueMicrotask(countdown);
	}
}

/** Many times what lies between two trials; too few would only cost a frame. */
const REACTIONS = 500;

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
