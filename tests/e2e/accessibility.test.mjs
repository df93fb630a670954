// Every page in every language, on a desktop and a phone, in light and dark: axe finds
// nothing, targets are large enough, nothing is cut; and one can walk it all by keyboard.
import axe from "axe-core";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runCamp } from "../support/server.mjs";
import {
	assertNoProblems, byKeyboard, closeBrowser, newPerson, play, resultShown, screenshot, startDemo, startTask,
} from "./support.mjs";

const LANGUAGES = ["en", "zh-Hans", "es", "ar"];
const SIZES = { desktop: { width: 1100, height: 800 }, phone: { width: 390, height: 844 } };
/* WCAG 2.2, success criterion 2.5.8. */
const TARGET_PX = 24;
/** A session of ten trials and one break. */
const QUICK = "?p.trials_per_cell=5&p.practice_trials=2&p.block_trials=8&p.fixation_ms=100&p.gap_ms=0&p.feedback_ms=100";
const PRACTICE = 2;
const BLOCK = 8;

let server;
let person;
let operator;

before(async () => {
	server = await startDemo();
	person = await newPerson({ colorScheme: "light" });
	await person.page.addInitScript(axe.source);
	operator = (await runCamp(["token", "new", "--operator"], { env: { CAMP_STATE_DIR: server.stateDir } })).stdout.trim();
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

/* Runs in the page: what axe finds, and what it does not look for. */
async function inspect({ least, only }) {
	const told = [];
	/* A colour on its way to another (a button left, the scheme changed) has a contrast of
	 * its own for a moment; what is judged is where it arrives. */
	for (const a of document.getAnimations()) if (a instanceof CSSTransition) a.finish();
	const rules = { "target-size": { enabled: true } };
	const options = only === undefined ? { rules } : { runOnly: only };
	const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], ...options });
	for (const v of violations) told.push(`${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
	const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1;
	for (const e of document.querySelectorAll("a[href], button, input, select, summary, textarea, [role=button]")) {
		/* The box of a label counts to what it is the label of. */
		const { width, height, bottom } = (e.closest("label") ?? e).getBoundingClientRect();
		if (!shown(e) || bottom < 0) continue;
		if (width < least || height < least) told.push(`${width} x ${height} px: ${e.outerHTML}`);
	}
	if (document.documentElement.scrollWidth > innerWidth) told.push(`wider than the window: ${document.documentElement.scrollWidth} px`);
	if (document.querySelectorAll("main").length !== 1) told.push("not one main part");
	const { lang, dir } = document.documentElement;
	if (dir !== (lang === "ar" ? "rtl" : "ltr")) told.push(`lang ${lang} runs ${dir}`);
	if (document.title === "") told.push("no title");
	const odd = /undefined|NaN|\{\w+[,}]|\[object/.exec(document.body.innerText);
	if (odd !== null) told.push(`the text says "${odd[0]}"`);
	/* With motion unwanted nothing moves, not even for a moment. */
	for (const e of document.querySelectorAll("*")) {
		const { transitionDuration, animationName } = getComputedStyle(e);
		if (/[1-9]/.test(transitionDuration) || animationName !== "none") told.push(`moves: ${e.outerHTML.slice(0, 80)}`);
	}
	return told;
}

/* Everything that is wrong with the pages of a test, told at its end. */
const found = [];
const note = (where, told) => found.push(...told.map((what) => `${where}: ${what}`));

function assertNothingFound() {
	assertNoProblems(person);
	assert.deepEqual(found.splice(0), []);
}

/** Both sizes in light; in dark the contrast, as nothing else depends on it. */
async function checkPage(page, where, language, { keep = false } = {}) {
	assert.equal(await page.evaluate(() => document.documentElement.lang), language, where);
	await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
	for (const [size, viewport] of Object.entries(SIZES)) {
		await page.setViewportSize(viewport);
		note(`${where}, ${language}, ${size}`, await page.evaluate(inspect, { least: TARGET_PX }));
		if (keep) await screenshot(page, `a11y-${where}-${language}-${size}`, { fullPage: true });
	}
	if (language === "en") {
		await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
		note(`${where}, dark`, await page.evaluate(inspect, { least: 0, only: ["color-contrast"] }));
	}
	await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
	await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
	await page.setViewportSize(SIZES.desktop);
}

async function speak(page, language) {
	await page.click(`button[lang="${language}"]`);
	await page.waitForFunction((l) => document.documentElement.lang === l, language);
}

test("the pages before joining", async () => {
	const { page } = person;
	for (const [where, address, ready] of [
		["welcome", `${server.url}/`, "input[name=code]"],
		["wrong-code", `${server.url}/join/ZZZZ9999`, "[role=alert]"],
		["join", server.joinUrl, ".consent"],
	]) {
		await page.goto(address);
		await page.waitForSelector(ready);
		for (const language of LANGUAGES) {
			await speak(page, language);
			await checkPage(page, where, language, { keep: true });
		}
	}
	assertNothingFound();
});

test("a session is joined, played and read by keyboard alone", async () => {
	const { page } = person;
	await page.goto(server.joinUrl + QUICK);
	await page.waitForSelector(".consent");
	await speak(page, "en");
	await page.evaluate(() => document.activeElement?.blur());
	const focused = (selector) => page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector);
	/** Tabs on until it is reached; whatever has the focus on the way shows it. */
	const reach = async (selector) => {
		for (let i = 0; i < 60; i++) {
			await page.keyboard.press("Tab");
			const { style, width, top, html } = await page.evaluate(() => {
				const e = document.activeElement;
				const o = getComputedStyle(e);
				return { style: o.outlineStyle, width: parseFloat(o.outlineWidth), top: e.getBoundingClientRect().top, html: e.outerHTML.slice(0, 120) };
			});
			if (!html.startsWith("<body")) assert.ok(style !== "none" && width >= 2 && top >= 0, `no visible focus: ${html}`);
			if (await focused(selector)) return;
		}
		assert.fail(`Tab does not lead to ${selector}`);
	};
	await reach(".skip");
	await page.keyboard.press("Enter");
	assert.ok(await focused("main"), "the skip link leads to the main part");
	await reach("input[name=agree]");
	await page.keyboard.press("Space");
	await reach("button[type=submit]");
	await page.keyboard.press("Enter");
	await page.waitForSelector("li.card button.main");
	await reach('[data-task="stroop"] button.main');
	await page.keyboard.press("Enter");
	await page.waitForSelector("[data-page=intro]");
	await play(page, "stroop", byKeyboard);
	await resultShown(page);
	assert.ok(await focused("main"), "the result is where the focus is");
	await reach("details summary");
	await page.keyboard.press("Enter");
	await page.waitForSelector("table [data-score]");
	await reach("main button.main");
	await page.keyboard.press("Enter");
	await page.waitForSelector("li.card button.main");
	assertNothingFound();
});

/** Plays one session in a language, looking at every page between its trials. */
async function playThrough(page, language) {
	const seen = (where) => checkPage(page, where, language, { keep: language === "ar" || language === "zh-Hans" });
	await startTask(page, "stroop");
	await page.waitForSelector("[data-page=intro]");
	await seen("intro");
	await page.keyboard.press("Space");
	await page.waitForSelector("[data-page=practice]");
	await seen("practice");
	await play(page, "stroop", byKeyboard, (n) => n === PRACTICE);
	await page.waitForSelector("[data-page=test]");
	await seen("test");
	await play(page, "stroop", byKeyboard, (n) => n === 2);
	await page.keyboard.press("Escape");
	await page.waitForSelector("[data-page=pause]");
	await seen("pause");
	await page.click("[data-page=pause] button:not(.main)");
	await page.waitForSelector("li.card button.main");
	await page.click('[data-task="stroop"] button.main');
	await page.waitForSelector("[data-page=resume]");
	await seen("resume");
	await page.keyboard.press("Space");
	await page.waitForFunction(() => document.querySelector("[data-page]") === null);
	await checkPage(page, "trial", language, { keep: true });
	await play(page, "stroop", byKeyboard, (n) => n === BLOCK - 2);
	await page.waitForSelector("[data-page=break]");
	await seen("break");
	await play(page, "stroop", byKeyboard);
}

for (const language of LANGUAGES) {
	test(`home, every page of a session, result and progress in ${language}`, async () => {
		const { page } = person;
		await page.goto(`${server.url}/${QUICK}`);
		await page.waitForSelector("li.card button.main");
		await speak(page, language);
		await checkPage(page, "home", language, { keep: true });
		await playThrough(page, language);
		await resultShown(page);
		await page.waitForSelector("[data-engagement]");
		for (const summary of await page.locator("main summary").all()) await summary.click();
		await checkPage(page, "result", language, { keep: true });
		await page.click(".tabs a:nth-child(2)");
		await page.waitForSelector(".days");
		await checkPage(page, "progress", language, { keep: true });
		assertNothingFound();
	});
}

test("what stands between the tasks of a session", async () => {
	const { page } = person;
	await page.goto(`${server.url}/${QUICK}&p.start_length=2&p.longest=3&p.trials_per_length=1&p.digit_ms=100&p.digit_gap_ms=30`);
	await page.waitForSelector(".today[data-state=due]");
	await speak(page, "en");
	const task = await page.getAttribute(".today [aria-current=step]", "data-task");
	await page.click(".today button.main");
	await page.waitForSelector("[data-page=intro]");
	await play(page, task, byKeyboard);
	await page.waitForSelector("[data-between=next]");
	for (const language of LANGUAGES) {
		await speak(page, language);
		await checkPage(page, "next", language, { keep: true });
	}
	assertNothingFound();
});

test("the cohort's page and the page of models", async () => {
	const { page } = person;
	for (const [where, address, ready] of [
		["cohort", server.cohortUrl, ".chart .uplot"],
		["models", `${server.url}/models#${operator}`, "[data-serving]"],
	]) {
		await page.goto("about:blank");
		await page.goto(address);
		await page.waitForSelector(ready);
		for (const language of LANGUAGES) {
			await speak(page, language);
			await page.waitForSelector(ready);
			await checkPage(page, where, language, { keep: true });
		}
	}
	assertNothingFound();
});
