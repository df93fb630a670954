// A whole programme, as people live it: join, baseline, two training sessions whose difficulty
// follows the person, follow-up; the network lost in the middle; progress seen at the end.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { makeFolder, runVerb } from "../support/cli.mjs";
import { ROOT, startServer } from "../support/server.mjs";
import {
	PLAYS, assertAccessible, assertNoProblems, assertStored, byKeyboard, byTouch, closeBrowser, newPerson, play, query,
	screenshot, sessionOf, storedTrials, until,
} from "./support.mjs";

/* Not tall, so that a page that does not fit is seen. */
const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: "ar-EG" };
const MEASURED = ["stroop", "flanker"];
const ADAPTIVE = "digit-span";
const TRAINED = ["flanker", ADAPTIVE];

const texts = (en, zh, es, ar) => ({ en, "zh-Hans": zh, es, ar });

/** The parameters that make a session short, as a programme sets them. */
function shortly(task, more = {}) {
	const { parameters } = JSON.parse(readFileSync(path.join(ROOT, "tasks", task, "task.json"), "utf8"));
	const settings = Object.entries({ ...PLAYS[task].shortened, ...more })
		.filter(([name, value]) => Number.isInteger(value) && parameters.some((p) => p.name === name));
	return { task, minutes: 1, parameters: Object.fromEntries(settings) };
}

const programme = {
	title: texts("A short study", "一项简短的研究", "Un estudio breve", "دراسة قصيرة"),
	seed: 4,
	free_practice: false,
	phases: [
		{ name: "baseline", title: texts("Baseline", "基线", "Medición inicial", "القياس الأولي"), sessions: 1, order: "fixed", tasks: MEASURED.map((t) => shortly(t)) },
		{
			name: "training", title: texts("Training", "训练", "Entrenamiento", "التدريب"), sessions: 2, order: "fixed",
			tasks: TRAINED.map((t) => shortly(t, t === ADAPTIVE ? { adaptive: 1, trials: 6, practice_trials: 0, digit_ms: 100, digit_gap_ms: 30 } : {})),
		},
		{ name: "follow-up", title: texts("Follow-up", "随访", "Medición final", "القياس الختامي"), sessions: 1, order: "fixed", tasks: MEASURED.map((t) => shortly(t)) },
	],
};

/* Fast, but not so fast that the scores would leave the answers out. */
const quickly = (hands) => ({ ...hands, wait: () => 170 });
const KEYS = quickly(byKeyboard);
const FINGERS = quickly(byTouch);

const folder = makeFolder();
let server;
let joinUrl;

before(async () => {
	server = await startServer({ client: "real" });
	const env = { CAMP_STATE_DIR: server.stateDir, CAMP_PORT: String(server.port) };
	const run = async (...args) => {
		const { status, stdout, stderr } = await runVerb(args, { env });
		assert.equal(status, 0, stderr);
		return stdout;
	};
	const tasks = [...new Set([...MEASURED, ...TRAINED])].join(",");
	const code = JSON.parse(await run("seed", "--cohort-name", "Study", "--json", "--tasks", tasks)).join_code;
	const file = path.join(folder.dir, "programme.json");
	writeFileSync(file, JSON.stringify(programme));
	await run("programme", "set", "--cohort", code, file);
	joinUrl = `${server.url}/join/${code}`;
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

/** What this device holds of sessions. */
const held = (page) => page.evaluate(() => new Promise((resolve) => {
	const open = indexedDB.open("camp");
	open.onsuccess = () => {
		const all = open.result.transaction("sessions").objectStore("sessions").getAll();
		all.onsuccess = () => (open.result.close(), resolve(all.result));
	};
}));

/** Lets the page look at its plan until its card says so. */
const homeIs = (page, state) => page.waitForSelector(`.today[data-state=${state}]`);

async function startSession(page, hands) {
	await homeIs(page, "due");
	const button = page.locator(".today button.main");
	await (hands === KEYS ? button.click() : button.tap());
	await page.waitForSelector("[data-page]");
}

/** Plays the item that is up to its end and answers its session and what follows. */
async function playItem(page, task, hands) {
	await play(page, task, hands);
	const session = sessionOf(page);
	const kind = await page.waitForSelector("[data-between]").then((e) => e.getAttribute("data-between"));
	return { session, kind };
}

/** All items of the session that is due, from the home page to its end page. */
async function playSession(page, hands, tasks, name) {
	const sessions = [];
	await startSession(page, hands);
	for (const [i, task] of tasks.entries()) {
		const { session, kind } = await playItem(page, task, hands);
		sessions.push({ task, session });
		assert.equal(kind, i + 1 < tasks.length ? "next" : "over");
		if (name !== undefined) await screenshot(page, `${name}-between-${i}`);
		if (kind === "over") break;
		/* Focused from the start, so the space bar goes on; a finger taps it. */
		await (hands === KEYS ? page.keyboard.press("Space") : page.locator(".between button.main").tap());
		await page.waitForSelector("[data-page]");
	}
	return sessions;
}

/** A phone's window grows with a page that is too wide, so its own width counts. */
async function assertNotWide(page, where) {
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - visualViewport.width * visualViewport.scale);
	assert.ok(wide <= 1, `${where} is ${wide} px too wide`);
}

const home = async (page) => {
	await page.click(".tabs a:first-child");
	await page.waitForSelector(".today");
};

/** Each session once, whole, in its place of the programme; difficulties followed. */
async function assertProgramme(played) {
	for (const { task, session, item } of played) {
		const [{ n }] = await query(server, "SELECT trials AS n FROM session WHERE session_id = $1", [session]);
		await assertStored(server, session, n);
		const [row] = await query(server, "SELECT task, item, phase FROM session WHERE session_id = $1", [session]);
		assert.deepEqual([row.task, row.item, row.phase], [task, item, item.replace(/-[0-9]+-[0-9]+$/, "")]);
		const trials = await query(server, "SELECT difficulty FROM trial WHERE session_id = $1 ORDER BY seq", [session]);
		if (task === ADAPTIVE) assert.ok(new Set(trials.map((t) => t.difficulty)).size > 1, "the difficulty moved");
	}
	const sessions = played.map((p) => p.session);
	const twice = await query(server, "SELECT item FROM session WHERE state = 'complete' AND session_id = ANY($1) GROUP BY item HAVING count(*) > 1", [sessions]);
	assert.deepEqual(twice, []);
	assert.equal(new Set(sessions).size, 8);
}

for (const [way, hands, options] of [["desktop", KEYS, {}], ["phone", FINGERS, PHONE]]) {
	test(`a programme is lived through on a ${way}`, { timeout: 180000 }, async () => {
		const person = await newPerson(options);
		const { context, page } = person;
		await page.goto(joinUrl);
		await page.waitForSelector("input[name=agree]");
		await assertNotWide(page, "join");
		await page.check("input[name=agree]");
		await page.click("button[type=submit]");
		await homeIs(page, "due");
		await assertAccessible(page, "home, due");
		await assertNotWide(page, "home");
		await screenshot(page, `programme-${way}-due`, { fullPage: true });
		assert.equal(await page.evaluate(() => document.documentElement.dir || "ltr"), way === "phone" ? "rtl" : "ltr");

		const played = [];
		const done = (name, sessions) => played.push(...sessions.map((s, i) => ({ ...s, item: `${name}-${i + 1}` })));
		done("baseline-1", await playSession(page, hands, MEASURED, `programme-${way}`));
		await assertAccessible(page, "the session's end");
		await home(page);
		done("training-1", await playSession(page, hands, TRAINED));
		await home(page);

		/* The next training session is in hand, and starts from what the first one found. */
		await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
		await until("the next session in hand", 15000, async () => (await held(page)).some((s) => s.item === "training-2-2" && s.ability));
		await startSession(page, hands);
		await play(page, TRAINED[0], hands, (n) => n === 2);
		await context.setOffline(true);
		await play(page, TRAINED[0], hands, (n) => n === 1);
		await page.reload();
		await page.waitForSelector("[data-page=resume]");
		const first = await playItem(page, TRAINED[0], hands);
		assert.equal(first.kind, "next");
		/* Away in the pause, and back: the day's card knows what was done. */
		await page.click(".between > .row button:not(.main)");
		await homeIs(page, "due");
		await page.reload();
		await page.waitForSelector('[data-item="training-2-1"][data-item-state="unsent"]');
		await screenshot(page, `programme-${way}-offline`, { fullPage: true });
		await startSession(page, hands);
		const second = await playItem(page, ADAPTIVE, hands);
		assert.equal(second.kind, "over");
		assert.deepEqual(await storedTrials(server, second.session), []);
		done("training-2", [{ task: TRAINED[0], session: first.session }, { task: ADAPTIVE, session: second.session }]);
		await context.setOffline(false);
		await until("all sent", 30000, async () => (await held(page)).every((s) => s.state !== "played"));
		await home(page);

		done("follow-up-1", await playSession(page, hands, MEASURED));
		await until("all sealed", 30000, async () => (await held(page)).every((s) => s.state !== "played"));
		await home(page);
		await homeIs(page, "finished");
		await assertAccessible(page, "home, finished");
		await screenshot(page, `programme-${way}-finished`, { fullPage: true });
		await assertProgramme(played);

		await page.click(".tabs a:last-child");
		await page.waitForSelector(`[data-progress="${ADAPTIVE}"] [data-chart=ability][data-points="2"]`);
		/* Of a difference there is no chart, but speed and accuracy. */
		await page.waitForSelector('[data-progress="flanker"] [data-chart=accuracy][data-points="4"]');
		assert.equal(await page.locator('[data-chart="flanker_effect"]').count(), 0);
		await assertAccessible(page, "progress");
		await screenshot(page, `programme-${way}-progress`, { fullPage: true });
		await assertNotWide(page, "progress");

		await page.click(`[data-progress="${ADAPTIVE}"] button.small`);
		await page.waitForSelector("[data-part=course]");
		await assertAccessible(page, "result");
		await screenshot(page, `programme-${way}-result`, { fullPage: true });
		assertNoProblems(person);
		await person.close();
	});
}

test("installers find a manifest, its icons and a start page", async () => {
	const get = async (where, type) => {
		const answer = await fetch(server.url + where);
		assert.equal(answer.status, 200, where);
		assert.ok(answer.headers.get("Content-Type").startsWith(type), where);
		return answer;
	};
	const page = await (await get("/", "text/html")).text();
	const manifest = await (await get(/rel="manifest" href="([^"]+)"/.exec(page)[1], "application/manifest+json")).json();
	assert.equal(manifest.display, "standalone");
	await get(manifest.start_url, "text/html");
	for (const size of ["192x192", "512x512"]) assert.ok(manifest.icons.some((i) => i.sizes === size && i.type === "image/png"), size);
	for (const icon of manifest.icons) {
		const bytes = Buffer.from(await (await get(icon.src, icon.type)).arrayBuffer());
		if (icon.type === "image/png") assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, icon.sizes);
	}
});
