#!/usr/bin/env node
// ./dev bench adaptive. Adaptive difficulty: what it measures of 2,000 simulated people, and how
// long a decision takes in Chromium.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { builtAdaptive } from "../support/adaptive.mjs";
import { ROOT } from "../support/server.mjs";
import { closeBrowser, openBrowser } from "../e2e/support.mjs";
import { machine, table } from "./lib/tools.mjs";

const BUILD = process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build");
const SLOW_DOWN = 6; /* a low-end phone */
const TWO_CHOICES = {
	version: 1, min: -20, max: 20, step: 1, location_min: -20, location_max: 20,
	slope_min: 0.25, slope_max: 1, slope_points: 3, lapse_min: 0, lapse_max: 0.04, lapse_points: 3,
};
const CASES = [
	["QUEST+, 41 levels x 369 points, every trial a probe", { ...TWO_CHOICES, kind: "questplus", probe_every: 1 }],
	["QUEST+, practice, one probe in 5", { ...TWO_CHOICES, kind: "questplus", probe_every: 5 }],
	["QUEST+, 64 levels x 1,024 points, the largest allowed", {
		...TWO_CHOICES, kind: "questplus", probe_every: 1, min: -20, max: 11.5, step: 0.5,
		location_points: 64, slope_points: 4, lapse_points: 4,
	}],
	["weighted up-down, one probe in 5", { ...TWO_CHOICES, kind: "weighted", probe_every: 5 }],
	["ability, 11 spans, one probe in 5", {
		version: 1, kind: "ability", min: 2, max: 12, step: 1, location_min: 0, location_max: 14, location_points: 57,
	}],
];

/* In the page. Its clock has steps of 0.1 ms: single decisions are rounded to that. */
async function time([source, bytes, config, updates]) {
	const { Adaptive } = await import(source);
	const module = await WebAssembly.compile(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
	const first = performance.now();
	const a = await Adaptive.open(config, Promise.resolve(module));
	const open = performance.now() - first;
	const took = [];
	for (let session = 0; took.length < updates; session++) {
		a.start(session, null);
		for (let i = 0; i < 40; i++) {
			const level = a.next();
			const begin = performance.now();
			a.outcome(level, (i * 7 + session) % 10 < 7);
			a.next();
			took.push(performance.now() - begin);
		}
	}
	took.sort((x, y) => x - y);
	const at = (q) => took[Math.floor(q * (took.length - 1))];
	return { open, mean: took.reduce((s, x) => s + x, 0) / took.length, p99: at(0.99), max: at(1) };
}

const people = spawnSync(path.join(BUILD, "tests/bench/adaptive"), process.argv.slice(2), { encoding: "utf8" });
if (people.status !== 0) throw new Error(people.stderr || "build the test programs first: make check-programs");

const built = builtAdaptive();
const ORIGIN = "http://localhost/";
const script = `${ORIGIN}assets/${path.basename(built.script)}`;
const wasm = readFileSync(built.wasm).toString("base64");
const page = await (await openBrowser()).newPage();
await page.route(`${ORIGIN}**`, (route) => {
	const file = new URL(route.request().url()).pathname;
	return file === "/"
		? route.fulfill({ contentType: "text/html", body: "<!doctype html><title>bench</title>" })
		: route.fulfill({ path: path.join(ROOT, "web/dist", file) });
});
await page.goto(ORIGIN);
const rows = [];
for (const rate of [1, SLOW_DOWN]) {
	const devtools = await page.context().newCDPSession(page);
	await devtools.send("Emulation.setCPUThrottlingRate", { rate });
	for (const [name, config] of CASES) {
		const t = await page.evaluate(time, [script, wasm, config, 2000]);
		rows.push([name, `${rate}x`, t.open.toFixed(1), t.mean.toFixed(3), t.p99.toFixed(2), t.max.toFixed(2)]);
	}
}
await closeBrowser();

console.log(`${JSON.stringify(machine())}\n`);
console.log(table(["Chromium: outcome and next", "CPU slowed", "open, ms", "mean, ms", "p99, ms", "max, ms"], rows));
console.log(`\n${people.stdout}`);
