// Holds answers against server/openapi.yaml: status, media type, headers, body, error code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT } from "./server.mjs";

// The packages are the integration tests' own.
const require = createRequire(path.join(ROOT, "tests/integration/package.json"));
const Ajv = require("ajv/dist/2020").default;
const YAML = require("yaml");

export const document = YAML.parse(readFileSync(path.join(ROOT, "server/openapi.yaml"), "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(document, "openapi");
const validators = new Map();

function validatorOf(pointer) {
	if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `openapi#${pointer}` }));
	return validators.get(pointer);
}

const escape = (part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"));

/** Every operation: {id, method, template, path pattern, node, pointer}. */
export const operations = Object.entries(document.paths).flatMap(([template, item]) =>
	Object.entries(item).filter(([method]) => ["get", "post", "put", "patch", "delete"].includes(method)).map(([method, node]) => ({
		id: node.operationId, method: method.toUpperCase(), template, node,
		pointer: `/paths/${escape(template)}/${method}`,
	})));

export const operation = (id) => operations.find((op) => op.id === id);

/** Codes that an operation may answer with. */
export const codesOf = (op) => new Set([...document["x-errors-everywhere"], ...op.node["x-errors"]]);

function resolve(node, pointer) {
	if (!node?.$ref) return { node, pointer };
	const target = node.$ref.slice(1);
	let found = document;
	for (const part of target.split("/").slice(1)) found = found[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")];
	return { node: found, pointer: target };
}

function checkProblem(op, answer) {
	const problem = answer.json;
	const known = document["x-error-codes"][problem.code];
	assert.ok(known, `unknown code ${problem.code}`);
	assert.ok(codesOf(op).has(problem.code), `${op.id} does not list ${problem.code}`);
	assert.equal(problem.status, answer.status);
	assert.equal(known.status, answer.status, `${problem.code} has another status`);
	assert.equal(problem.title, known.title);
	assert.match(problem.trace_id, /^[0-9a-f]{8,}$/);
	assert.equal(answer.headers["cache-control"], "no-store");
	if (answer.status === 503) assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/);
	if (answer.status === 401) assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer/);
	if (answer.status === 405) assert.ok(answer.headers.allow, "405 without Allow");
}

/** Throws where the answer {status, headers, body} departs from the contract. */
export function checkAnswer(op, answer, { head = false } = {}) {
	const entry = op.node.responses[answer.status];
	assert.ok(entry, `${op.id} does not document status ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
	const { node, pointer } = resolve(entry, `${op.pointer}/responses/${answer.status}`);
	for (const name of Object.keys(node.headers ?? {}))
		assert.ok(answer.headers[name.toLowerCase()] !== undefined, `${op.id} ${answer.status} lacks the header ${name}`);
	assert.equal(answer.headers["x-content-type-options"], "nosniff");
	assert.match(answer.headers["content-security-policy"] ?? "", /default-src 'none'/);
	if (!node.content) {
		assert.equal(answer.body.length, 0, `${op.id} ${answer.status} has a body`);
		return answer;
	}
	const [type] = (answer.headers["content-type"] ?? "").split(";");
	assert.ok(node.content[type], `${op.id} ${answer.status} has the media type "${type}"`);
	if (head) return answer;
	if (type === "application/json" || type === "application/problem+json") {
		answer.json = JSON.parse(answer.body);
		const validate = validatorOf(`${pointer}/content/${escape(type)}/schema`);
		assert.ok(validate(answer.json), `${op.id} ${answer.status}: ${ajv.errorsText(validate.errors)} in ${answer.body.toString().slice(0, 400)}`);
	}
	if (answer.status >= 400) checkProblem(op, answer);
	return answer;
}

/**
 * Sends any request: {method, path, headers, body (text or bytes; objects become JSON),
 * token, key, chunked}. Resolves to {status, headers, body (bytes), json}.
 */
export function send(url, { method = "GET", path: target, headers = {}, body, token, key, chunked = false, agent }) {
	const { hostname, port } = new URL(url);
	const all = { accept: "application/json", ...headers };
	let bytes = body;
	if (body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body)) bytes = JSON.stringify(body);
	if (token) all.authorization = `Bearer ${token}`;
	if (key) all["idempotency-key"] = key;
	if (bytes !== undefined) {
		all["content-type"] ??= "application/json";
		if (chunked) all["transfer-encoding"] = "chunked";
		else all["content-length"] ??= Buffer.byteLength(bytes);
	}
	for (const [name, value] of Object.entries(all)) if (value === null) delete all[name];
	return new Promise((resolveAnswer, reject) => {
		const rq = http.request({ hostname, port, method, path: target, headers: all, agent: agent ?? new http.Agent(), timeout: 20000 }, (answer) => {
			const parts = [];
			answer.on("data", (part) => parts.push(part));
			answer.on("error", reject);
			answer.on("end", () => resolveAnswer({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
		});
		rq.on("timeout", () => rq.destroy(new Error("timeout")));
		rq.on("error", reject);
		rq.end(bytes);
	});
}
