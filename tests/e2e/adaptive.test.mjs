// Adaptive difficulty in Chromium, as the server serves it and under the policy of its pages:
// the program's decisions to the bit, and without a network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertSameBits, builtAdaptive, fieldNames, nativeSessions, replay } from "../support/adaptive.mjs";
import { startServer } from "../support/server.mjs";
import { assertNoProblems, closeBrowser, newPerson } from "./support.mjs";

let server, person, script, fields;

before(async () => {
	const built = builtAdaptive();
	script = `/assets/${path.basename(built.script)}`;
	fields = await fieldNames(WebAssembly.compile(readFileSync(built.wasm)));
	server = await startServer({ client: "real" });
	person = await newPerson();
	/* The policy that is tested forbids eval(). */
	await person.context.addInitScript({ content: `globalThis.replay = ${replay}` });
	/* Any page has the policy; that of a link that leads nowhere needs no participant. */
	await person.page.goto(`${server.url}/join/AAAAAAAA`);
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

const inPage = (sessions) =>
	person.page.evaluate(async ([url, names, list]) => {
		const { Adaptive } = await import(url);
		return globalThis.replay(Adaptive, names, list);
	}, [script, fields, sessions]);

test("the page starts without the module", async () => {
	const loaded = await person.page.evaluate(() => performance.getEntriesByType("resource").map((r) => r.name));
	assert.ok(loaded.some((name) => name.includes("/assets/app.")), loaded.join());
	assert.ok(!loaded.some((name) => name.includes("adaptive")), loaded.join());
});

test("Chromium decides as the program does", async () => {
	const sessions = nativeSessions(40, 3);
	assertSameBits(await inPage(sessions), sessions.length, 40);
});

test("it decides without a network, from what the service worker kept", async () => {
	await person.page.evaluate(async () => {
		await navigator.serviceWorker.ready;
		if (navigator.serviceWorker.controller === null)
			await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
	});
	const home = `${server.url}/`;
	await server.stop();
	server = undefined;
	await person.page.goto(home);
	const sessions = nativeSessions(40, 4).slice(0, 60);
	assertSameBits(await inPage(sessions), sessions.length, 40);
});

test("nothing went wrong in the page", () => assertNoProblems(person));
