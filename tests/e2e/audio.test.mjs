// Tasks that are heard, in Chromium with its null sink: the page on which sound is set, tones
// on the audio clock, onsets that agree with it, and sound that stops in the middle.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";
import {
	assertAccessible, assertNoProblems, assertStored, closeBrowser, join, newPerson, query, resultShown, screenshot,
	sessionOf, sleep, startTask,
} from "./support.mjs";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const SHORT = "?p.trials=12&p.practice_trials=0&p.soa_min_ms=700&p.soa_max_ms=900&p.response_ms=550&p.first_standards=1&p.target_percent=40";

let server;
let joinUrl;

before(async () => {
	server = await startServer({ client: "real" });
	const args = ["seed", "--cohort-name", "Heard", "--json", "--tasks", "oddball"];
	const { status, stdout, stderr } = await runVerb(args, { env: { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) } });
	assert.equal(status, 0, stderr);
	joinUrl = `${server.url}/join/${JSON.parse(stdout).join_code}`;
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
	await answerTones(page, sample.length, async (n) => n === 2 && screenshot(page, "oddball-trial"));
	await resultShown(page);
	const heard = await page.evaluate(() => ({
		sounds: globalThis.heard.sounds.map((s) => ({ ...s, at: globalThis.heard.at(s.when) })),
		presses: globalThis.heard.presses,
	}));
	const tones = heard.sounds.slice(sample.length);
	const session = sessionOf(page);
	const trials = await assertStored(server, session, 12);
	assert.equal(tones.length, 12);

	/* The client's clock of the session began some time before the page's. */
	const offset = trials[0].onset_ms - tones[0].at;
	const errors = trials.map((t, i) => Math.abs(t.onset_ms - tones[i].at - offset));
	console.log(`onsets agree with the audio clock to ${Math.max(...errors).toFixed(2)} ms`);
	/* A reading of the output's clock is exact to one buffer of the null sink, 10 ms. */
	assert.ok(Math.max(...errors) < 12, errors.join(" "));
	for (const [i, t] of trials.entries()) {
		assert.equal(t.condition, tones[i].hz > 1500 ? "target" : "standard");
		assert.ok(Math.abs(tones[i].hz - (t.condition === "target" ? 2000 : 1000)) < 25, `${tones[i].hz} Hz`);
		const { latency, soa_ms } = t.detail.sound;
		assert.equal(latency, "output_timestamp");
		if (i === 0) assert.equal(soa_ms, null);
		else assert.ok(Math.abs(1000 * (tones[i].when - tones[i - 1].when) - soa_ms) <= 0.051, `${soa_ms} ms`);
	}
	/* Idle, a tone comes when the design wants it, to the sample. */
	const late = trials.slice(1).map((t) => t.detail.sound.soa_ms - t.detail.soa_ms);
	assert.ok(late.every((x) => x > -0.1), late.join(" "));
	assert.ok(late.filter((x) => x < 0.1).length >= 9, `tones late by ${late.join(" ")} ms`);

	const pressed = heard.presses.slice(presses.length);
	const answered = trials.filter((t) => t.rt_ms !== null);
	assert.equal(answered.length, trials.filter((t) => t.condition === "target").length);
	for (const [i, t] of answered.entries()) {
		const rt = pressed[i] - tones[t.seq].at;
		assert.ok(Math.abs(rt - t.rt_ms) < 12, `${t.rt_ms} ms, ${rt} by the test's own clock`);
	}
	const [{ device }] = await query(server, "SELECT device FROM session WHERE session_id = $1", [session]);
	assert.equal(device.sound.latency, "output_timestamp");
	assert.equal(device.sound.language, "en");
	assert.ok(device.sound.sample_rate > 8000);
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
	let stopped = false;
	await answerTones(page, length, async (n) => {
		if (n !== 4 || stopped) return;
		stopped = true;
		await screenshot(page, "oddball-phone-trial");
		await page.evaluate(() => globalThis.heard.contexts.at(-1).suspend());
		await page.waitForSelector("[data-page=sound-lost]");
		await assertAccessible(page, "sound lost");
		await screenshot(page, "oddball-phone-lost");
		await page.keyboard.press("Space");
	});
	await resultShown(page);
	assert.ok(stopped);
	const trials = await assertStored(server, sessionOf(page), 12);
	const tones = await page.evaluate((n) => globalThis.heard.sounds.slice(n), length);
	assert.ok(tones.length > 12, `${tones.length} tones`);
	/* Once at the beginning, once after the stop. */
	assert.equal(trials.filter((t) => t.detail.sound.soa_ms === null).length, 2);
	assertNoProblems(person);
	await person.close();
});
