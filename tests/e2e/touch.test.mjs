// A whole session of visual search by touch, on a phone's screen, in Chinese.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
	FLAGS, SHORT_TRIALS, assertAccessible, assertNoProblems, assertStored, byTouch, closeBrowser, join,
	newPerson, play, resultShown, screenshot, sessionOf, startDemo, startTask,
} from "./support.mjs";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: "zh-CN" };
let server;
let person;

before(async () => {
	server = await startDemo();
	person = await newPerson(PHONE);
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

/* Everything that can be pressed is big enough, on screen, and the page never scrolls sideways. */
async function assertFits(page, where, least = 24) {
	const found = await page.evaluate((size) => {
		const wide = document.documentElement.scrollWidth - innerWidth;
		const visible = (e) => e.checkVisibility({ visibilityProperty: true });
		const small = [...document.querySelectorAll("button, select, input, summary")].filter(visible).filter((e) => {
			const { width, height } = e.getBoundingClientRect();
			return width < size || height < size;
		});
		return { wide, small: small.map((e) => e.outerHTML.slice(0, 120)) };
	}, least);
	assert.ok(found.wide <= 0, `${where} is ${found.wide} px too wide`);
	assert.deepEqual(found.small, [], `${where}: targets below ${least} px`);
}

test("a session is played by touch alone, and every trial says so", async () => {
	const { page } = person;
	await page.goto(server.joinUrl);
	await page.waitForSelector(".consent");
	assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-Hans");
	await assertFits(page, "join");
	await screenshot(page, "phone-join");
	await join(page, server.joinUrl);
	await assertFits(page, "home");
	await screenshot(page, "phone-home");
	await startTask(page, "visual-search");
	await assertFits(page, "introduction");
	await screenshot(page, "phone-introduction");

	await play(page, "visual-search", byTouch, (n) => n === 8);
	await assertAccessible(page, "stage");
	await assertFits(page, "stage");
	await screenshot(page, "phone-trial");
	for (const box of await answerBoxes(page)) assert.ok(box.height >= 48 && box.width >= 48);

	/* Turned on its side in the middle: the answers stand left and right of the field. */
	await page.setViewportSize({ width: 640, height: 360 });
	await play(page, "visual-search", byTouch, (n) => n === 6);
	await screenshot(page, "phone-trial-landscape");
	const [absent, present] = await answerBoxes(page);
	assert.ok(absent.x + absent.width < 640 * 0.3 && present.x > 640 * 0.7);
	assert.ok(absent.y + absent.height <= 360);
	await page.setViewportSize({ width: 360, height: 640 });

	await play(page, "visual-search", byTouch);
	await resultShown(page);
	await assertFits(page, "result");
	await assertAccessible(page, "result");
	await screenshot(page, "phone-result", { fullPage: true });

	const trials = await assertStored(server, sessionOf(page), SHORT_TRIALS);
	for (const t of trials) {
		assert.equal(t.flags & FLAGS.touch, FLAGS.touch);
		assert.equal(t.detail.input, "touch");
	}
	assertNoProblems(person);
});

const answerBoxes = (page) => page.$$eval(".stage-answer", (buttons) =>
	buttons.map((b) => {
		const { x, y, width, height } = b.getBoundingClientRect();
		return { x, y, width, height };
	}));
