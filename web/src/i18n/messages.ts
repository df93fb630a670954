/**
 * The page's own words. The catalogues are ICU messages, parsed when the client is built,
 * one lazy file a language, so that nobody loads words that are not read.
 */
import { IntlMessageFormat } from "intl-messageformat";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type en from "./en.json";

export type Key = keyof typeof en;
export type Values = Record<string, string | number | Date>;
export type Language = "en" | "zh-Hans" | "es" | "ar";

export const LANGUAGES: readonly { code: Language; name: string }[] = [
	{ code: "en", name: "English" },
	{ code: "zh-Hans", name: "简体中文" },
	{ code: "es", name: "Español" },
	{ code: "ar", name: "العربية" },
];

/* TypeScript sees texts; the build leaves plain ones and parses those with arguments. */
type Message = ConstructorParameters<typeof IntlMessageFormat>[0];
type Catalogue = Readonly<Record<string, Message>>;

const sources: Record<Language, () => Promise<{ default: Catalogue }>> = {
	en: () => import("./en.json"),
	"zh-Hans": () => import("./zh-Hans.json"),
	es: () => import("./es.json"),
	ar: () => import("./ar.json"),
};
const catalogues = new Map<Language, Catalogue>();
const formats = new Map<string, IntlMessageFormat>();

export function directionOf(language: string): "ltr" | "rtl" {
	return language === "ar" ? "rtl" : "ltr";
}

/**
 * The tag for Intl. Arabic is written with the digits 0-9: those of the stimuli, answer
 * keys, join codes and exports, so that one number looks alike wherever it stands; left to
 * the browser, "ar" gives one set of digits here and another there.
 */
export function localeOf(language: string): string {
	return language === "ar" ? "ar-u-nu-latn" : language;
}

/**
 * Fetches the words of a language; what was fetched stays. Answers the language that can
 * be shown: without a network and a kept copy that may be another one.
 */
export async function loadLanguage(language: Language): Promise<Language> {
	const others = LANGUAGES.map((l) => l.code).filter((l) => l !== language);
	let failure: unknown;
	for (const candidate of [language, ...others]) {
		if (catalogues.has(candidate)) return candidate;
		try {
			catalogues.set(candidate, (await sources[candidate]()).default);
			return candidate;
		} catch (err) {
			failure ??= err;
		}
	}
	throw failure;
}

/* First strong isolate and its end: a name from elsewhere runs its own way in a sentence. */
const RTL_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

function isolated(language: Language, values: Values): Values {
	const out: Values = {};
	for (const [name, value] of Object.entries(values)) {
		const foreign = typeof value === "string" && (directionOf(language) === "rtl" || RTL_LETTER.test(value));
		out[name] = foreign ? `\u2068${value}\u2069` : value;
	}
	return out;
}

/** The language must have been loaded. */
export function translate(language: Language, key: Key, values: Values = {}): string {
	const message = catalogues.get(language)?.[key];
	if (message === undefined) return key;
	if (typeof message === "string") return message;
	const id = `${language} ${key}`;
	let format = formats.get(id);
	if (format === undefined) {
		format = new IntlMessageFormat(message, localeOf(language));
		formats.set(id, format);
	}
	return String(format.format(isolated(language, values)));
}

/** Whether there is such a message; a language must have been loaded. */
export function isKey(key: string): key is Key {
	for (const catalogue of catalogues.values()) return Object.hasOwn(catalogue, key);
	return false;
}

/** The first of the browser's languages that we speak. */
export function preferredLanguage(languages: readonly string[]): Language {
	for (const tag of languages) {
		if (/^zh\b/i.test(tag)) return "zh-Hans";
		const spoken = LANGUAGES.find((l) => new RegExp(`^${l.code}\\b`, "i").test(tag));
		if (spoken !== undefined) return spoken.code;
	}
	return "en";
}

export function isLanguage(value: unknown): value is Language {
	return LANGUAGES.some((l) => l.code === value);
}

export const LanguageContext = createContext<Language>("en");

export function useText(): { language: Language; t: (key: Key, values?: Values) => string } {
	const language = useContext(LanguageContext);
	return { language, t: (key, values) => translate(language, key, values) };
}
