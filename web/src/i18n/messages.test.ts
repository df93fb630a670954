import assert from "node:assert/strict";
import { test } from "node:test";
import en from "./en.json";
import { preferredLanguage, translate } from "./messages";
import zhHans from "./zh-Hans.json";

interface Element {
	type: number;
	value?: string;
	options?: Record<string, { value: Element[] }>;
}

const LITERAL = 0;
const POUND = 7;

function namesIn(elements: Element[]): string[] {
	return elements.flatMap((e) => [
		...(e.type === LITERAL || e.type === POUND ? [] : [e.value ?? ""]),
		...Object.values(e.options ?? {}).flatMap((o) => namesIn(o.value)),
	]);
}

test("both catalogues hold the same messages with the same values", () => {
	assert.deepEqual(Object.keys(zhHans).sort(), Object.keys(en).sort());
	for (const key of Object.keys(en) as (keyof typeof en)[]) {
		const names = (c: unknown) => [...new Set(namesIn(c as Element[]))].sort();
		assert.deepEqual(names(zhHans[key]), names(en[key]), key);
	}
});

test("plurals and numbers follow the language", () => {
	assert.equal(translate("en", "outbox.waiting", { n: 1 }), "1 trial waiting");
	assert.equal(translate("en", "outbox.waiting", { n: 1200 }), "1,200 trials waiting");
	assert.equal(translate("zh-Hans", "outbox.waiting", { n: 3 }), "3 个试次等待发送");
});

test("the browser's first known language wins", () => {
	assert.equal(preferredLanguage(["de", "zh-CN", "en"]), "zh-Hans");
	assert.equal(preferredLanguage(["fr"]), "en");
});
