/**
 * Sound on the audio clock, told on the clock of performance.now().
 *
 * A sound is scheduled ahead on the audio context's own clock, so its onset and the time
 * between two onsets are exact to a sample, however busy the page is. When a sample is
 * heard is the context's word (getOutputTimestamp(), or currentTime and outputLatency);
 * a page cannot measure it. What the word rests on is recorded with every trial. Wireless
 * headphones often add 100 to 300 ms that no browser tells of.
 *
 * Browsers start a context only in a press: call unlock() in the handler of every press.
 */

/** Where the known latency of the output comes from, best first. */
export type LatencySource = "output_timestamp" | "output_latency" | "base_latency" | "none";

/** A moment on both clocks: the sample of context_s leaves the device at performance_ms. */
export interface Reading {
	context_s: number;
	performance_ms: number;
	source: LatencySource;
}

/** As much of an audio context as tells the time. */
export type AudioTime = Pick<AudioContext, "currentTime" | "getOutputTimestamp"> &
	Partial<Pick<AudioContext, "outputLatency" | "baseLatency">>;

/** A stamp older than this is of a device that stopped, or of a browser that errs. */
const STAMP_AGE_MS = 1000;

/** `now_ms`: performance.now(), at the moment of the call. */
export function readClock(context: AudioTime, now_ms: number): Reading {
	const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() ?? {};
	const sane =
		contextTime > 0 &&
		contextTime <= context.currentTime + 0.1 &&
		performanceTime > 0 &&
		Math.abs(now_ms - performanceTime) < STAMP_AGE_MS;
	if (sane) return { context_s: contextTime, performance_ms: performanceTime, source: "output_timestamp" };
	const by = (latency_s: number, source: LatencySource): Reading => ({
		context_s: context.currentTime,
		performance_ms: now_ms + 1000 * latency_s,
		source,
	});
	if ((context.outputLatency ?? 0) > 0) return by(context.outputLatency as number, "output_latency");
	if ((context.baseLatency ?? 0) > 0) return by(context.baseLatency as number, "base_latency");
	return by(0, "none");
}

/** When the sample of the audio clock's `at_s` is heard, on the clock of performance.now(). */
export function heardAt(at_s: number, reading: Reading): number {
	return reading.performance_ms + 1000 * (at_s - reading.context_s);
}

/**
 * A sound: connects its nodes to `out`, starts them at `at_s` and answers when it ends, on
 * the same clock. It works on an OfflineAudioContext too, where tests look at its samples.
 */
export type Sound = (context: BaseAudioContext, out: AudioNode, at_s: number) => { end_s: number; stop: () => void };

/** What a trial says of its sound in its detail. */
export interface SoundDetail {
	latency: LatencySource;
	/** From the audio clock's now to the ear, as the browser tells it. */
	latency_ms: number;
	/** From the sound before this one; null for the first after a break. */
	soa_ms: number | null;
	/** How much later than foretold it was heard; set by require(). */
	slip_ms?: number;
}

export interface Playing {
	/** On the audio clock. */
	at_s: number;
	end_s: number;
	/** Its onset at the ear, on the clock of performance.now(), as foretold when it was scheduled. */
	onset_ms: number;
	/** The same by the clocks as they stood once it had begun; null before. */
	heard_ms: number | null;
	detail: SoundDetail;
	stop: () => void;
}

/** The sound of a trial did not reach the device: the trial says nothing of the person. */
export class SoundLost extends Error {
	override readonly name = "SoundLost";
}

/** Enough for the audio thread of a slow phone to see what was scheduled. */
const LEAD_S = 0.06;
/** After a break nothing is heard for so long; a sound that is less late than LATE_S follows at once. */
const REST_S = 0.6;
const LATE_S = 0.25;

/** A device may stand still for some buffers; its clock is not asked more often than this. */
const FOLLOW_MS = 4;

interface SafariSession {
	audioSession?: { type: string };
}

export class AudioOut {
	readonly context = new AudioContext({ latencyHint: "interactive" });
	/** Called when sound stops while it should run. */
	onLost: () => void = () => {};
	private readonly out: GainNode;
	private started = false;
	private last: Playing | null = null;

	constructor() {
		this.out = this.context.createGain();
		this.out.connect(this.context.destination);
		/* Safari: sound in spite of the mute switch, as a task without sound is none. */
		const { audioSession } = navigator as SafariSession;
		if (audioSession !== undefined) audioSession.type = "playback";
		this.context.addEventListener("statechange", () => {
			if (this.context.state !== "running") this.lose();
		});
		/* Browsers go on with another device when one is unplugged: the context notices nothing. */
		navigator.mediaDevices?.addEventListener("devicechange", this.lose);
	}

	private readonly lose = (): void => {
		if (!this.started) return;
		this.last = null;
		this.onLost();
	};

	/** To be called in the handler of a press; harmless when sound runs already. */
	unlock(): void {
		this.started = true;
		if (this.context.state !== "running") void this.context.resume().catch(() => {});
	}

	/** Resolves when the context runs; rejects with SoundLost when it does not in time. */
	async running(patience_ms = 3000): Promise<void> {
		const end = performance.now() + patience_ms;
		while (this.context.state !== "running") {
			if (performance.now() > end) throw new SoundLost(`the audio context is ${this.context.state}`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}

	async close(): Promise<void> {
		this.started = false;
		navigator.mediaDevices?.removeEventListener("devicechange", this.lose);
		if (this.context.state !== "closed") await this.context.close();
	}

	/**
	 * Schedules a sound `soa_ms` after the onset of the last one; as soon as it can when
	 * there was none, or when that is over. Throws SoundLost when nothing would be heard.
	 */
	play(sound: Sound, soa_ms: number | null = null): Playing {
		if (this.context.state !== "running") throw new SoundLost(`the audio context is ${this.context.state}`);
		const now_s = this.context.currentTime;
		const wanted_s = this.last === null || soa_ms === null ? -Infinity : this.last.at_s + soa_ms / 1000;
		const soonest_s = now_s + LEAD_S;
		const follows = wanted_s >= soonest_s - LATE_S;
		const at_s = follows ? Math.max(wanted_s, soonest_s) : soa_ms === null ? soonest_s : now_s + REST_S;
		const { end_s, stop } = sound(this.context, this.out, at_s);
		const reading = readClock(this.context, performance.now());
		const playing: Playing = {
			at_s,
			end_s,
			onset_ms: heardAt(at_s, reading),
			heard_ms: null,
			detail: {
				latency: reading.source,
				latency_ms: Math.round(10 * (heardAt(now_s, reading) - performance.now())) / 10,
				soa_ms: follows && this.last !== null ? Math.round(10_000 * (at_s - this.last.at_s)) / 10 : null,
			},
			stop,
		};
		this.last = playing;
		this.follow(playing);
		return playing;
	}

	/**
	 * Reads the clocks again when a sound has begun: a device that falls behind after the
	 * scheduling moves what is heard, which nothing can foretell.
	 */
	private follow(playing: Playing): void {
		if (this.context.state !== "running" || this.last !== playing || playing.heard_ms !== null) return;
		const reading = readClock(this.context, performance.now());
		const ahead_s = playing.at_s - reading.context_s;
		if (ahead_s > 0) setTimeout(() => this.follow(playing), Math.max(FOLLOW_MS, 1000 * ahead_s));
		else playing.heard_ms = heardAt(playing.at_s, reading);
	}

	/** Throws SoundLost unless a sound was played to its end: a lost device stops the context's clock. */
	require(playing: Playing): void {
		if (this.context.state === "running" && this.last === playing && this.context.currentTime > playing.end_s) {
			this.follow(playing);
			playing.detail.slip_ms = Math.round(10 * ((playing.heard_ms ?? playing.onset_ms) - playing.onset_ms)) / 10;
			return;
		}
		playing.stop();
		this.last = null;
		throw new SoundLost("the sound stopped");
	}

	/** For the device's profile: rates and latencies as the browser tells them, nothing of the person. */
	profile(): Record<string, unknown> {
		const ms = (s: number | undefined) => (s === undefined ? null : Math.round(10_000 * s) / 10);
		const { sampleRate, baseLatency, outputLatency, destination } = this.context;
		return {
			sample_rate: sampleRate,
			channels: destination.maxChannelCount,
			base_latency_ms: ms(baseLatency),
			output_latency_ms: ms(outputLatency),
			latency: readClock(this.context, performance.now()).source,
		};
	}
}

/**
 * What came of a trial whose time zero is a sound, counted from when that was heard instead
 * of when it was foretold. An answer between the two counts as one at once: whoever excludes
 * fast answers excludes it.
 */
export function fromHeard<O extends { onset: number | null; rt_ms: number | null }>(outcome: O, playing: Playing): O {
	if (outcome.onset === null || playing.heard_ms === null) return outcome;
	const slip_ms = playing.heard_ms - playing.onset_ms;
	const rt_ms = outcome.rt_ms === null ? null : Math.max(0, outcome.rt_ms - slip_ms);
	return { ...outcome, onset: outcome.onset + slip_ms, rt_ms };
}

export interface Tone {
	hz: number;
	duration_ms: number;
	/** Raised cosine at either end, within the duration. */
	ramp_ms: number;
	/** Amplitude, 1 being the device's greatest, and its sign in the left and right channel. */
	amplitude: number;
	signs?: readonly [number, number];
}

/** The samples of a tone in one channel. */
export function toneSamples(tone: Tone, rate: number): Float32Array<ArrayBuffer> {
	const n = Math.round((tone.duration_ms * rate) / 1000);
	const ramp = Math.min((tone.ramp_ms * rate) / 1000, n / 2);
	return Float32Array.from({ length: n }, (_, i) => {
		const edge = Math.min(i + 0.5, n - i - 0.5);
		const envelope = edge < ramp ? (1 - Math.cos((Math.PI * edge) / ramp)) / 2 : 1;
		return tone.amplitude * envelope * Math.sin((2 * Math.PI * tone.hz * i) / rate);
	});
}

export function tone(t: Tone): Sound {
	return (context, out, at_s) => {
		const samples = toneSamples(t, context.sampleRate);
		const buffer = context.createBuffer(2, samples.length, context.sampleRate);
		for (const channel of [0, 1]) {
			const sign = t.signs?.[channel] ?? 1;
			buffer.copyToChannel(samples.map((x) => sign * x), channel);
		}
		const source = context.createBufferSource();
		source.buffer = buffer;
		source.connect(out);
		source.start(at_s);
		return { end_s: at_s + buffer.duration, stop: () => source.stop() };
	};
}

/** Sounds one after another, `gap_ms` of silence between them. */
export function inTurn(sounds: readonly Sound[], gap_ms: number): Sound {
	return (context, out, at_s) => {
		let next_s = at_s;
		let end_s = at_s;
		const stops = sounds.map((sound) => {
			const played = sound(context, out, next_s);
			end_s = played.end_s;
			next_s = end_s + gap_ms / 1000;
			return played.stop;
		});
		return { end_s, stop: () => stops.forEach((stop) => stop()) };
	};
}
