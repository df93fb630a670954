/**
 * A task's definition (tasks/NAME/task.json) as the player uses it, checked where it comes
 * in, and its parameters with the overrides of the page's address.
 */
import type { AdaptiveConfig } from "../adaptive/adaptive";
import type { Texts } from "../api/types";

export type Parameters = Readonly<Record<string, number | readonly number[]>>;

export interface ParameterRule {
	name: string;
	type: "integer" | "integer_set";
	default: number | number[];
	min?: number;
	max?: number;
	allowed?: number[];
	min_items?: number;
}

export interface Condition {
	name: string;
	factors: Record<string, string | number>;
}

export interface Response {
	name: string;
	label: Texts;
	/** KeyboardEvent.code, and what to write on the key; not where the input is no button. */
	key?: string;
	key_label?: string;
}

/**
 * How answers are given: by a button for each response, by digits, by places on the
 * canvas, or by buttons that come with a question.
 */
export type InputKind = "buttons" | "keypad" | "places" | "choices";

const INPUTS: readonly unknown[] = ["buttons", "keypad", "places", "choices"];

export interface Instructions {
	intro: string[];
	keyboard: string;
	touch: string;
	practice: string;
	test: string;
}

export interface ScoreText {
	name: string;
	unit: string;
	direction: "lower" | "higher" | "none";
	primary?: boolean;
	title: Texts;
	description: Texts;
}

export interface Definition {
	name: string;
	version: number;
	title: Texts;
	summary: Texts;
	duration_min?: number;
	instructions: Record<string, Instructions>;
	parameters: ParameterRule[];
	conditions: Condition[];
	responses: Response[];
	/** Absent: "buttons". */
	input?: InputKind;
	stimuli: Record<string, unknown> & {
		background: string;
		foreground: string;
		colours: Record<string, string>;
	};
	scores: ScoreText[];
	/** How the difficulty of trials follows the person; absent: it does not. */
	adaptive?: AdaptiveConfig & { parameter: string; unit: string };
}

const isObject = (v: unknown): v is Record<string, unknown> =>
	typeof v === "object" && v !== null && !Array.isArray(v);
const isList = (v: unknown): v is Record<string, unknown>[] => Array.isArray(v) && v.every(isObject);

/** Throws one sentence that names the missing or wrong member. */
export function checkDefinition(value: unknown): Definition {
	const need = (ok: boolean, what: string) => {
		if (!ok) throw new TypeError(`task definition: ${what} is missing or wrong`);
	};
	need(isObject(value), "the object");
	const v = value as Record<string, unknown>;
	need(typeof v["name"] === "string", "name");
	need(Number.isInteger(v["version"]), "version");
	need(isObject(v["title"]), "title");
	need(isObject(v["summary"]), "summary");
	need(isObject(v["instructions"]) && isObject((v["instructions"] as Record<string, unknown>)["en"]), "instructions");
	need(isList(v["parameters"]), "parameters");
	need(isList(v["conditions"]) && v["conditions"].every((c) => typeof c["name"] === "string"), "conditions");
	need(v["input"] === undefined || INPUTS.includes(v["input"]), "input");
	const keys = (v["input"] ?? "buttons") === "buttons";
	need(
		isList(v["responses"]) &&
			v["responses"].every(
				(r) => typeof r["name"] === "string" && isObject(r["label"]) && (!keys || typeof r["key"] === "string"),
			),
		"responses",
	);
	need(isObject(v["stimuli"]) && isObject(v["stimuli"]["colours"]), "stimuli");
	need(isList(v["scores"]), "scores");
	need(v["adaptive"] === undefined || isObject(v["adaptive"]), "adaptive");
	return value as Definition;
}

/** The text in the language, or in English, or in any. */
export function textIn(texts: Texts | undefined, language: string): string {
	return texts?.[language] ?? texts?.["en"] ?? Object.values(texts ?? {})[0] ?? "";
}

function acceptable(rule: ParameterRule, value: readonly number[]): boolean {
	if (!value.every(Number.isInteger)) return false;
	if (rule.type === "integer_set") {
		const allowed = new Set(rule.allowed ?? []);
		return (
			value.length >= (rule.min_items ?? 1) &&
			new Set(value).size === value.length &&
			value.every((x) => allowed.has(x))
		);
	}
	const [x] = value;
	return value.length === 1 && x !== undefined && x >= (rule.min ?? -Infinity) && x <= (rule.max ?? Infinity);
}

/**
 * Overrides written as ?p.trials_per_cell=1&p.set_sizes=3,6. One that the definition does
 * not allow is left out, so that an address can never make an invalid session.
 */
export function overridesFrom(query: URLSearchParams, def: Definition): Record<string, number | number[]> {
	const out: Record<string, number | number[]> = {};
	for (const rule of def.parameters) {
		const text = query.get(`p.${rule.name}`);
		if (text === null || text === "") continue;
		const value = text.split(",").map(Number);
		if (acceptable(rule, value)) out[rule.name] = rule.type === "integer" ? (value[0] as number) : value;
	}
	return out;
}

/** A programme's parameters as far as this version of the task allows them. */
export function acceptedParameters(def: Definition, given: Readonly<Record<string, unknown>>): Record<string, number | number[]> {
	const out: Record<string, number | number[]> = {};
	for (const rule of def.parameters) {
		const value = given[rule.name];
		const list = rule.type === "integer" ? [value] : value;
		if (Array.isArray(list) && acceptable(rule, list as number[])) out[rule.name] = value as number | number[];
	}
	return out;
}

export function parametersOf(def: Definition, overrides: Record<string, number | number[]>): Parameters {
	const out: Record<string, number | readonly number[]> = {};
	for (const rule of def.parameters) out[rule.name] = overrides[rule.name] ?? rule.default;
	return out;
}

/** A parameter that not every task has. */
export function numberOr(p: Parameters, name: string, otherwise: number): number {
	const value = p[name];
	return typeof value === "number" ? value : otherwise;
}

export function numberOf(p: Parameters, name: string): number {
	const value = p[name];
	if (typeof value !== "number") throw new TypeError(`parameter "${name}" is not a number`);
	return value;
}

export function listOf(p: Parameters, name: string): readonly number[] {
	const value = p[name];
	if (!Array.isArray(value)) throw new TypeError(`parameter "${name}" is not a list`);
	return value as readonly number[];
}
