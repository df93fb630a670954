import assert from "node:assert/strict";
import { test } from "node:test";
import ar from "./ar.json";
import en from "./en.json";
import es from "./es.json";
import { LANGUAGES, type Language, loadLanguage, localeOf, preferredLanguage, translate } from "./messages";
import zhHans from "./zh-Hans.json";

interface Element {
	type: number;
	value?: string;
	options?: Record<string, { value: Element[] }>;
}

const catalogues: Record<Language, Record<string, unknown>> = { en, "zh-Hans": zhHans, es, ar };

/* Numbers that the parser gives to the kinds of elements. */
const LITERAL = 0;
const ARGUMENT = 1;
const PLURAL = 6;
const POUND = 7;
const NAMES = ["literal", "text", "number", "date", "time", "select", "number", "pound"];

const elementsOf = (message: unknown): Element[] =>
	typeof message === "string" ? [{ type: LITERAL, value: message }] : (message as Element[]);

function* walk(elements: Element[]): Generator<Element> {
	for (const e of elements) {
		yield e;
		for (const option of Object.values(e.options ?? {})) yield* walk(option.value);
	}
}

/** "n number", sorted; a plain argument may stand for any kind but a date or time. */
function argumentsOf(message: unknown, plain: ReadonlySet<string>): string[] {
	const out = new Set<string>();
	for (const e of walk(elementsOf(message))) {
		if (e.type === LITERAL || e.type === POUND) continue;
		const kind = NAMES[e.type] as string;
		const loose = plain.has(e.value as string) && kind === "number";
		out.add(`${e.value} ${loose ? "text" : kind === "time" ? "date" : kind}`);
	}
	return [...out].sort();
}

function plainOf(message: unknown): string[] {
	return [...walk(elementsOf(message))].flatMap((e) => (e.type === ARGUMENT ? [e.value as string] : []));
}

const ready = Promise.all(LANGUAGES.map((l) => loadLanguage(l.code)));

test("every catalogue holds the same messages with the same arguments", () => {
	for (const [language, catalogue] of Object.entries(catalogues)) {
		assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(en).sort(), language);
		for (const [key, message] of Object.entries(catalogues.en)) {
			const plain = new Set([...plainOf(message), ...plainOf(catalogue[key])]);
			assert.deepEqual(argumentsOf(catalogue[key], plain), argumentsOf(message, plain), `${language} ${key}`);
			assert.ok(elementsOf(catalogue[key]).length > 0, `${language} ${key} is empty`);
		}
	}
});

test("plurals name every category of their language, and no other", () => {
	for (const [language, catalogue] of Object.entries(catalogues)) {
		const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
		for (const [key, message] of Object.entries(catalogue)) {
			for (const e of walk(elementsOf(message))) {
				if (e.type !== PLURAL) continue;
				const given = Object.keys(e.options ?? {}).filter((name) => !name.startsWith("="));
				assert.deepEqual(given.sort(), wanted, `${language} ${key}`);
			}
		}
	}
});

test("plurals and numbers follow the language", async () => {
	await ready;
	assert.equal(translate("en", "outbox.waiting", { n: 1 }), "1 trial waiting");
	assert.equal(translate("en", "outbox.waiting", { n: 1200 }), "1,200 trials waiting");
	assert.equal(translate("zh-Hans", "outbox.waiting", { n: 3 }), "3 个试次等待发送");
	assert.equal(translate("es", "home.trials", { n: 1 }), "1 ensayo");
	assert.equal(translate("es", "home.trials", { n: 12 }), "12 ensayos");
	const trials = (n: number) => translate("ar", "home.trials", { n });
	assert.deepEqual([0, 1, 2, 3, 11, 100].map(trials), [
		"لا محاولات",
		"محاولة واحدة",
		"محاولتان",
		"3 محاولات",
		"11 محاولة",
		"100 محاولة",
	]);
});

test("Arabic is written with the digits of the stimuli and keys", async () => {
	await ready;
	assert.equal(new Intl.NumberFormat(localeOf("ar")).format(1250), "1,250");
	assert.ok(translate("ar", "cohort.as_of", { when: new Date(0) }).includes("1970"));
});

test("a name that runs the other way is isolated in its sentence", async () => {
	await ready;
	assert.equal(translate("en", "join.title", { cohort: "Class 5b" }), "Join Class 5b");
	assert.equal(translate("en", "join.title", { cohort: "صف 5" }), "Join \u2068صف 5\u2069");
	assert.equal(translate("ar", "join.title", { cohort: "Class 5b" }), "الانضمام إلى \u2068Class 5b\u2069");
});

test("the browser's first known language wins", () => {
	assert.equal(preferredLanguage(["de", "zh-CN", "en"]), "zh-Hans");
	assert.equal(preferredLanguage(["es-MX", "en"]), "es");
	assert.equal(preferredLanguage(["ar-EG"]), "ar");
	assert.equal(preferredLanguage(["fr"]), "en");
});
