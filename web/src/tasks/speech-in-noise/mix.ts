/**
 * Three spoken digits in a babble of voices: the babble always at one level, the digits
 * above or below it by the signal-to-noise ratio.
 */
import type { Sound } from "../../runner/audio";

export interface Bank {
	/** By digit, 0 to 9. */
	digits: readonly AudioBuffer[];
	/** Goes round without a seam. */
	babble: AudioBuffer;
}

export type Index = (typeof SPEECH)[string];

/** How long there is only babble, before the first digit and after the last. */
export interface Around {
	lead_ms: number;
	tail_ms: number;
}

/** Between two digits. */
export const PAUSE_MS = 150;
/** The babble's raised-cosine ramps, within those times. */
const RAMP_MS = 50;

/** Cuts the decoded file into its parts. */
export function bankOf(context: BaseAudioContext, whole: AudioBuffer, index: Index): Bank {
	/* Decoding brings the file to the context's rate. */
	const scale = whole.sampleRate / index.rate;
	const samples = whole.getChannelData(0);
	const part = ([at, n]: readonly [number, number]) => {
		const buffer = context.createBuffer(1, Math.floor(n * scale), whole.sampleRate);
		const from = Math.round(at * scale);
		buffer.copyToChannel(samples.slice(from, from + buffer.length), 0);
		return buffer;
	};
	return { digits: index.digits.map(part), babble: part(index.noise) };
}

export async function decodeBank(context: BaseAudioContext, bytes: ArrayBuffer, index: Index): Promise<Bank> {
	return bankOf(context, await context.decodeAudioData(bytes), index);
}

export function rms(samples: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2;
	return Math.sqrt(sum / Math.max(1, samples.length));
}

/** When each digit starts, from the beginning of the babble, and when all ends; seconds. */
export function times(bank: Bank, digits: readonly number[], around: Around): { starts: number[]; first: number; last: number; end: number } {
	let at = around.lead_ms / 1000;
	const starts = digits.map((d) => {
		const start = at;
		at += (bank.digits[d] as AudioBuffer).duration + PAUSE_MS / 1000;
		return start;
	});
	const last = at - PAUSE_MS / 1000;
	return { starts, first: around.lead_ms / 1000, last, end: last + around.tail_ms / 1000 };
}

/** RMS of the babble from `from_s` to `to_s`, when it starts at `offset_s` of its round. */
function babbleLevel({ babble }: Bank, offset_s: number, from_s: number, to_s: number): number {
	const x = babble.getChannelData(0);
	const at = (s: number) => Math.round((offset_s + s) * babble.sampleRate);
	let sum = 0;
	for (let i = at(from_s); i < at(to_s); i++) sum += (x[i % x.length] as number) ** 2;
	return Math.sqrt(sum / Math.max(1, at(to_s) - at(from_s)));
}

/**
 * `snr_db`: RMS of each digit over that of the babble while the digits are spoken, which
 * is measured, as a stretch of babble is a little louder or softer than all of it.
 * `place`, 0 to 1: where in its round the babble starts.
 */
export function triplet(bank: Bank, digits: readonly number[], snr_db: number, place: number, around: Around): Sound {
	return (context, out, at_s) => {
		const { starts, first, last, end } = times(bank, digits, around);
		const offset_s = place * bank.babble.duration;
		const noise = context.createBufferSource();
		noise.buffer = bank.babble;
		noise.loop = true;
		const envelope = context.createGain();
		const curve = Float32Array.from({ length: 65 }, (_, i) => (1 - Math.cos((Math.PI * i) / 64)) / 2);
		envelope.gain.setValueAtTime(0, 0);
		envelope.gain.setValueCurveAtTime(curve, at_s, RAMP_MS / 1000);
		envelope.gain.setValueCurveAtTime(curve.slice().reverse(), at_s + end - RAMP_MS / 1000, RAMP_MS / 1000);
		noise.connect(envelope).connect(out);
		noise.start(at_s, offset_s);
		noise.stop(at_s + end);

		const babble = babbleLevel(bank, offset_s, first, last);
		const voices = digits.map((digit, i) => {
			const buffer = bank.digits[digit] as AudioBuffer;
			const voice = context.createBufferSource();
			voice.buffer = buffer;
			const gain = context.createGain();
			gain.gain.value = (10 ** (snr_db / 20) * babble) / rms(buffer.getChannelData(0));
			voice.connect(gain).connect(out);
			voice.start(at_s + (starts[i] as number));
			return voice;
		});
		return { end_s: at_s + end, stop: () => [noise, ...voices].forEach((source) => source.stop()) };
	};
}
