/** The page's own words. The catalogues are ICU messages, parsed when the client is built. */
import { IntlMessageFormat } from "intl-messageformat";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import en from "./en.json";
import zhHans from "./zh-Hans.json";

export type Key = keyof typeof en;
export type Values = Record<string, string | number | Date>;
export type Language = "en" | "zh-Hans";

export const LANGUAGES: readonly { code: Language; name: string }[] = [
	{ code: "en", name: "English" },
	{ code: "zh-Hans", name: "简体中文" },
];

/* TypeScript sees the texts; the build has put parsed messages in their place. */
type Parsed = ConstructorParameters<typeof IntlMessageFormat>[0];
const catalogues: Record<Language, Record<Key, Parsed>> = { en, "zh-Hans": zhHans };

const formats = new Map<string, IntlMessageFormat>();

export function translate(language: Language, key: Key, values?: Values): string {
	const id = `${language} ${key}`;
	let format = formats.get(id);
	if (format === undefined) {
		format = new IntlMessageFormat(catalogues[language][key], language);
		formats.set(id, format);
	}
	return String(format.format(values));
}

export function isKey(key: string): key is Key {
	return Object.hasOwn(en, key);
}

/** The first of the browser's languages that we speak. */
export function preferredLanguage(languages: readonly string[]): Language {
	for (const tag of languages) {
		if (/^zh\b/i.test(tag)) return "zh-Hans";
		if (/^en\b/i.test(tag)) return "en";
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
