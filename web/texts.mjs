/*
 * Looks through the sources of the web client for texts that people read but no catalogue
 * holds, and for messages asked for with other values than they take. Both would show in
 * one language only, and neither the compiler nor the build sees them.
 */
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");

/* Written alike in every language: names of formats and quantities. */
const ALLOWED = new Set([".safetensors", "E"]);
/* Attributes whose text is read or heard. */
const READ = new Set(["alt", "aria-label", "aria-description", "aria-valuetext", "label", "placeholder", "title"]);

const LETTER = /\p{L}/u;

function namesIn(elements, names = new Set()) {
	for (const e of elements) {
		if (e.type !== TYPE.literal && e.type !== TYPE.pound) names.add(e.value);
		for (const option of Object.values(e.options ?? {})) namesIn(option.value, names);
	}
	return names;
}

/** Problems of one source text, as "line N: what". */
export function problemsOf(name, text, catalogue) {
	const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
	const found = [];
	const say = (node, what) => {
		const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
		found.push(`line ${line + 1}: ${what}`);
	};
	const isText = (node) => ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node);
	const hardCoded = (node, value) => {
		const words = value.trim();
		if (LETTER.test(words) && !ALLOWED.has(words)) say(node, `the text "${words}" is in no catalogue`);
	};
	/* The texts that an expression may come to. */
	const texts = (node) => {
		if (node === undefined) return;
		if (isText(node)) hardCoded(node, node.text);
		else if (ts.isTemplateExpression(node)) {
			hardCoded(node, node.head.text);
			for (const span of node.templateSpans) hardCoded(span.literal, span.literal.text);
		} else if (ts.isConditionalExpression(node)) {
			texts(node.whenTrue);
			texts(node.whenFalse);
		} else if (ts.isBinaryExpression(node)) {
			if (node.operatorToken.kind === ts.SyntaxKind.PlusToken || /^(&&|\|\||\?\?)$/.test(node.operatorToken.getText(file))) texts(node.right);
			if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) texts(node.left);
		} else if (ts.isParenthesizedExpression(node)) texts(node.expression);
	};
	const call = (node) => {
		const callee = node.expression.getText(file);
		const at = callee === "translate" ? 1 : callee === "t" ? 0 : -1;
		const key = node.arguments[at];
		const values = node.arguments[at + 1];
		if (at < 0 || key === undefined || !isText(key)) return;
		const message = catalogue[key.text];
		/* The type of keys has seen to it; another `t` has words of its own. */
		if (message === undefined) return;
		if (values !== undefined && !ts.isObjectLiteralExpression(values)) return;
		if (values?.properties.some((p) => ts.isSpreadAssignment(p))) return;
		const given = new Set((values?.properties ?? []).map((p) => p.name.getText(file)));
		const wanted = namesIn(parse(message, { ignoreTag: true }));
		for (const n of wanted) if (!given.has(n)) say(node, `"${key.text}" needs the value "${n}"`);
		for (const n of given) if (!wanted.has(n)) say(node, `"${key.text}" has no place for "${n}"`);
	};
	const intl = (node) => {
		if (!/^Intl\.(NumberFormat|DateTimeFormat|ListFormat)$/.test(node.expression.getText(file))) return;
		if (!/^localeOf\(/.test(node.arguments?.[0]?.getText(file) ?? "")) say(node, "numbers and dates are written by localeOf(language)");
	};
	const visit = (node) => {
		if (ts.isJsxText(node)) hardCoded(node, node.text);
		else if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) texts(node.expression);
		else if (ts.isJsxAttribute(node) && READ.has(node.name.getText(file))) {
			texts(node.initializer && ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer);
		} else if (ts.isCallExpression(node)) call(node);
		else if (ts.isNewExpression(node)) intl(node);
		ts.forEachChild(node, visit);
	};
	visit(file);
	return found;
}

/* The check itself must be able to fail. */
const sample = `const A = () => <p title="Hello">Hi {x ? "yes" : t("n", { m: 1 })}{t("n", { n: 1 })} · 5</p>; new Intl.NumberFormat(language);`;
const expected = 6;
const seen = problemsOf("sample.tsx", sample, { n: "{n, number}" });
if (seen.length !== expected) throw new Error(`the check of texts is broken: ${seen.join("; ")}`);

const catalogue = JSON.parse(readFileSync(join(src, "i18n/en.json"), "utf8"));
const files = readdirSync(src, { recursive: true })
	.map((f) => join(src, String(f)))
	.filter((f) => /\.tsx?$/.test(f) && !/\.test\.ts$/.test(f));
for (const path of files) {
	for (const problem of problemsOf(path, readFileSync(path, "utf8"), catalogue)) {
		console.error(`${relative(here, path)}, ${problem}`);
		process.exitCode = 1;
	}
}
