/* Signals as Float64Array, 1 being full scale: what speech.mjs needs and no more. */

/** Samples of a 16-bit mono WAV file, and its rate. */
export function readWav(bytes) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const tag = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
	if (tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new Error("not a WAV file");
	let rate = 0;
	for (let at = 12; at + 8 <= bytes.length; ) {
		/* A program that writes to a pipe leaves the size unknown. */
		const size = Math.min(view.getUint32(at + 4, true), bytes.length - at - 8);
		if (tag(at) === "fmt ") {
			if (view.getUint16(at + 8, true) !== 1 || view.getUint16(at + 10, true) !== 1 || view.getUint16(at + 22, true) !== 16)
				throw new Error("not 16-bit mono");
			rate = view.getUint32(at + 12, true);
		}
		if (tag(at) === "data") {
			const samples = new Float64Array(size >> 1);
			for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(at + 8 + 2 * i, true) / 32768;
			return { rate, samples };
		}
		at += 8 + size + (size & 1);
	}
	throw new Error("a WAV file without data");
}

export function writeWav(samples, rate) {
	const bytes = Buffer.alloc(44 + 2 * samples.length);
	bytes.write("RIFF", 0);
	bytes.writeUInt32LE(36 + 2 * samples.length, 4);
	bytes.write("WAVEfmt ", 8);
	bytes.writeUInt32LE(16, 16);
	bytes.writeUInt16LE(1, 20);
	bytes.writeUInt16LE(1, 22);
	bytes.writeUInt32LE(rate, 24);
	bytes.writeUInt32LE(2 * rate, 28);
	bytes.writeUInt16LE(2, 32);
	bytes.writeUInt16LE(16, 34);
	bytes.write("data", 36);
	bytes.writeUInt32LE(2 * samples.length, 40);
	samples.forEach((x, i) => {
		const value = Math.round(32768 * x);
		if (value > 32767 || value < -32768) throw new Error("a sample is beyond full scale");
		bytes.writeInt16LE(value, 44 + 2 * i);
	});
	return bytes;
}

const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));

/** To a lower rate, by a windowed sinc with its edge at 95 % of the new rate's half. */
export function resample(samples, from, to) {
	const shared = gcd(from, to);
	/* Output i lies at i * up / down of the input: one set of weights for each of `down` places. */
	const [up, down] = [from / shared, to / shared];
	const cut = (0.95 * to) / from;
	const half = Math.ceil((32 * from) / to);
	const weights = Array.from({ length: down }, (_, phase) =>
		Float64Array.from({ length: 2 * half }, (_, j) => {
			const x = j - half + 1 - phase / down;
			const sinc = x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x);
			return Math.abs(x) < half ? sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / half)) : 0;
		}),
	);
	const out = new Float64Array(Math.floor((samples.length * to) / from));
	for (let i = 0; i < out.length; i++) {
		const first = Math.floor((i * up) / down) - half + 1;
		const w = weights[(i * up) % down];
		let sum = 0;
		for (let j = Math.max(0, -first); j < w.length && first + j < samples.length; j++) sum += w[j] * samples[first + j];
		out[i] = sum;
	}
	return out;
}

export function rms(samples) {
	return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / Math.max(1, samples.length));
}

export const decibels = (ratio) => 20 * Math.log10(ratio);

/** Without the silence at its ends: what is 40 dB below its loudest 5 ms, but for 10 ms. */
export function trim(samples, rate) {
	const frame = Math.round(rate / 200);
	const levels = [];
	for (let at = 0; at + frame <= samples.length; at += frame) levels.push(rms(samples.subarray(at, at + frame)));
	const limit = Math.max(...levels) / 100;
	const first = levels.findIndex((x) => x > limit);
	const last = levels.findLastIndex((x) => x > limit);
	return samples.slice(Math.max(0, (first - 2) * frame), Math.min(samples.length, (last + 3) * frame));
}

/** In place: raised-cosine ramps of so many samples at both ends. */
export function fadeEnds(samples, n) {
	for (let i = 0; i < n; i++) {
		const gain = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / n);
		samples[i] *= gain;
		samples[samples.length - 1 - i] *= gain;
	}
}

/** In place: the discrete Fourier transform of a power of two of complex numbers. */
export function transform(re, im, inverse = false) {
	const n = re.length;
	for (let i = 1, j = 0; i < n; i++) {
		let bit = n >> 1;
		for (; j & bit; bit >>= 1) j ^= bit;
		j ^= bit;
		if (i < j) {
			[re[i], re[j]] = [re[j], re[i]];
			[im[i], im[j]] = [im[j], im[i]];
		}
	}
	for (let size = 2; size <= n; size <<= 1) {
		const half = size >> 1;
		for (let k = 0; k < half; k++) {
			const angle = ((inverse ? 2 : -2) * Math.PI * k) / size;
			const [c, s] = [Math.cos(angle), Math.sin(angle)];
			for (let a = k; a < n; a += size) {
				const b = a + half;
				const x = re[b] * c - im[b] * s;
				const y = re[b] * s + im[b] * c;
				re[b] = re[a] - x;
				im[b] = im[a] - y;
				re[a] += x;
				im[a] += y;
			}
		}
	}
	if (inverse) {
		for (let i = 0; i < n; i++) {
			re[i] /= n;
			im[i] /= n;
		}
	}
}

export const FRAME = 512;

/** The long-term power spectrum, FRAME / 2 + 1 values: mean over half-overlapped Hann frames. */
export function spectrum(samples) {
	const out = new Float64Array(FRAME / 2 + 1);
	let frames = 0;
	for (let at = 0; at + FRAME <= samples.length; at += FRAME / 2, frames++) {
		const re = Float64Array.from({ length: FRAME }, (_, i) => samples[at + i] * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME)));
		const im = new Float64Array(FRAME);
		transform(re, im);
		for (let k = 0; k < out.length; k++) out[k] += re[k] * re[k] + im[k] * im[k];
	}
	return out.map((x) => x / Math.max(1, frames));
}

/** Mean power in each third of an octave from 100 Hz up to `rate` / 2. */
export function thirdOctaves(power, rate) {
	const out = [];
	for (let centre = 100; centre * 2 ** (1 / 6) < rate / 2; centre *= 2 ** (1 / 3)) {
		const bin = (hz) => (hz * FRAME) / rate;
		const [low, high] = [bin(centre * 2 ** (-1 / 6)), bin(centre * 2 ** (1 / 6))];
		let [sum, width] = [0, 0];
		for (let k = 0; k < power.length; k++) {
			const share = Math.max(0, Math.min(high, k + 0.5) - Math.max(low, k - 0.5));
			sum += share * power[k];
			width += share;
		}
		out.push({ hz: centre, power: sum / width });
	}
	return out;
}

/**
 * A signal that goes round (its end meets its start), filtered so that its long-term
 * spectrum is another's, by thirds of octaves. The length is a power of two.
 */
export function shapeLike(samples, model, rate) {
	const want = thirdOctaves(model, rate);
	const have = thirdOctaves(spectrum(samples), rate);
	const gains = want.map(({ power }, i) => Math.sqrt(power / Math.max(have[i].power, 1e-20)));
	const gainAt = (hz) => {
		/* Straight between the bands' middles on logarithmic axes; below and above them level. */
		const place = Math.min(gains.length - 1, Math.max(0, 3 * Math.log2(Math.max(hz, 1) / want[0].hz)));
		const i = Math.min(gains.length - 2, Math.floor(place));
		return gains[i] ** (1 - (place - i)) * gains[i + 1] ** (place - i);
	};
	const n = samples.length;
	const re = Float64Array.from(samples);
	const im = new Float64Array(n);
	transform(re, im);
	for (let k = 0; k < n; k++) {
		const gain = gainAt((Math.min(k, n - k) * rate) / n);
		re[k] *= gain;
		im[k] *= gain;
	}
	transform(re, im, true);
	return re;
}
