// Every task of the battery, start to end, by keyboard and by touch: what is shown can be
// read and answered, every trial arrives, and the scores come out. Shortened by parameters.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";
import { exposuresOff, onsetsAgreeing } from "./timing.mjs";
import {
	FLAGS, PLAYS, assertNoProblems, assertStored, byKeyboard, byTouch, closeBrowser, join, newPerson, play, query, resultShown,
	screenshot, sessionOf, startShortened,
} from "./support.mjs";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const wanted = process.env.CAMP_PLAYS?.split(",") ?? Object.keys(PLAYS);

let server;
let joinUrl;

before(async () => {
	server = await startServer({ client: "real" });
	const args = ["seed", "--cohort-name", "Battery", "--json", "--tasks", wanted.join(",")];
	const { status, stdout, stderr } = await runVerb(args, { env: { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) } });
	assert.equal(status, 0, stderr);
	joinUrl = `${server.url}/join/${JSON.parse(stdout).join_code}`;
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

for (const [way, hands, options] of [["keyboard", byKeyboard, {}], ["touch", byTouch, PHONE]]) {
	test(`every task is played by ${way}`, async () => {
		const person = await newPerson(options);
		const { page } = person;
		await join(page, joinUrl, "");
		for (const task of wanted) {
			await startShortened(page, task);
			await screenshot(page, `task-${task}-${way}-introduction`);
			const pictured = { ...hands, answer: pictureFirst(page, hands, `task-${task}-${way}`) };
			await play(page, task, pictured);
			await resultShown(page);
			await assertTiming(page, task, await assertSession(task, sessionOf(page), way));
			await page.click("main button.main");
			await page.waitForSelector("li.card button.main");
		}
		assertNoProblems(person);
		await person.close();
	});
}

/* Every trial arrived with its flags and a time, most are right, and there are scores. */
async function assertSession(task, session, way) {
	const { trials, right = 0.6, scores: least = 5, untimed = false, check } = PLAYS[task];
	const ask = (text) => query(server, text, [session]);
	const [{ n }] = await ask("SELECT trials AS n FROM session WHERE session_id = $1");
	const stored = await assertStored(server, session, trials ?? n);
	assert.ok(stored.length >= 4, `${task}: ${stored.length} trials`);
	const correct = stored.filter((t) => t.correct).length;
	assert.ok(correct >= right * stored.length, `${task}: ${correct} of ${stored.length} right`);
	for (const t of stored.filter((t) => t.rt_ms !== null)) {
		assert.equal(t.flags & FLAGS.touch, way === "touch" ? FLAGS.touch : 0, `${task}: trial ${t.seq}`);
		assert.ok(untimed || t.rt_ms > 100, `${task}: ${t.rt_ms} ms`);
	}
	const scores = await ask("SELECT name, value FROM score WHERE session_id = $1");
	assert.ok(scores.length >= least, `${task}: ${scores.length} scores`);
	check?.({ stored, scores });
	return stored;
}

/* Onsets and exposures against what the test itself saw drawn: 0 frames of error. */
async function assertTiming(page, task, stored) {
	const onsets = await onsetsAgreeing(page, stored);
	const exposures = exposuresOff(stored, PLAYS[task].exposures ?? (() => []));
	const dropped = stored.filter((t) => t.detail.frames_dropped > 0).length;
	console.log(`# ${task}: ${onsets.agree} of ${onsets.of} onsets at their frame, ${exposures.off} of ${exposures.of} exposures off, `
		+ `${dropped} of ${stored.length} trials lost frames`);
	/* What is heard has no frames. */
	if (PLAYS[task].exposures === undefined) return;
	assert.equal(onsets.agree, onsets.of, `${task}: onsets`);
	assert.ok(exposures.of > 0, `${task}: every trial lost frames`);
	assert.equal(exposures.off, 0, `${task}: exposures`);
}

/* A picture of the first stimulus, for people to look at; the answer then comes late. */
function pictureFirst(page, hands, name) {
	let done = false;
	return async (where, response, keys) => {
		if (!done) await screenshot(page, name);
		done = true;
		await hands.answer(where, response, keys);
	};
}
