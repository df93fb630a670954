/** Scores as text: as many digits as their unit deserves. */
import { directionOf, isKey, type Key, localeOf } from "../i18n/messages";

/** 97.5 % point of the standard normal distribution. */
export const Z95 = 1.959964;

const DIGITS: Record<string, number> = { ms: 0, "ms/item": 1, z: 2, ratio: 2, points: 0, percent: 0, items: 1 };

/** A minus sign, which is as wide as a plus; Intl writes a hyphen. */
export function withMinus(text: string): string {
	return text.replace("-", "\u2212");
}

export function formatNumber(value: number, unit: string, language: string): string {
	const options: Intl.NumberFormatOptions =
		unit === "proportion"
			? { style: "percent", maximumFractionDigits: 0 }
			: { minimumFractionDigits: DIGITS[unit] ?? 1, maximumFractionDigits: DIGITS[unit] ?? 1 };
	return withMinus(new Intl.NumberFormat(localeOf(language), options).format(value));
}

/** The unit's name; empty where the number says it all. */
export function unitName(unit: string, t: (key: Key) => string): string {
	const key = `unit.${unit}`;
	if (unit === "proportion" || unit === "z" || unit === "ratio") return "";
	return isKey(key) ? t(key) : unit;
}

export function formatValue(value: number, unit: string, language: string, t: (key: Key) => string): string {
	return `${formatNumber(value, unit, language)} ${unitName(unit, t)}`.trim();
}

/**
 * A score's 95 % interval as the server made it, by the rule of the score's kind; a score
 * that a device kept from before has none.
 */
export function intervalOf(score: { interval?: readonly number[] | null }): [number, number] | null {
	const [low, high] = score.interval ?? [];
	return low === undefined || high === undefined ? null : [low, high];
}

export function formatRange(range: readonly [number, number], unit: string, language: string): string {
	const [low, high] = range;
	/* Spaces that do not break, as half a range says something else. */
	const text = `${formatNumber(low, unit, language)}\u00a0–\u00a0${formatNumber(high, unit, language)}`;
	/* From low to high as on the axis beside it, which runs from left to right everywhere. */
	return directionOf(language) === "rtl" ? `\u2066${text}\u2069` : text;
}
