// Every task of the battery, start to end, by keyboard and by touch: what is shown can be
// read and answered, every trial arrives, and the scores come out. Shortened by parameters.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runVerb } from "../support/cli.mjs";
import { startServer } from "../support/server.mjs";
import {
	FLAGS, assertNoProblems, assertStored, byKeyboard, byTouch, closeBrowser, join, newPerson, play, query, resultShown,
	screenshot, sessionOf, startTask,
} from "./support.mjs";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const SETTINGS = {
	trials_per_cell: 2, practice_trials: 1, fixation_ms: 150, gap_ms: 50, feedback_ms: 100,
	trials_per_digit: 1, digit_ms: 300, mask_ms: 450,
	trials: 10, cue_ms: 100, cue_gap_ms: 100,
	duration_s: 10, foreperiod_min_ms: 900, foreperiod_max_ms: 1200, result_ms: 300,
};
const SHORTEST = `?${Object.entries(SETTINGS).map(([name, value]) => `p.${name}=${value}`).join("&")}`;
/* Trials of the test, or at least so many; and the least share that a careful person gets right. */
const TASKS = {
	cueing: { trials: 10, right: 0.6 },
	flanker: { trials: 6, right: 0.6 },
	stroop: { trials: 4, right: 0.6 },
	sart: { trials: 9, right: 0.6 },
	pvt: { trials: null, right: 0.6 },
};

let server;
let joinUrl;

before(async () => {
	server = await startServer({ client: "real" });
	const args = ["seed", "--cohort-name", "Battery", "--json", "--tasks", Object.keys(TASKS).join(",")];
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
		await join(page, joinUrl, SHORTEST);
		for (const [task, { trials, right }] of Object.entries(TASKS)) {
			await startTask(page, task);
			await screenshot(page, `task-${task}-${way}-introduction`);
			const pictured = { ...hands, answer: pictureFirst(page, hands, `task-${task}-${way}`) };
			await play(page, task, pictured);
			await resultShown(page);
			const session = sessionOf(page);
			const [{ n }] = await query(server, "SELECT trials AS n FROM session WHERE session_id = $1", [session]);
			const stored = await assertStored(server, session, trials ?? n);
			assert.ok(stored.length >= 4, `${task}: ${stored.length} trials`);
			const correct = stored.filter((t) => t.correct).length;
			assert.ok(correct >= right * stored.length, `${task}: ${correct} of ${stored.length} right`);
			for (const t of stored.filter((t) => t.rt_ms !== null)) {
				assert.equal(t.flags & FLAGS.touch, way === "touch" ? FLAGS.touch : 0);
				assert.ok(t.rt_ms > 100, `${task}: ${t.rt_ms} ms`);
			}
			const scores = await query(server, "SELECT name FROM score WHERE session_id = $1", [session]);
			assert.ok(scores.length >= 5, `${task}: ${scores.length} scores`);
			await page.click("main button.main");
			await page.waitForSelector("li.card button.main");
		}
		assertNoProblems(person);
		await person.close();
	});
}

/* A picture of the first stimulus, for people to look at; the answer then comes late. */
function pictureFirst(page, hands, name) {
	let done = false;
	return async (where, response) => {
		if (!done) await screenshot(page, name);
		done = true;
		await hands.answer(where, response);
	};
}
