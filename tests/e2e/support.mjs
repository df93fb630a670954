// A person at a browser, for the tests of this folder: Chromium, what it showed and when,
// and what the database holds of it.
import axe from "axe-core";
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { chromium } from "playwright-core";
import { listen } from "./listen.mjs";
import { makeModel } from "../support/model.mjs";
import { taskOf } from "./plays/task.mjs";
import { ROOT, sleep, startServer, until } from "../support/server.mjs";

export { sleep, until };

const SCREENSHOTS = path.join(process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build"), "screenshots");

/** A whole session in little time: every condition, short waits, one break. */
export const SHORT = "?p.trials_per_cell=5&p.practice_trials=4&p.block_trials=24&p.fixation_ms=150&p.gap_ms=50&p.feedback_ms=100";
export const SHORT_TRIALS = 40;

export async function startDemo() {
	return startServer({ demo: true, client: "real", env: { CAMP_MODEL: await makeModel() } });
}

let browser;

export async function openBrowser() {
	browser ??= await chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		headless: true,
		args: [
			"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
		],
	});
	return browser;
}

export async function closeBrowser() {
	await browser?.close();
	browser = undefined;
}

/*
 * Runs in the page before its scripts: notes every frame, and which frame drew what on
 * the canvas, independently of the client's own clock.
 */
function record() {
	const seen = { frames: [], drawings: [] };
	globalThis.seen = seen;
	let frame = null;
	/* Reactions to promises still belong to the frame; the first task after it does not. */
	const over = new MessageChannel();
	over.port1.onmessage = () => (frame = null);
	const request = globalThis.requestAnimationFrame.bind(globalThis);
	globalThis.requestAnimationFrame = (callback) => request((t) => {
		frame = t;
		over.port2.postMessage(null);
		callback(t);
	});
	const tick = (t) => {
		seen.frames.push(t);
		request(tick);
	};
	request(tick);

	const mine = (g) => g.canvas.classList.contains("stage-canvas");
	const { arc, beginPath, drawImage, fill, fillRect, fillText, lineTo, moveTo, stroke } = CanvasRenderingContext2D.prototype;
	let path = [];
	let circle = null;
	CanvasRenderingContext2D.prototype.arc = function (x, y, r, ...rest) {
		arc.call(this, x, y, r, ...rest);
		circle = { x, y, r };
	};
	CanvasRenderingContext2D.prototype.fill = function (...rest) {
		fill.call(this, ...rest);
		if (mine(this) && circle !== null) seen.drawings.at(-1)?.items.push({ colour: this.fillStyle, ...circle });
	};
	CanvasRenderingContext2D.prototype.beginPath = function () {
		beginPath.call(this);
		path = [];
		circle = null;
	};
	CanvasRenderingContext2D.prototype.moveTo = function (x, y) {
		moveTo.call(this, x, y);
		path.push([x, y]);
	};
	CanvasRenderingContext2D.prototype.lineTo = function (x, y) {
		lineTo.call(this, x, y);
		path.push([x, y]);
	};
	CanvasRenderingContext2D.prototype.stroke = function (...rest) {
		stroke.call(this, ...rest);
		if (mine(this)) seen.drawings.at(-1)?.items.push({ path });
	};
	CanvasRenderingContext2D.prototype.fillRect = function (x, y, w, h) {
		fillRect.call(this, x, y, w, h);
		if (!mine(this)) return;
		/* The client clears the whole canvas before each drawing. */
		if (w >= this.canvas.width && h >= this.canvas.height) seen.drawings.push({ frame, items: [] });
		else seen.drawings.at(-1)?.items.push({ colour: this.fillStyle, x: x + w / 2, y: y + h / 2, w, h });
	};
	CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
		fillText.call(this, text, x, y);
		if (mine(this)) seen.drawings.at(-1)?.items.push({ colour: this.fillStyle, text, x, y });
	};
	CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
		drawImage.call(this, image, ...rest);
		if (mine(this)) seen.drawings.at(-1)?.items.push({ image: image.dataset?.scene ?? "", alpha: this.globalAlpha });
	};
}

/** A person with a browser of their own. What goes wrong in the page fails the test. */
export async function newPerson(options = {}) {
	const context = await (await openBrowser()).newContext({ locale: "en-GB", viewport: { width: 1100, height: 800 }, ...options });
	await context.addInitScript(record);
	await context.addInitScript(listen);
	const problems = [];
	const page = await context.newPage();
	const watch = (p) => {
		p.on("pageerror", (err) => problems.push(String(err.stack ?? err)));
		p.on("console", (message) => {
			const text = message.text();
			/* Lost connections are what some tests are about; the browser reports each. */
			if (message.type() === "error" && !text.startsWith("Failed to load resource")) problems.push(text);
		});
	};
	context.on("page", watch);
	watch(page);
	return { context, page, problems, close: () => context.close() };
}

export async function screenshot(page, name, options = {}) {
	mkdirSync(SCREENSHOTS, { recursive: true });
	await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), ...options });
}

/** axe finds nothing; `where` names the page in the failure. */
export async function assertAccessible(page, where) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
	const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
	assert.deepEqual(told, [], `axe on ${where}`);
}

/** Opens the join link, agrees, and arrives at the tasks. */
export async function join(page, url, query = SHORT) {
	await page.goto(url + query);
	await page.check("input[name=agree]");
	await page.click("button[type=submit]");
	await page.waitForSelector("li.card button.main");
}

export async function startTask(page, task) {
	await page.click(`[data-task="${task}"] button.main`);
	await page.waitForSelector("[data-page]");
}

/** The page between trials that is up, or null. */
export const pageUp = (page) => page.evaluate(() => document.querySelector("[data-page]")?.dataset.page ?? null);

/** By task: plays/README.md. */
export const PLAYS = Object.fromEntries(await Promise.all(
	readdirSync(path.join(path.dirname(fileURLToPath(import.meta.url)), "plays"))
		.filter((file) => file.endsWith(".mjs") && file !== "task.mjs")
		.sort()
		.map(async (file) => [path.basename(file, ".mjs"), await import(`./plays/${file}`)]),
));

/* How long a person takes: longer with more bars, which the scores must show. */
const searching = (size) => 230 + 10 * size;

/*
 * A place is steered to by the arrow keys: straight, and where that only goes round, some
 * steps anywhere.
 */
async function steer(page, { place, x, y }) {
	for (let tries = 0; tries < 240; tries++) {
		const cursor = await page.locator(".stage-canvas").getAttribute("data-cursor");
		if (cursor === place) return;
		const at = places.get(cursor);
		const [dx, dy] = at === undefined ? [0, 0] : [x - at.x, y - at.y];
		const across = [dx < 0 ? "ArrowLeft" : "ArrowRight", Math.abs(dx)];
		const along = [dy < 0 ? "ArrowUp" : "ArrowDown", Math.abs(dy)];
		const [best, other] = across[1] > along[1] ? [across, along] : [along, across];
		const anywhere = ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"][Math.floor(4 * Math.random())];
		await page.keyboard.press(tries % 12 >= 6 ? anywhere : tries % 4 === 3 ? other[0] : best[0]);
	}
	assert.fail(`the cursor did not reach "${place}"`);
}

/* Where the places are that were spoken of, for the cursor's way among them. */
const places = new Map();

export const byKeyboard = {
	wait: searching,
	async answer(page, response, keys) {
		if (typeof response === "string") return page.keyboard.press(keys[response]);
		await steer(page, response);
		await page.keyboard.press("Space");
	},
	goOn: (page) => page.keyboard.press("Space"),
};

/** For tests that are about something else than times. */
export const inHaste = { ...byKeyboard, wait: () => 40 };

export const byTouch = {
	wait: searching,
	async answer(page, response) {
		const button = typeof response === "string";
		const box = await page.locator(button ? `[data-response="${response}"]` : ".stage-canvas").boundingBox();
		const { x, y } = button ? { x: 0, y: 0 } : response;
		await page.touchscreen.tap(box.x + box.width / 2 + x, box.y + box.height / 2 + y);
	},
	goOn: (page) => page.locator("[data-page] button.main").tap(),
};

/* What an attention check asks for, or undefined. */
function checkOf(task, items) {
	const asked = /press “(.+)” now/.exec(items.map((i) => i.text ?? "").join(" "))?.[1];
	return asked && { response: taskOf(task).responses.find((r) => r.label.en === asked).name };
}

/**
 * Plays on, as a person would, until the session is over or `enough(n)` says so after n
 * answers of this call. All answers are right but each tenth.
 */
export async function play(page, task, hands = byKeyboard, enough = () => false) {
	const { keys = {}, wrong = {}, begin, answer } = PLAYS[task];
	const judge = begin?.() ?? answer;
	let answered = 0;
	let last = -1;
	/* Nothing was up since the last stimulus. */
	let armed = true;
	for (;;) {
		const state = await page.waitForFunction((seenSoFar) => {
			if (/^#\/(result|next)\//.test(location.hash)) return { over: true };
			/* The page about sound has several steps. */
			const { page: kind, step = "", played = "" } = document.querySelector("[data-page]")?.dataset ?? {};
			if (kind !== undefined) return { pageUp: kind + step + played };
			const { drawings, frames } = globalThis.seen;
			/* On screen since the frame after its drawing; the newest may not be there yet. */
			const at = drawings.findLastIndex((d) => frames.at(-1) > d.frame);
			const passed = () => drawings.slice(seenSoFar + 1, at + 1).map((d) => d.items);
			return at > seenSoFar && { at, items: drawings[at].items, passed: passed() };
		}, last, { polling: 10, timeout: 30000 }).then((handle) => handle.jsonValue());
		if (state.over) return answered;
		if (state.pageUp !== undefined) {
			/* The check of headphones takes half a minute and has a test of its own. */
			if (state.pageUp === "soundheadphones-before") await page.click("[data-page] button:not(.main)");
			else if (!/^sound(loading|levelnow)$/.test(state.pageUp)) await hands.goOn(page);
			await page.waitForFunction((before) => {
				const { page: kind = "", step = "", played = "" } = document.querySelector("[data-page]")?.dataset ?? {};
				return kind + step + played !== before;
			}, state.pageUp);
			continue;
		}
		last = state.at;
		const right = checkOf(task, state.items) ?? judge(state.items, { armed, passed: state.passed });
		armed = right === null;
		if (right === null || right.response === null) continue;
		await sleep(hands.wait(right.size ?? 0));
		/* Where there is one response only, the wrong one is none. */
		const one = answered % 10 === 9 ? wrong[right.response] : right.response;
		const given = right.responses ?? (one === undefined ? [] : [one]);
		for (const response of [...(right.around ?? []), ...given]) if (typeof response !== "string") places.set(response.place, response);
		for (const response of given) await hands.answer(page, response, keys);
		answered++;
		if (enough(answered)) return answered;
	}
}

/** Starts a task of the home page with parameters of its own. */
export async function startShortened(page, task, others = {}) {
	const settings = Object.entries({ ...PLAYS[task].shortened, ...others }).map(([name, value]) => `p.${name}=${value}`);
	await page.evaluate((search) => history.replaceState(history.state, "", search + location.hash), `?${settings.join("&")}`);
	await startTask(page, task);
}

export const resultShown = (page) => page.waitForSelector(".intervals", { timeout: 30000 });

/** Rows of the private cluster of a running server. */
export async function query(server, text, values = []) {
	const client = new pg.Client({ host: path.join(server.stateDir, "postgres-socket"), user: "camp", database: "camp" });
	await client.connect();
	try {
		return (await client.query(text, values)).rows;
	} finally {
		await client.end();
	}
}

/** The trials that real people played: those of the demo were not made in a browser. */
export const storedTrials = (server, session) => query(server,
	"SELECT seq, condition, correct, rt_ms, onset_ms, response, difficulty, flags, detail FROM trial WHERE session_id = $1 ORDER BY seq", [session]);

/** The id of the session that the page plays or shows. */
export const sessionOf = (page) => /#\/(?:play|next|result)\/([0-9a-f-]{36})/.exec(page.url())?.[1];

export const FLAGS = { touch: 1, frames_dropped: 2, blurred: 4, resumed: 8, catch: 16, timeout: 32 };

/** Every trial of the session is stored once, and the session is sealed at their number. */
export async function assertStored(server, session, n) {
	const trials = await storedTrials(server, session);
	assert.deepEqual(trials.map((t) => t.seq), Array.from({ length: n }, (_, i) => i));
	const [row] = await query(server, "SELECT state, trials FROM session WHERE session_id = $1", [session]);
	assert.equal(row.state, "complete");
	assert.equal(row.trials, n);
	const conflicts = await query(server, "SELECT seq FROM trial_conflict WHERE session_id = $1", [session]);
	assert.deepEqual(conflicts, []);
	return trials;
}

export function assertNoProblems(person) {
	assert.deepEqual(person.problems, []);
}

/** What the test's own recorder saw, to be held against what the client stored. */
export const seenBy = (page) => page.evaluate(() => globalThis.seen);
