import assert from "node:assert/strict";
import { test } from "node:test";
import { type AudioTime, fromHeard, heardAt, type Playing, readClock, toneSamples } from "./audio";
import { RIGHT_TO_PASS, ROUNDS, rounds } from "./headphones";
import { Sequence } from "./clock";

const context = (parts: Partial<AudioTime>): AudioTime =>
	({ currentTime: 10, getOutputTimestamp: () => ({ contextTime: 0, performanceTime: 0 }), ...parts }) as AudioTime;

test("a sane output timestamp says when a sample is heard", () => {
	const stamp = { contextTime: 9.95, performanceTime: 5000 };
	const reading = readClock(context({ getOutputTimestamp: () => stamp, outputLatency: 0.2 }), 5001);
	assert.equal(reading.source, "output_timestamp");
	assert.ok(Math.abs(heardAt(10.45, reading) - 5500) < 1e-6);
});

test("without one the latencies that are known are used, and named", () => {
	const by = (parts: Partial<AudioTime>) => readClock(context(parts), 5000);
	assert.equal(by({ outputLatency: 0.03, baseLatency: 0.01 }).source, "output_latency");
	assert.ok(Math.abs(heardAt(10.1, by({ outputLatency: 0.03, baseLatency: 0.01 })) - 5130) < 1e-6);
	assert.equal(by({ outputLatency: 0, baseLatency: 0.01 }).source, "base_latency");
	assert.equal(by({}).source, "none");
	/* Stamps that are too old, or of the future, are no stamps. */
	assert.equal(by({ getOutputTimestamp: () => ({ contextTime: 9, performanceTime: 3000 }) }).source, "none");
	assert.equal(by({ getOutputTimestamp: () => ({ contextTime: 12, performanceTime: 5000 }) }).source, "none");
});

test("a trial counts from when its sound was heard", () => {
	const playing = (heard_ms: number | null) => ({ onset_ms: 1000, heard_ms }) as Playing;
	const outcome = { onset: 1000, rt_ms: 300, response: "press" };
	assert.deepEqual(fromHeard(outcome, playing(1080)), { onset: 1080, rt_ms: 220, response: "press" });
	assert.deepEqual(fromHeard({ ...outcome, rt_ms: 50 }, playing(1080)), { ...outcome, onset: 1080, rt_ms: 0 });
	assert.deepEqual(fromHeard({ ...outcome, rt_ms: null }, playing(1080)), { ...outcome, onset: 1080, rt_ms: null });
	assert.equal(fromHeard(outcome, playing(null)), outcome);
});

test("a tone has its length, its ramps, its level and its pitch", () => {
	const rate = 48000;
	const x = toneSamples({ hz: 1000, duration_ms: 100, ramp_ms: 10, amplitude: 0.2 }, rate);
	assert.equal(x.length, 4800);
	const peak = (from: number, to: number) => x.subarray(from, to).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
	assert.ok(Math.abs(peak(480, 4320) - 0.2) < 1e-6);
	/* Half-way through a raised cosine the amplitude is half. */
	assert.ok(Math.abs(peak(228, 252) - 0.1) < 0.01);
	assert.ok(peak(0, 24) < 0.002 && peak(4776, 4800) < 0.002);
	let crossings = 0;
	for (let i = 1; i < x.length; i++) if ((x[i - 1] as number) < 0 && (x[i] as number) >= 0) crossings++;
	assert.ok(Math.abs(crossings - 100) <= 1, `${crossings} periods`);
});

test("a step with a sound takes the sound's onset", () => {
	const sequence = new Sequence([{ draw: () => {}, duration_ms: null, target: true, sound: () => 123.4 }], 10);
	sequence.frame(100);
	assert.equal(sequence.shown.onset, 123.4);
	sequence.frame(110);
	assert.equal(sequence.shown.onset, 123.4);
});

test("the quiet tone is twice in each place, and never the one in antiphase", () => {
	for (let seed = 0; seed < 20; seed++) {
		const plan = rounds(seed);
		assert.equal(plan.length, ROUNDS);
		for (let place = 0; place < 3; place++) assert.equal(plan.filter((r) => r.quiet === place).length, 2);
		assert.ok(plan.every((r) => r.quiet !== r.antiphase && r.antiphase >= 0 && r.antiphase < 3));
	}
	/* Somebody at loudspeakers takes the antiphase tone and fails; guessing seldom passes. */
	assert.ok(RIGHT_TO_PASS > ROUNDS / 2);
});
