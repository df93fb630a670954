// What the player does around every task: difficulty that follows over a reload without a
// network, no frame lost between trials, attention checks, and how well the display kept up.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";
import {
	FLAGS, assertNoProblems, byKeyboard, closeBrowser, join, newPerson, play, query, resultShown, screenshot, seenBy,
	sessionOf, startShortened, storedTrials,
} from "./support.mjs";

let server;
let joinUrl;

before(async () => {
	server = await startServer({ client: "real" });
	const args = ["seed", "--cohort-name", "Runner", "--json", "--tasks", "digit-span,flanker,sart"];
	const { status, stdout, stderr } = await runVerb(args, { env: { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) } });
	assert.equal(status, 0, stderr);
	joinUrl = `${server.url}/join/${JSON.parse(stdout).join_code}`;
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

async function started(task, settings) {
	const person = await newPerson();
	await join(person.page, joinUrl, "");
	await startShortened(person.page, task, settings);
	return person;
}

async function finished({ page }) {
	await resultShown(page);
	const [row] = await query(server, "SELECT trials, device, exclusion FROM session WHERE session_id = $1", [sessionOf(page)]);
	return { ...row, stored: await storedTrials(server, sessionOf(page)) };
}

const steady = { ...byKeyboard, wait: () => 200 };

test("difficulty follows the answers, over a reload without a network", async () => {
	const person = await started("digit-span", { adaptive: 1, trials: 7, practice_trials: 0 });
	const { context, page } = person;
	await play(page, "digit-span", steady, (n) => n === 4);
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await context.setOffline(true);
	await page.reload();
	await page.waitForSelector("[data-page=resume]");
	assert.match(await page.textContent("[data-page=resume]"), /You have done (3|4) trials\./);
	await screenshot(page, "resume-open-ended");
	await play(page, "digit-span", steady);
	await context.setOffline(false);
	const { stored, exclusion, device } = await finished(person);
	assert.equal(stored.length, 7);
	assert.ok(stored.every((t) => t.correct && t.difficulty === t.detail.digits.length), JSON.stringify(stored));
	assert.ok(stored.at(-1).difficulty > stored[0].difficulty, stored.map((t) => t.difficulty).join());
	assert.equal(stored.filter((t) => (t.flags & FLAGS.resumed) !== 0).length, 1);
	/* The server has decided the same lengths again. */
	assert.deepEqual(exclusion.session, []);
	assert.equal(device.parameters.adaptive, 1);
	const [ability] = await query(server, "SELECT location, location_sd FROM ability WHERE task = 'digit-span'");
	assert.ok(ability.location > 5 && ability.location_sd > 0, JSON.stringify(ability));
	console.log(`# lengths ${stored.map((t) => t.difficulty).join(" ")}, ability ${ability.location.toFixed(2)} sd ${ability.location_sd.toFixed(2)}`);
	assertNoProblems(person);
	await person.close();
});

/* Frames from each digit to the next: by the recorder of the test, not the client's clock. */
function digitFrames({ frames, drawings }, frame_ms) {
	const digits = drawings.filter((d) => d.frame !== null && d.items.some((i) => /^[1-9]$/.test(i.text ?? "")));
	return digits.slice(1).map((d, i) => {
		const from = digits[i].frame;
		const passed = frames.filter((f) => f >= from - 0.01 && f <= d.frame + 0.01);
		const smooth = passed.every((f, k) => k === 0 || f - passed[k - 1] < 1.5 * frame_ms);
		return { frames: Math.round((d.frame - from) / frame_ms), smooth };
	});
}

test("trials of a fixed length follow each other at the exact frame", async () => {
	const person = await started("sart", { practice_trials: 0, trials_per_digit: 3, digit_ms: 100, mask_ms: 150 });
	await play(person.page, "sart", { ...steady, wait: () => 0 });
	const seen = await seenBy(person.page);
	const { stored } = await finished(person);
	assert.equal(stored.length, 27);
	const { frame_ms } = stored[0].detail;
	const wanted = Math.round(100 / frame_ms) + Math.round(150 / frame_ms);
	const intervals = digitFrames(seen, frame_ms);
	assert.equal(intervals.length, 26);
	const idle = intervals.filter((i) => i.smooth);
	const off = idle.filter((i) => i.frames !== wanted).length;
	console.log(`# ${idle.length} of 26 intervals without a missed frame of the machine's: ${off} of them off by a frame`);
	/* A disk that takes longer than a whole trial may cost a frame; not where most run smoothly. */
	assert.ok(idle.length < 13 || off <= 1, JSON.stringify(intervals));
	await person.close();
});

test("attention checks come among the trials and count for nothing", async () => {
	const person = await started("flanker", { practice_trials: 0, trials_per_cell: 2, catch_every: 3 });
	const { page } = person;
	let pictured = false;
	const hands = {
		...steady,
		answer: async (where, response, keys) => {
			if (!pictured && await where.evaluate(() => globalThis.seen.drawings.at(-1).items.some((i) => i.text !== undefined))) {
				pictured = true;
				await screenshot(where, "attention-check");
			}
			await steady.answer(where, response, keys);
		},
	};
	await play(page, "flanker", hands);
	const { stored, exclusion } = await finished(person);
	assert.ok(pictured);
	const checks = stored.filter((t) => (t.flags & FLAGS.catch) !== 0);
	assert.equal(stored.length, 8);
	assert.equal(checks.length, 2);
	assert.ok(checks.every((t) => t.correct && t.detail.place === undefined), JSON.stringify(checks));
	assert.deepEqual(exclusion.session, []);
	const [{ n }] = await query(server, "SELECT n FROM score WHERE session_id = $1 AND name = 'accuracy'", [sessionOf(page)]);
	assert.equal(n, 6);
	assertNoProblems(person);
	await person.close();
});

/* What the profile says must be what the trials say, whatever the machine did. */
function assertQuality({ stored, device }) {
	const dropped = stored.filter((t) => (t.flags & FLAGS.frames_dropped) !== 0);
	for (const t of stored) assert.equal(t.detail.frames_dropped > 0, dropped.includes(t), `trial ${t.seq}`);
	const low = dropped.length / stored.length >= 0.2;
	assert.deepEqual(device.quality, { trials: stored.length, frames_dropped: dropped.length, low });
	return dropped.length;
}

test("a display that does not keep up is told of, trial by trial and for the session", async () => {
	const settings = { practice_trials: 0, trials_per_cell: 3 };
	const usual = await started("flanker", settings);
	await play(usual.page, "flanker", steady);
	const idle = assertQuality(await finished(usual));
	await usual.close();

	const slow = await started("flanker", settings);
	const cdp = await slow.context.newCDPSession(slow.page);
	await cdp.send("Emulation.setCPUThrottlingRate", { rate: 6 });
	await play(slow.page, "flanker", steady);
	const throttled = assertQuality(await finished(slow));
	await slow.close();

	/* A page that does something else for 70 ms at a time cannot show every frame. */
	const busy = await started("flanker", settings);
	await busy.page.evaluate(() => setInterval(() => {
		for (const end = performance.now() + 70; performance.now() < end; );
	}, 150));
	await play(busy.page, "flanker", steady);
	const session = await finished(busy);
	const blocked = assertQuality(session);
	assert.equal(session.device.quality.low, true, JSON.stringify(session.device.quality));
	await busy.close();
	console.log(`# trials of 9 that lost frames: ${idle} usually, ${throttled} at 6x CPU throttle, ${blocked} with a busy page`);
});
