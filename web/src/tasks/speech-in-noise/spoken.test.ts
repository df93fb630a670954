/* The files that espeak-ng spoke: levels, spectrum, and that nothing is louder than full scale. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rms } from "./mix";

function samplesOf(path: string): Float64Array {
	const bytes = readFileSync(path);
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	return Float64Array.from({ length: (bytes.length - 44) / 2 }, (_, i) => view.getInt16(44 + 2 * i, true) / 32768);
}

const decibels = (ratio: number) => 20 * Math.log10(ratio);

test("every language of the client is spoken", () => {
	assert.deepEqual(Object.keys(SPEECH).sort(), ["ar", "en", "es", "zh-Hans"]);
});

for (const [language, { file, rate, digits, noise }] of Object.entries(SPEECH)) {
	test(`digits and babble in ${language} have one level and room above it`, () => {
		const x = samplesOf(file);
		const babble = x.subarray(noise[0], noise[0] + noise[1]);
		const level = rms(babble);
		assert.equal(digits.length, 10);
		assert.ok(noise[1] / rate > 8);
		const greatest = (part: Float64Array) => part.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
		for (const [d, [at, n]] of digits.entries()) {
			const digit = x.subarray(at, at + n);
			/* Samples are rounded to 16 bits, a hundredth of the tolerance. */
			assert.ok(Math.abs(decibels(rms(digit) / level)) < 0.01, `${d}: ${decibels(rms(digit) / level)} dB`);
			assert.ok(n / rate > 0.15 && n / rate < 1.2, `${d}: ${n / rate} s`);
			assert.ok(10 ** (10 / 20) * greatest(digit) + greatest(babble) < 1, `${d} at 10 dB is beyond full scale`);
		}
	});

	test(`the babble in ${language} is steady, and no voice stands out`, () => {
		const x = samplesOf(file);
		const babble = x.subarray(noise[0], noise[0] + noise[1]);
		/* Two seconds, about as long as three digits: the level is nearly that of all. */
		for (let at = 0; at + 2 * rate <= babble.length; at += rate / 2) {
			const off = decibels(rms(babble.subarray(at, at + 2 * rate)) / rms(babble));
			assert.ok(Math.abs(off) < 2, `${off} dB at ${at / rate} s`);
		}
	});
}
