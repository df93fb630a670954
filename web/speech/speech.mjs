/*
 * The sounds of speech in noise, one WAV file a language: the digits 0 to 9 spoken one by
 * one, all of the same level, and a babble of many voices with the long-term spectrum of
 * those digits, which goes round without a seam. Made by espeak-ng (Debian: espeak-ng)
 * when the client is built, so that nobody's recordings are needed and anybody can make
 * them again; the same version of espeak-ng makes the same bytes.
 *
 *   node speech/speech.mjs FOLDER    writes speech-LANGUAGE.wav and prints their figures
 */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decibels, fadeEnds, readWav, resample, rms, shapeLike, spectrum, thirdOctaves, trim, writeWav } from "./signal.mjs";
import { sentences } from "./sentences.mjs";

export const RATE = 16000;
/** RMS of every digit and of the babble. Room for a speech level 10 dB above. */
export const LEVEL = 10 ** (-30 / 20);
/** 2^17 samples, 8.2 s. */
const BABBLE = 1 << 17;
const SILENCE = RATE / 50;

const VOICES = { en: "en", "zh-Hans": "cmn", es: "es", ar: "ar" };
export const LANGUAGES = Object.keys(VOICES);
/* Women and men, each at a pitch and a pace of their own. */
const VARIANTS = ["f1", "m1", "f2", "m2", "f3", "m3", "f4", "m4", "f5", "m5", "m6", "m7", "f2", "m1", "f4", "m3"];

const run = promisify(execFile);

async function say(language, text, { variant = null, pitch = 50, pace = 150 } = {}) {
	const voice = VOICES[language] + (variant === null ? "" : `+${variant}`);
	let result;
	try {
		const args = ["-v", voice, "-p", String(pitch), "-s", String(pace), "--stdout", text];
		result = await run("espeak-ng", args, { encoding: "buffer", maxBuffer: 1 << 26 });
	} catch (err) {
		if (err.code === "ENOENT") throw new Error("espeak-ng was not found (Debian: espeak-ng)");
		throw err;
	}
	const { rate, samples } = readWav(result.stdout);
	return resample(samples, rate, RATE);
}

/** Scales to LEVEL. */
const levelled = (samples) => {
	const gain = LEVEL / rms(samples);
	return samples.map((x) => x * gain);
};

async function digit(language, number) {
	const spoken = trim(await say(language, String(number), { pace: 140 }), RATE);
	fadeEnds(spoken, RATE / 200);
	return levelled(spoken);
}

/** Every voice reads all sentences round and round, from another place in the circle. */
async function babble(language, model) {
	const sum = new Float64Array(BABBLE);
	for (const [v, variant] of VARIANTS.entries()) {
		const texts = sentences[language].map((_, i, all) => all[(i + v) % all.length]);
		const read = { variant, pitch: 35 + ((v * 13) % 31), pace: 150 + ((v * 17) % 40) };
		const voice = levelled(await say(language, texts.join(" "), read));
		const start = Math.floor((v * BABBLE) / VARIANTS.length);
		for (let i = 0; i < BABBLE; i++) sum[(start + i) % BABBLE] += voice[i % voice.length];
	}
	return levelled(shapeLike(sum, model, RATE));
}

/**
 * The file of a language, where in it what is, in samples, and how far the babble's
 * spectrum is from the digits' in any third of an octave from 200 Hz to 6.3 kHz, in dB.
 */
export async function makeSpeech(language) {
	const digits = [];
	for (let number = 0; number <= 9; number++) digits.push(await digit(language, number));
	const together = Float64Array.from(digits.flatMap((d) => [...d]));
	const model = spectrum(together);
	const noise = await babble(language, model);

	const parts = [];
	const places = digits.map((d) => {
		const at = parts.reduce((n, p) => n + p.length, 0);
		parts.push(d, new Float64Array(SILENCE));
		return [at, d.length];
	});
	const at = parts.reduce((n, p) => n + p.length, 0);
	parts.push(noise);
	const samples = Float64Array.from(parts.flatMap((p) => [...p]));

	const want = thirdOctaves(model, RATE);
	const have = thirdOctaves(spectrum(noise), RATE);
	const off = want
		.map(({ hz, power }, i) => ({ hz, off: decibels(Math.sqrt(have[i].power / power)) }))
		.filter(({ hz }) => hz >= 200 && hz <= 6300);
	return {
		wav: writeWav(samples, RATE),
		index: { rate: RATE, digits: places, noise: [at, noise.length] },
		spectrum_off_db: Math.max(...off.map((o) => Math.abs(o.off))),
		peak_db: decibels(samples.reduce((m, x) => Math.max(m, Math.abs(x)), 0)),
	};
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const folder = resolve(process.argv[2] ?? ".");
	await mkdir(folder, { recursive: true });
	for (const language of LANGUAGES) {
		const { wav, index, spectrum_off_db, peak_db } = await makeSpeech(language);
		await writeFile(join(folder, `speech-${language}.wav`), wav);
		const longest = Math.max(...index.digits.map(([, n]) => n)) / RATE;
		console.log(
			`${language}: ${(wav.length / 1024).toFixed(0)} KB, longest digit ${longest.toFixed(2)} s, peak ${peak_db.toFixed(1)} dBFS, ` +
				`babble's spectrum off by ${spectrum_off_db.toFixed(1)} dB at most`,
		);
	}
}
