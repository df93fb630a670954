// Tasks that are heard, in Chromium with its null sink: the page on which sound is set, tones
// on the audio clock, onsets that agree with it, and sound that stops in the middle.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import { ROOT, startServer } from "../support/server.mjs";
import { keptSpeech } from "../../web/speech/kept.mjs";
import {
	assertAccessible, assertNoProblems, assertStored, closeBrowser, join, newPerson, query, resultShown, screenshot,
	sessionOf, sleep, startTask,
} from "./support.mjs";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const SLIP_MS = 80;
const SHORT = "?p.trials=12&p.practice_trials=0&p.soa_min_ms=700&p.soa_max_ms=900&p.response_ms=550&p.first_standards=1&p.target_percent=40";

let server;
let joinUrl;
let speechUrl;

async function cohort(task) {
	const args = ["seed", "--cohort-name", `Heard: ${task}`, "--json", "--tasks", task];
	const { status, stdout, stderr } = await runVerb(args, { env: { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) } });
	assert.equal(status, 0, stderr);
	return `${server.url}/join/${JSON.parse(stdout).join_code}`;
}

before(async () => {
	server = await startServer({ client: "real" });
	joinUrl = await cohort("oddball");
	speechUrl = await cohort("speech-in-noise");
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

/** From the introduction to the first trial, setting the sound on the way. */
async function setSound(page, name) {
	await page.waitForSelector("[data-page=intro]");
	await screenshot(page, `${name}-introduction`);
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-page=sound][data-step=level]");
	await assertAccessible(page, "sound");
	await screenshot(page, `${name}-sound`);
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-page=sound][data-played=yes]");
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-page=test]");
	await page.keyboard.press("Space");
}

/** Presses after each high tone until the session is over; the tones heard, with their times. */
async function answerTones(page, from, onTone = async () => {}) {
	for (let at = from; ; at++) {
		const tone = await page.waitForFunction((i) => {
			if (location.hash.startsWith("#/result/")) return { over: true };
			const sound = globalThis.heard.sounds[i];
			return sound !== undefined && globalThis.heard.at(sound.when) <= performance.now() && sound;
		}, at, { polling: 10, timeout: 20000 }).then((handle) => handle.jsonValue());
		if (tone.over) return;
		if (tone.hz > 1500) {
			await sleep(200);
			await page.keyboard.press("Space");
		}
		await onTone(at - from);
	}
}

test("onsets are those of the audio clock, and times count from them", async () => {
	const person = await newPerson();
	const { page } = person;
	await join(page, joinUrl, SHORT);
	await startTask(page, "oddball");
	await setSound(page, "oddball");
	const { sounds: sample, presses } = await page.evaluate(() => globalThis.heard);
	await answerTones(page, sample.length, async (n) => {
		if (n === 2) await screenshot(page, "oddball-trial");
		/* After the scheduling of a later tone the device falls behind by 80 ms. */
		if (n === 6) await page.evaluate((ms) => (globalThis.heard.slipNext = ms), SLIP_MS);
	});
	await resultShown(page);
	const heard = await page.evaluate(() => ({
		sounds: globalThis.heard.sounds, presses: globalThis.heard.presses, stalls: globalThis.heard.stalls,
	}));
	const tones = heard.sounds.slice(sample.length);
	const session = sessionOf(page);
	const trials = await assertStored(server, session, 12);
	assert.equal(tones.length, 12);

	/* A reading of the output's clock is exact to one buffer of the null sink, 10 ms. */
	const BUFFER_MS = 12;
	/* How far a time lies outside what the test's readings of a tone allow. */
	const beyond = (ms, { readings }) => Math.max(0, Math.min(...readings) - ms, ms - Math.max(...readings));
	/* The client's clock of the session began some time before the page's. */
	const offset = trials[0].onset_ms - tones[0].readings[0];
	const errors = trials.map((t, i) => beyond(t.onset_ms - offset, tones[i]));
	const slips = tones.map((tone) => tone.readings[0] - tone.planned);
	console.log(`onsets agree with the audio clock to ${Math.max(...errors).toFixed(2)} ms; the device slipped by ${slips.map((x) => x.toFixed(1)).join(" ")} ms`);
	assert.ok(Math.max(...errors) < BUFFER_MS, errors.join(" "));
	assert.ok(slips.some((x) => Math.abs(x - SLIP_MS) < BUFFER_MS), "the device fell behind as it was told to");
	for (const [i, t] of trials.entries()) {
		assert.equal(t.condition, tones[i].hz > 1500 ? "target" : "standard");
		assert.ok(Math.abs(tones[i].hz - (t.condition === "target" ? 2000 : 1000)) < 25, `${tones[i].hz} Hz`);
		const { latency, soa_ms, slip_ms } = t.detail.sound;
		assert.ok(beyond(tones[i].planned + slip_ms, tones[i]) < BUFFER_MS, `slip of ${slip_ms} ms, ${slips[i]} by the test's own clock`);
		assert.equal(latency, "output_timestamp");
		if (i === 0) assert.equal(soa_ms, null);
		else assert.ok(Math.abs(1000 * (tones[i].when - tones[i - 1].when) - soa_ms) <= 0.051, `${soa_ms} ms`);
	}
	/* Idle, a tone comes when the design wants it, to the sample; after the page stood still as soon as it can. */
	const late = trials.slice(1).map((t) => t.detail.sound.soa_ms - t.detail.soa_ms);
	const ahead = tones.slice(1).map((tone) => tone.ahead_s);
	assert.ok(late.every((x) => x > -0.1), late.join(" "));
	assert.ok(late.every((x, i) => x < 0.1 || ahead[i] < 0.07), `tones late by ${late.join(" ")} ms, played ${ahead.join(" ")} s ahead`);
	assert.ok(late.filter((x) => x < 0.1).length >= 9 - heard.stalls.length, `tones late by ${late.join(" ")} ms; the page stood still for ${heard.stalls.join(" ")} ms`);

	const pressed = heard.presses.slice(presses.length);
	const answered = trials.filter((t) => t.rt_ms !== null);
	assert.equal(answered.length, trials.filter((t) => t.condition === "target").length);
	for (const [i, t] of answered.entries()) {
		const { readings } = tones[t.seq];
		assert.ok(beyond(pressed[i] - t.rt_ms, tones[t.seq]) < BUFFER_MS, `${t.rt_ms} ms, ${pressed[i] - readings[0]} by the test's own clock`);
	}
	const [{ device }] = await query(server, "SELECT device FROM session WHERE session_id = $1", [session]);
	assert.equal(device.sound.latency, "output_timestamp");
	assert.equal(device.sound.language, "en");
	assert.ok(device.sound.sample_rate > 8000);
	await page.waitForSelector("[data-notes=sound] li");
	await screenshot(page, "oddball-result", { fullPage: true });
	assertNoProblems(person);
	await person.close();
});

test("sound that stops pauses the session, and what was not heard is played again", async () => {
	const person = await newPerson(PHONE);
	const { page } = person;
	await join(page, joinUrl, SHORT);
	await startTask(page, "oddball");
	await setSound(page, "oddball-phone");
	const { length } = await page.evaluate(() => globalThis.heard.sounds);
	let stopped = 0;
	await answerTones(page, length, async (n) => {
		if (n !== 4 + 4 * stopped || stopped === 2) return;
		stopped++;
		await screenshot(page, "oddball-phone-trial");
		/* First the context stops, then the browser goes on with another device. */
		if (stopped === 1) await page.evaluate(() => globalThis.heard.contexts.at(-1).suspend());
		else await page.evaluate(() => void navigator.mediaDevices.dispatchEvent(new Event("devicechange")));
		await page.waitForSelector("[data-page=sound-lost]");
		await assertAccessible(page, "sound lost");
		await screenshot(page, "oddball-phone-lost");
		await page.keyboard.press("Space");
	});
	await resultShown(page);
	assert.equal(stopped, 2);
	const trials = await assertStored(server, sessionOf(page), 12);
	const tones = await page.evaluate((n) => globalThis.heard.sounds.slice(n), length);
	assert.ok(tones.length > 12, `${tones.length} tones`);
	/* Once at the beginning, once after each stop. */
	assert.equal(trials.filter((t) => t.detail.sound.soa_ms === null).length, 3);
	assertNoProblems(person);
	await person.close();
});

/** Names of the built client's files. */
const assets = (pattern) => readdirSync(path.join(ROOT, "web/dist/assets")).filter((name) => pattern.test(name));

/** The chunk of speech in noise, by what only it exports. */
const speechChunk = () => assets(/^run\.[0-9A-Z]+\.js$/).find((name) => {
	const text = readFileSync(path.join(ROOT, "web/dist/assets", name), "utf8");
	return text.includes("speech-in-noise");
});

/** Renders triplets of every language off line: levels of speech and babble, and what is where. */
async function render({ chunk, speech, levels }) {
	const { decodeBank, times, triplet } = await import(`/assets/${chunk}`);
	const rate = 48000;
	const rms = (x, from, to) => {
		let sum = 0;
		for (let i = Math.round(from * rate); i < Math.round(to * rate); i++) sum += x[i] * x[i];
		return Math.sqrt(sum / (Math.round(to * rate) - Math.round(from * rate)));
	};
	const out = [];
	for (const [language, { file, index }] of Object.entries(speech)) {
		const bytes = await (await fetch(`/assets/${file}`)).arrayBuffer();
		const bank = await decodeBank(new OfflineAudioContext(1, 1, rate), bytes, index);
		for (const snr of levels) {
			const digits = [(snr + 20) % 10, (snr + 23) % 10, (snr + 27) % 10];
			const around = { lead_ms: 600, tail_ms: 400 };
			const { starts, first, last, end } = times(bank, digits, around);
			/* With the babble's file silenced nothing but the digits is left, and the other way round. */
			const rendered = async (left) => {
				const context = new OfflineAudioContext(1, Math.ceil((end + 0.2) * rate), rate);
				const { end_s } = triplet(bank, digits, snr, 0.37, around)(left(context), context.destination, 0.1);
				return { x: (await context.startRendering()).getChannelData(0), end_s };
			};
			const only = (wanted) => (context) => new Proxy(context, {
				get(target, name) {
					if (name !== "createBufferSource") {
						const value = target[name];
						return typeof value === "function" ? value.bind(target) : value;
					}
					return () => {
						const source = target.createBufferSource();
						const { connect } = source;
						source.connect = (node) => {
							if (source.loop === wanted) connect.call(source, node);
							return node;
						};
						return source;
					};
				},
			});
			const speechOnly = (await rendered(only(false))).x;
			const babbleOnly = (await rendered(only(true))).x;
			const both = await rendered((context) => context);
			const level = rms(babbleOnly, 0.1 + first, 0.1 + last);
			const each = digits.map((d, i) => 20 * Math.log10(rms(speechOnly, 0.1 + starts[i], 0.1 + starts[i] + bank.digits[d].duration) / level));
			out.push({
				language, snr, each, level, end_s: both.end_s - 0.1 - end,
				before: rms(both.x, 0, 0.099), after: rms(both.x, 0.1 + end + 0.01, 0.2 + end - 0.01),
				ramp: rms(babbleOnly, 0.1, 0.11) / level,
				greatest: both.x.reduce((m, v) => Math.max(m, Math.abs(v)), 0),
			});
		}
	}
	return out;
}

test("triplets are rendered at the level that was asked for, in every language", async () => {
	const person = await newPerson();
	const { page } = person;
	await page.goto(server.url);
	const speech = {};
	for (const [language, { index }] of Object.entries(await keptSpeech())) {
		const [file] = assets(new RegExp(`^speech-${language}\\.[0-9A-F]+\\.wav$`));
		speech[language] = { file, index };
	}
	const rendered = await page.evaluate(render, { chunk: speechChunk(), speech, levels: [-20, -11, -6, 0, 10] });
	assert.equal(rendered.length, 20);
	const off = rendered.flatMap((r) => r.each.map((x) => Math.abs(x - r.snr)));
	console.log(`levels are off by ${Math.max(...off).toFixed(4)} dB at most`);
	for (const r of rendered) {
		for (const x of r.each) assert.ok(Math.abs(x - r.snr) < 0.1, `${r.language}: ${x} dB for ${r.snr}`);
		/* The babble is as loud as its file says, -30 dB, whatever the digits are. */
		assert.ok(Math.abs(20 * Math.log10(r.level) + 30) < 2, `${r.language}: babble at ${20 * Math.log10(r.level)} dB`);
		assert.ok(r.before === 0 && r.after === 0 && Math.abs(r.end_s) < 1e-6, JSON.stringify(r));
		assert.ok(r.ramp < 0.3, `${r.ramp} in the first 10 ms`);
		assert.ok(r.greatest < 1, `${r.greatest}`);
	}
	await person.close();
});

test("the headphone check tells headphones from loudspeakers, and its result is kept", async () => {
	const person = await newPerson();
	const { page } = person;
	await join(page, speechUrl, "?p.trials=4&p.practice_trials=0&p.lead_ms=100&p.tail_ms=100");
	await startTask(page, "speech-in-noise");
	await screenshot(page, "speech-introduction");
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-step=level]");
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-played=yes]", { timeout: 15000 });
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-step=headphones-before]");
	await assertAccessible(page, "headphones");
	await screenshot(page, "speech-headphones");
	const first = await page.evaluate(() => globalThis.heard.sounds.length);
	await page.keyboard.press("Space");
	for (let round = 0; round < 6; round++) {
		await page.waitForFunction((n) => globalThis.heard.sounds.length >= n, first + 3 * (round + 1));
		const tones = await page.evaluate((n) => globalThis.heard.sounds.slice(n, n + 3), first + 3 * round);
		/* One in antiphase, another quieter by 6 dB; 200 Hz for a second, half a second apart. */
		const quiet = tones.findIndex((t) => t.peak < 0.2);
		assert.deepEqual(tones.map((t) => t.opposite).filter(Boolean), [true]);
		assert.ok(quiet !== tones.findIndex((t) => t.opposite) && tones.filter((t) => t.peak < 0.2).length === 1);
		assert.ok(Math.abs(20 * Math.log10(tones[quiet].peak / Math.max(...tones.map((t) => t.peak))) + 6.02) < 0.1);
		assert.ok(Math.abs(tones[1].when - tones[0].when - 1.5) < 1e-3 && Math.abs(tones[0].hz - 200) < 2);
		await page.waitForSelector("[data-step=headphones-choose]", { timeout: 15000 });
		if (round === 0) {
			await assertAccessible(page, "headphones, choice");
			await screenshot(page, "speech-headphones-choice");
		}
		/* Once wrong: five of six pass. */
		await page.locator("[data-page] button").nth(round === 2 ? (quiet + 1) % 3 : quiet).click();
	}
	await page.waitForSelector("[data-step=headphones-after]");
	await screenshot(page, "speech-headphones-passed");
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-page=test]");
	await page.keyboard.press("Space");
	for (let trial = 0; trial < 4; trial++) {
		await page.waitForSelector(".stage-answers:not(.closed)", { timeout: 20000 });
		if (trial === 0) await screenshot(page, "speech-trial");
		for (const key of ["Digit1", "Digit2", "Digit2", "Backspace", "Digit3", "Enter"]) await page.keyboard.press(key);
		await page.waitForSelector(".stage-answers.closed", { timeout: 20000 });
	}
	await resultShown(page);
	await screenshot(page, "speech-result", { fullPage: true });
	assert.equal(await page.locator("[data-notes=sound]").count(), 0);
	const session = sessionOf(page);
	const trials = await assertStored(server, session, 4);
	for (const t of trials) assert.equal(t.detail.given, "123");
	/* 2 dB up after a wrong triplet and down after a right one, and the server decides alike. */
	const levels = await query(server, "SELECT difficulty, correct FROM trial WHERE session_id = $1 ORDER BY seq", [session]);
	assert.equal(levels[0].difficulty, 0);
	for (const [i, { difficulty }] of levels.entries())
		if (i > 0) assert.equal(difficulty, levels[i - 1].difficulty + (levels[i - 1].correct ? -2 : 2));
	assert.equal((await query(server, "SELECT location FROM ability WHERE task = 'speech-in-noise'")).length, 1);
	const [{ device }] = await query(server, "SELECT device FROM session WHERE session_id = $1", [session]);
	assert.deepEqual(device.sound.headphones, { right: 5, of: 6, passed: true, tries: 1 });
	assertNoProblems(person);
	await person.close();
});

test("what is spoken is kept, and a whole session is played without a network, in Spanish on a phone", async () => {
	const person = await newPerson({ ...PHONE, locale: "es-ES" });
	const { page, context } = person;
	await join(page, speechUrl, "?p.trials=4&p.practice_trials=0&p.lead_ms=100&p.tail_ms=100");
	await page.waitForFunction(async () => (await (await caches.open("camp-more")).keys()).some((r) => r.url.includes("speech-es")));
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	await page.waitForTimeout(500);
	await context.setOffline(true);
	await startTask(page, "speech-in-noise");
	await page.locator("[data-page] button.main").tap();
	await page.waitForSelector("[data-step=level]");
	await screenshot(page, "speech-phone-es-sound");
	await page.locator("[data-page] button.main").tap();
	await page.waitForSelector("[data-played=yes]", { timeout: 15000 });
	await page.locator("[data-page] button.main").tap();
	await page.waitForSelector("[data-step=headphones-before]");
	await page.click("[data-page] button:not(.main)");
	await page.waitForSelector("[data-page=test]");
	await page.locator("[data-page] button.main").tap();
	for (let trial = 0; trial < 4; trial++) {
		await page.waitForSelector(".stage-answers:not(.closed)", { timeout: 20000 });
		for (const name of ["9", "8", "7", "done"]) await page.locator(`[data-response="${name}"]`).tap();
		await page.waitForSelector(".stage-answers.closed", { timeout: 20000 });
	}
	await page.waitForFunction(() => location.hash.startsWith("#/result/"));
	await context.setOffline(false);
	await resultShown(page);
	const session = sessionOf(page);
	await assertStored(server, session, 4);
	const [{ device }] = await query(server, "SELECT device FROM session WHERE session_id = $1", [session]);
	assert.equal(device.sound.language, "es");
	assert.deepEqual(device.sound.headphones, { none: true });
	await page.waitForSelector("[data-notes=sound] li");
	await screenshot(page, "speech-phone-es-result", { fullPage: true });
	await person.close();
});
