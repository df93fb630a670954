/** The language of a whole page: which one, how it is kept, and what the document says. */
import { useLayoutEffect, useState } from "preact/hooks";
import { directionOf, isLanguage, type Language, loadLanguage, preferredLanguage } from "./messages";

/** Loads the wished language, or the browser's, before the first page is drawn. */
export async function startLanguage(wished: unknown): Promise<Language> {
	return declare(await loadLanguage(isLanguage(wished) ? wished : preferredLanguage(navigator.languages)));
}

function declare(language: Language): Language {
	document.documentElement.lang = language;
	document.documentElement.dir = directionOf(language);
	return language;
}

/** The language now, and how to choose another: it shows once its words are here. */
export function usePageLanguage(first: Language, keep: (l: Language) => void): [Language, (l: Language) => void] {
	const [language, setLanguage] = useState(first);
	useLayoutEffect(() => void declare(language), [language]);
	const choose = (wished: Language) => {
		keep(wished);
		loadLanguage(wished).then(setLanguage, () => undefined);
	};
	return [language, choose];
}

/** For pages without a store of their own. */
export const keptLanguage = (): string | null => localStorage.getItem("language");
export const keepLanguage = (l: Language): void => localStorage.setItem("language", l);
