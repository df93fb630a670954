// Adaptive difficulty decides in WebAssembly what it decides in the program, to the bit;
// here in Node (in Chromium: tests/e2e).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { assertSameBits, builtAdaptive, fieldNames, nativeSessions, replay } from "../support/adaptive.mjs";

let Adaptive, module, fields;

before(async () => {
	const built = builtAdaptive();
	({ Adaptive } = await import(built.script));
	module = WebAssembly.compile(readFileSync(built.wasm));
	fields = await fieldNames(module);
});

test("every kind, direction and shape decides alike", async () => {
	const sessions = nativeSessions(60, 20261123);
	assert.equal(sessions.length, 120);
	assertSameBits(await replay(Adaptive, fields, sessions, module), sessions.length, 60);
});

test("a wrong answer is noticed", async () => {
	const [session] = nativeSessions(60, 7);
	session.trials[3].correct = !session.trials[3].correct;
	assert.ok((await replay(Adaptive, fields, [session], module)).different.length > 0);
});
