import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Forecaster } from "./forecaster";

/* Forecasts themselves are held against the server's in tests/integration and tests/e2e. */

const module = () => WebAssembly.compile(readFileSync(ENGAGEMENT_MODULE));
const bytes = (text: string) => new TextEncoder().encode(text);

test("the module asks for nothing from outside", async () => {
	assert.deepEqual(WebAssembly.Module.imports(await module()), []);
});

test("what is no model file is refused with a sentence", async () => {
	const tiny = readFileSync(`${REFERENCE_DIR}/tiny.safetensors`);
	const open = (file: Uint8Array) => () => Forecaster.open(file, module());
	await assert.rejects(open(bytes("")), /it has 0 bytes, too few for the length of a header/);
	await assert.rejects(open(bytes("participant,session")), /it is not a safetensors file/);
	await assert.rejects(open(tiny.subarray(0, 617)), /ends at byte 90 of the data, of which there are 89/);
	await assert.rejects(open(tiny), /not a model of this program/);
	/* Bytes that no text may have, and escapes of every kind, in the header of numpy's file. */
	const damaged = tiny.slice();
	damaged[20] = 0xff;
	await assert.rejects(open(damaged), /is not UTF-8/);
});
