// The cohort's page in its other states: empty, too few people, wrong link, no server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoProblems, closeBrowser, newPerson, screenshot, startDemo } from "./support.mjs";

let server;

before(async () => {
	server = await startDemo();
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

const ENGAGEMENT = "**/engagement";

async function openWith(change, options = {}) {
	const person = await newPerson(options);
	const { page } = person;
	if (change !== null) {
		await page.route(ENGAGEMENT, async (route) => {
			const response = await route.fetch();
			await route.fulfill({ response, json: { ...(await response.json()), ...change } });
		});
	}
	await page.goto(server.cohortUrl);
	await page.waitForSelector("main h1");
	return person;
}

test("it says that the participants are simulated", async () => {
	const person = await openWith(null);
	await person.page.waitForSelector(".badge");
	assert.match(await person.page.textContent("h1"), /Simulated/);
	assertNoProblems(person);
	await person.close();
});

test("in the dark, on a phone, in Chinese", async () => {
	const person = await openWith(null, { colorScheme: "dark", viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, locale: "zh-CN" });
	const { page } = person;
	await page.waitForFunction(() => document.querySelectorAll(".chart .uplot").length === 2);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await assertAccessible(page, "dark cohort");
	await screenshot(page, "cohort-phone-dark", { fullPage: true });
	assertNoProblems(person);
	await person.close();
});

test("an empty cohort", async () => {
	const person = await openWith({ participants: 0, sessions: 0, trials: 0, tasks: [], days: [] });
	await assertAccessible(person.page, "empty cohort");
	await screenshot(person.page, "cohort-empty");
	assert.equal(await person.page.locator(".note").count(), 1);
	assertNoProblems(person);
	await person.close();
});

test("too few people", async () => {
	const person = await openWith({ suppressed: true, participants: null, sessions: null, trials: null, tasks: [], days: [] });
	assert.match(await person.page.textContent(".note"), /at least 10 people/);
	await assertAccessible(person.page, "suppressed cohort");
	await screenshot(person.page, "cohort-suppressed");
	await person.close();
});

test("a wrong token, and none", async () => {
	const { page, close } = await newPerson();
	await page.goto(server.cohortUrl.replace(/.{6}$/, "AAAAAA"));
	await page.waitForSelector("[role=alert]");
	assert.match(await page.textContent("[role=alert]"), /not valid/);
	await assertAccessible(page, "refused cohort");
	await page.goto(server.cohortUrl.replace(/#.*/, ""));
	await page.waitForFunction(() => /incomplete/.test(document.querySelector("[role=alert]")?.textContent ?? ""));
	await close();
});

test("when the server goes, the numbers stay with a word, and come back by themselves", async () => {
	const person = await newPerson();
	const { page, context } = person;
	await page.clock.install();
	await page.goto(server.cohortUrl);
	await page.waitForSelector(".totals");
	await context.setOffline(true);
	await page.clock.runFor(16000);
	await page.waitForFunction(() => document.querySelector(".stale").textContent !== "");
	assert.equal(await page.locator(".totals").count(), 1);
	await context.setOffline(false);
	await page.clock.runFor(16000);
	await page.waitForFunction(() => document.querySelector(".stale").textContent === "");
	await person.close();
});
