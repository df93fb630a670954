// A whole session of visual search by keyboard, from the join link to the cohort's page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
	SHORT, SHORT_TRIALS, assertAccessible, assertNoProblems, assertStored, byKeyboard, closeBrowser,
	join, newPerson, pageUp, play, query, resultShown, screenshot, seenBy, sessionOf, startDemo, startTask, until,
} from "./support.mjs";

let server;
let person;

before(async () => {
	server = await startDemo();
	person = await newPerson();
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

async function cohortTotals() {
	const [, token] = server.cohortUrl.split("#");
	const answer = await fetch(`${server.url}/api/v1/cohorts/${server.demo.cohort_id}/engagement`, {
		headers: { Authorization: `Bearer ${token}` },
	});
	return answer.json();
}

/** The score with its interval and the baseline, as stored, in words that claim no more. */
async function assertEngagement(page, session) {
	const [stored] = await query(server, "SELECT value, low, high, linear_value, trials FROM engagement WHERE session_id = $1", [session]);
	assert.ok(stored, "no forecast is stored");
	assert.equal(stored.trials, SHORT_TRIALS);
	for (const [kind, value] of [["model", stored.value], ["linear", stored.linear_value]]) {
		const row = page.locator(`[data-engagement=${kind}]`);
		assert.ok(Math.abs(Number(await row.getAttribute("data-value")) - value) < 1e-6);
		const text = await row.textContent();
		assert.match(text, new RegExp(`${Math.round(value)}\\D.*90 % range \\d+\\s–\\s\\d+`), text);
	}
	const text = await page.locator(".engagement").textContent();
	for (const words of ["expected lapse-free trials per 100", "not a diagnosis and not a trait", "Within one person the forecast is weak", "Practice improves the practised tasks; we do not claim benefits beyond them; not a medical device."])
		assert.ok(text.includes(words), `"${words}" is missing`);
	assert.equal(await page.locator(".engagement .risk svg path.line").count(), 2);
	assert.equal(await page.locator(".engagement .lines-marks i").count(), Number((await query(server, "SELECT cardinality(array_positions(lapse, true)) AS n FROM engagement WHERE session_id = $1", [session]))[0].n));
}

test("the join page asks for consent first, in both languages", async () => {
	const { page } = person;
	await page.goto(server.joinUrl + SHORT);
	await page.waitForSelector(".consent");
	await assertAccessible(page, "join");
	await screenshot(page, "join");
	await page.click("button[type=submit]");
	await page.waitForFunction(() => document.querySelector("form [role=alert]").textContent !== "");
	await page.click("button[lang=zh-Hans]");
	await page.waitForFunction(() => document.documentElement.lang === "zh-Hans");
	assert.match(await page.textContent("button[type=submit]"), /同意/);
	await page.click("button[lang=en]");
});

test("a code that does not exist leads to a form for another", async () => {
	const { page } = person;
	await page.goto(`${server.url}/join/ZZZZ9999`);
	await page.waitForSelector("[role=alert]");
	await assertAccessible(page, "wrong code");
	await page.fill("input[name=code]", server.joinCode.toLowerCase());
	await page.keyboard.press("Enter");
	await page.waitForSelector(".consent");
	assert.ok(page.url().includes(`/join/${server.joinCode}`));
});

test("a session is played by keyboard alone, and every trial is stored once", async () => {
	const { page } = person;
	await join(page, server.joinUrl);
	await assertAccessible(page, "home");
	await screenshot(page, "home");
	const before = await cohortTotals();

	await page.focus('[data-task="visual-search"] button.main');
	await page.keyboard.press("Enter");
	await page.waitForSelector("[data-page=intro]");
	await assertAccessible(page, "introduction");
	await screenshot(page, "introduction");
	await play(page, "visual-search", byKeyboard, (n) => n === 6);
	await screenshot(page, "trial");
	await play(page, "visual-search", byKeyboard, () => false);
	await resultShown(page);
	await page.waitForSelector("[data-engagement=model]");
	await assertAccessible(page, "result");
	await screenshot(page, "result", { fullPage: true });

	const session = sessionOf(page);
	await assertEngagement(page, session);
	const trials = await assertStored(server, session, SHORT_TRIALS);
	for (const t of trials) {
		assert.ok(t.rt_ms > 150, `rt_ms of ${t.seq}: ${t.rt_ms}`);
		assert.equal(t.detail.input, "key");
		assert.equal(t.flags & 1, 0);
	}
	const right = trials.filter((t) => t.correct).length;
	assert.ok(right >= SHORT_TRIALS * 0.8, `${right} right answers`);
	await checkTiming(page, trials);
	await checkSlopes(session);

	await until("the cohort's new numbers", 30000, async () => {
		const now = await cohortTotals();
		return now.sessions === before.sessions + 1 && now.trials === before.trials + SHORT_TRIALS;
	});
	assertNoProblems(person);
});

/* The person of these tests takes 10 ms longer for each bar; the score must say so. */
async function checkSlopes(session) {
	const rows = await query(server, "SELECT name, value, standard_error FROM score WHERE session_id = $1", [session]);
	for (const name of ["present_slope", "absent_slope"]) {
		const { value, standard_error } = rows.find((r) => r.name === name);
		const off = Math.abs(value - 10);
		console.log(`# ${name} ${value.toFixed(2)} ms/item, standard error ${standard_error.toFixed(2)}; made to be 10`);
		assert.ok(off < 4 + 3 * standard_error, `${name} is ${value} ms/item, standard error ${standard_error}`);
	}
}

/*
 * The stored onsets against the frames that the test recorded by itself. The session's
 * clock starts anywhere, so one offset is allowed, the same for all trials.
 */
async function checkTiming(page, trials) {
	const { frames, drawings } = await seenBy(page);
	const isStimulus = (d) => d.items.length >= 3;
	const isCross = (d) => d.items.length === 2;
	const shown = drawings.flatMap((d, i) => (isStimulus(d) ? [{ ...d, cross: drawings.slice(0, i).findLast(isCross) }] : []));
	const tested = shown.slice(-trials.length);
	assert.equal(tested.length, trials.length);
	const next = (t) => frames.find((f) => f > t + 0.01);
	const offset = trials[0].onset_ms - next(tested[0].frame);
	let idle = 0;
	for (const [i, t] of trials.entries()) {
		const { frame, cross } = tested[i];
		const { frame_ms } = t.detail;
		const error = t.onset_ms - offset - next(frame);
		assert.ok(Math.abs(error) < 0.05, `onset of trial ${i} is off by ${error} ms`);
		const gaps = frames.filter((f) => f >= cross.frame && f <= frame);
		const smooth = gaps.every((f, k) => k === 0 || f - gaps[k - 1] < 1.5 * frame_ms);
		assert.ok(Math.abs(t.detail.shown_ms[0] - (frame - cross.frame)) < 0.1);
		if (!smooth) continue;
		idle++;
		const exposure = Math.round((frame - cross.frame) / frame_ms) - Math.round(150 / frame_ms);
		assert.equal(exposure, 0, `exposure of trial ${i} is off by ${exposure} frames`);
	}
	assert.ok(idle >= trials.length / 2, `only ${idle} trials ran without a missed frame of the machine's`);
	console.log(`# onset error 0 frames in ${trials.length} trials, exposure error 0 frames in ${idle} idle ones`);
}

test("the tasks' page lists the session, and its result opens again", async () => {
	const { page } = person;
	await page.click("main button.main");
	await page.click(".sessions a");
	await resultShown(page);
	assert.equal(await pageUp(page), null);
});

test("the cohort's page shows the session among the others", async () => {
	const { page } = person;
	const totals = await cohortTotals();
	await page.goto("about:blank");
	await page.goto(server.cohortUrl);
	await page.waitForSelector(".chart .uplot");
	const shown = await page.textContent('[data-total="trials"] dd');
	assert.equal(Number(shown.replace(/\D/g, "")), totals.trials);
	assert.ok(totals.participants >= 13);
	await page.waitForFunction(() => document.querySelectorAll(".chart .uplot").length === 2);
	await assertAccessible(page, "cohort");
	await screenshot(page, "cohort", { fullPage: true });
	assertNoProblems(person);
});
