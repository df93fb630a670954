// The operator's page of models: what serves, an upload, its activation, a training's curve.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeModel } from "../support/model.mjs";
import { runCamp } from "../support/server.mjs";
import { assertAccessible, assertNoProblems, closeBrowser, newPerson, screenshot, startDemo } from "./support.mjs";

let server;
let person;
let token;

before(async () => {
	server = await startDemo();
	person = await newPerson();
	token = (await runCamp(["token", "new", "--operator"], { env: { CAMP_STATE_DIR: server.stateDir } })).stdout.trim();
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

test("the page asks for a token, and opens with one", async () => {
	const { page } = person;
	await page.goto(`${server.url}/models`);
	await page.waitForSelector("input[type=password]");
	await assertAccessible(page, "models without a token");
	await page.fill("input[type=password]", token);
	await page.keyboard.press("Enter");
	await page.waitForSelector("[data-serving]");
	assert.match(await page.getAttribute("[data-serving]", "data-serving"), /^[0-9a-f]{16}$/);
});

test("a file is uploaded, activated and serves", async () => {
	const { page } = person;
	await page.setInputFiles("input[type=file]", await makeModel({ seed: 2 }));
	const row = page.locator("[data-model]");
	await row.first().waitFor();
	const version = await row.first().getAttribute("data-model");
	await row.first().locator("button").click();
	await page.waitForSelector(`[data-serving="${version}"]`);
	assert.match(await row.first().textContent(), /active/);
});

test("a training is started and draws its curve", async () => {
	const { page } = person;
	await page.selectOption(".train select", "gru");
	await page.fill(".train input[type=number] >> nth=0", "8");
	await page.fill(".train input[type=text]", server.joinCode);
	await page.click(".train button[type=submit]");
	await page.waitForSelector("[data-run=done]", { timeout: 120000 });
	await page.waitForSelector(".curves path.line.main");
	assert.ok(Number(await page.getAttribute(".curves", "data-points")) > 1);
	assert.equal(await page.locator("[data-model]").count(), 2);
	await assertAccessible(page, "models");
	await screenshot(page, "models", { fullPage: true });
	await page.setViewportSize({ width: 390, height: 800 });
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than a phone");
	assertNoProblems(person);
});
