// The attention model in Chromium: the module as the server serves it, under the policy of
// its pages, forecasts as the program does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertParity, builtModule, dataFiles, native, play, randomModel } from "../support/engagement.mjs";
import { startServer } from "../support/server.mjs";
import { assertNoProblems, closeBrowser, newPerson } from "./support.mjs";

let server, person, script, data;

before(async () => {
	data = await dataFiles();
	script = `/assets/${path.basename(builtModule().script)}`;
	server = await startServer({ client: "real" });
	person = await newPerson();
	/* The policy that is tested forbids eval(). */
	await person.context.addInitScript({ content: `globalThis.play = ${play}` });
	/* Any page has the policy; that of a link that leads nowhere needs no participant. */
	await person.page.goto(`${server.url}/join/AAAAAAAA`);
});
after(async () => {
	await closeBrowser();
	await server?.stop();
});

test("the page starts without the module", async () => {
	const loaded = await person.page.evaluate(() => performance.getEntriesByType("resource").map((r) => r.name));
	assert.ok(loaded.some((name) => name.includes("/assets/app.")), loaded.join());
	assert.ok(!loaded.some((name) => name.includes("engagement")), loaded.join());
});

for (const encoder of ["transformer", "gru"]) {
	test(`${encoder}: Chromium forecasts as the program does`, async () => {
		const file = randomModel(encoder, 2, data.simulated);
		const sequences = native("run", file, data.recorded ?? data.simulated, "4");
		const played = await person.page.evaluate(async ([url, base64, list]) => {
			const { Forecaster } = await import(url);
			const model = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
			const forecaster = await Forecaster.open(model);
			return list.map((sequence) => globalThis.play(forecaster, sequence));
		}, [script, readFileSync(file).toString("base64"), sequences]);
		sequences.forEach((sequence, i) => assertParity(played[i], sequence, sequence.task));
	});
}

test("nothing went wrong in the page", () => assertNoProblems(person));
