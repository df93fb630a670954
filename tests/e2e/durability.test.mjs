// Trials outlive the server, the page and the network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
	FLAGS, SHORT, SHORT_TRIALS, assertNoProblems, assertStored, closeBrowser, inHaste, join, newPerson,
	pageUp, play, query, resultShown, screenshot, sessionOf, startDemo, startTask, storedTrials, until,
} from "./support.mjs";

let server;
const people = [];

async function somebody() {
	const person = await newPerson();
	people.push(person);
	return person;
}

before(async () => {
	server = await startDemo();
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

const waitingText = (page) => page.textContent(".outbox, .stage-note");

test("the server may be killed and come back in the middle of a session", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "visual-search");
	await play(page, "visual-search", inHaste, (n) => n === 10);
	await server.kill9();
	await play(page, "visual-search", inHaste);
	const session = sessionOf(page);
	/* All is played, nothing can be sent: the page says how much waits. */
	await page.waitForFunction(() => /\d+ trials waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));
	await screenshot(page, "waiting");
	const told = Number(/(\d+) trials waiting/.exec(await waitingText(page))[1]);
	assert.ok(told > 0 && told <= SHORT_TRIALS);
	await server.start();
	await resultShown(page);
	await assertStored(server, session, SHORT_TRIALS);
	assertNoProblems(person);
});

test("a server that stops in good order loses nothing either", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste, (n) => n === 6);
	await server.end("SIGTERM");
	await play(page, "stroop", inHaste, (n) => n === 3);
	await server.start();
	await play(page, "stroop", inHaste);
	await resultShown(page);
	const trials = await assertStored(server, sessionOf(page), 10);
	assert.ok(trials.every((t) => t.detail.word !== undefined && t.detail.ink !== undefined));
	assertNoProblems(person);
});

test("a reload resumes the session at its trial", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "visual-search");
	await play(page, "visual-search", inHaste, (n) => n === 14);
	const session = sessionOf(page);
	await page.reload();
	await page.waitForSelector("[data-page=resume]");
	await screenshot(page, "resume");
	await play(page, "visual-search", inHaste, (n) => n === 7);
	/* A crash of the tab: no event fires, a new one opens the app. */
	await page.close({ runBeforeUnload: false });
	const again = await person.context.newPage();
	await again.goto(`${server.url}/${SHORT}`);
	await again.click('[data-task="visual-search"] button.main');
	await again.waitForSelector("[data-page=resume]");
	await play(again, "visual-search", inHaste);
	await resultShown(again);
	assert.equal(sessionOf(again), session);
	const trials = await assertStored(server, session, SHORT_TRIALS);
	const resumed = trials.filter((t) => t.flags & FLAGS.resumed);
	assert.equal(resumed.length, 2, "the first trial after each interruption is marked");
	for (const [i, t] of trials.entries()) {
		if (i > 0) assert.ok(t.onset_ms > trials[i - 1].onset_ms, "the session's clock runs on");
	}
	assertNoProblems(person);
});

test("a whole session is played without a network, after a reload too", async () => {
	const person = await somebody();
	const { context, page } = person;
	/* The first request for sessions is lost. */
	let lost = 0;
	await page.route("**/api/v1/sessions", (route) => (lost++ === 0 ? route.abort() : route.continue()));
	await join(page, server.joinUrl);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	/* Sessions of both tasks are in hand before the network goes. */
	await until("sessions in hand", 10000, () => page.evaluate(async () => {
		const { sessions } = await new Promise((resolve) => {
			const open = indexedDB.open("camp");
			open.onsuccess = () => {
				const all = open.result.transaction("sessions").objectStore("sessions").getAll();
				all.onsuccess = () => resolve({ sessions: all.result });
			};
		});
		return new Set(sessions.map((s) => s.task)).size === 2;
	}));
	assert.ok(lost > 1, "what was lost was asked for again");
	await page.unroute("**/api/v1/sessions");
	await context.setOffline(true);
	await page.reload();
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste);
	const session = sessionOf(page);
	await page.waitForFunction(() => /trials waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));
	await page.reload();
	await page.waitForFunction(() => /trials waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));
	assert.deepEqual(await storedTrials(server, session), []);
	await context.setOffline(false);
	await resultShown(page);
	await assertStored(server, session, 10);
	assertNoProblems(person);
});

test("a lost answer to joining makes no second person", async () => {
	const person = await somebody();
	const { page } = person;
	const count = async () => Number((await query(server, "SELECT count(*) FROM participant"))[0].count);
	const before = await count();
	/* The server has joined the person, but the page never hears of it; twice, over a reload. */
	await page.route("**/api/v1/join", async (route) => {
		await route.fetch();
		await route.abort();
	});
	for (let i = 0; i < 2; i++) {
		await page.goto(server.joinUrl);
		await page.check("input[name=agree]");
		await page.click("button[type=submit]");
		await page.waitForFunction(() => document.querySelector("form [role=alert]").textContent !== "");
	}
	await page.unroute("**/api/v1/join");
	await join(page, server.joinUrl);
	assert.equal(await count(), before + 1);
	assertNoProblems(person);
});

test("what the server refuses is kept, shown, and sent when it may", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	const refuse = (route) => route.fulfill({
		status: 422,
		contentType: "application/problem+json",
		body: JSON.stringify({ type: "about:blank", title: "refused", status: 422, detail: "the body does not fit", instance: "", code: "invalid", trace_id: "", errors: [] }),
	});
	await page.route("**/trials", refuse);
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste);
	const session = sessionOf(page);
	await page.waitForSelector(".outbox .notice.bad");
	await screenshot(page, "refused");
	assert.match(await page.textContent(".outbox"), /the body does not fit/);
	assert.match(await page.textContent(".outbox"), /10 trials waiting/);
	await page.reload();
	await page.waitForSelector(".outbox .notice.bad");
	await page.unroute("**/trials", refuse);
	await page.click(".outbox .notice.bad button:first-child");
	await resultShown(page);
	await assertStored(server, session, 10);
});

test("trials that the server misses are sent again", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	/* The first upload is acknowledged but never arrives. */
	let eaten = 0;
	await page.route("**/trials", async (route) => {
		if (eaten > 0) return route.continue();
		eaten = route.request().postDataJSON().trials.length;
		return route.fulfill({ json: { stored: eaten, repeated: 0, conflicting: 0 } });
	});
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste);
	await resultShown(page);
	assert.ok(eaten > 0);
	await assertStored(server, sessionOf(page), 10);
	assertNoProblems(person);
});

test("the browser's back button leaves a task, which goes on at the same trial", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste, (n) => n === 7);
	const session = sessionOf(page);
	await page.goBack();
	await page.waitForSelector("li.card button.main");
	await page.click('[data-task="stroop"] button.main');
	await page.waitForSelector("[data-page=resume]");
	assert.equal(sessionOf(page), session);
	await play(page, "stroop", inHaste);
	await resultShown(page);
	await assertStored(server, session, 10);
	assertNoProblems(person);
});

test("a pause waits for the trial's end, and leaving keeps the place", async () => {
	const person = await somebody();
	const { page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "stroop");
	await play(page, "stroop", inHaste, (n) => n === 6);
	await page.keyboard.press("Escape");
	await page.waitForSelector("[data-page=pause]", { timeout: 15000 });
	await page.click("[data-page=pause] button:not(.main)");
	await page.waitForSelector("li.card button.main");
	assert.match(await page.textContent('[data-task="stroop"] button.main'), /Go on at trial/);
	assertNoProblems(person);
});

test("a second tab cannot play at the same time, but may take over", async () => {
	const person = await somebody();
	const { context, page } = person;
	await join(page, server.joinUrl);
	await startTask(page, "stroop");
	const other = await context.newPage();
	await other.goto(page.url());
	await other.waitForSelector("[data-play=elsewhere]");
	assert.equal(await pageUp(other), null);
	assert.equal(await pageUp(page), "intro");
	/* Until the participant asks for it there: the first tab stops, and its trials count. */
	await play(page, "stroop", inHaste, (n) => n === 3);
	await other.bringToFront();
	await other.click("[data-play=elsewhere] button.main");
	await other.waitForSelector("[data-page]");
	await page.waitForSelector("[data-play=elsewhere]");
	await play(other, "stroop", inHaste);
	await resultShown(other);
	await assertStored(server, sessionOf(other), 10);
	assertNoProblems(person);
});
