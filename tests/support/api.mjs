// A client of the HTTP API for tests that need many participants: keep-alive, JSON, no
// retries (a test that wants them says so itself).
import { randomBytes } from "node:crypto";
import http from "node:http";

/** A fresh Idempotency-Key. */
export const idempotencyKey = () => randomBytes(18).toString("base64url");

/**
 * makeClient(url, {sockets, timeoutMs}): request(method, path, {token, key, body}) resolves
 * to {status, headers, body} of any answer, and rejects when there is none.
 */
export function makeClient(url, { sockets = 32, timeoutMs = 15000 } = {}) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
	const { hostname, port } = new URL(url);

	function request(method, path, { token, key, body } = {}) {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const headers = { accept: "application/json" };
		if (token) headers.authorization = `Bearer ${token}`;
		if (key) headers["idempotency-key"] = key;
		if (text !== undefined) {
			headers["content-type"] = "application/json";
			headers["content-length"] = Buffer.byteLength(text);
		}
		return new Promise((resolve, reject) => {
			const rq = http.request({ agent, hostname, port, method, path: `/api/v1${path}`, headers, timeout: timeoutMs }, (answer) => {
				const parts = [];
				answer.on("data", (part) => parts.push(part));
				answer.on("error", reject);
				answer.on("end", () => {
					const raw = Buffer.concat(parts).toString();
					try {
						resolve({ status: answer.statusCode, headers: answer.headers, body: raw && JSON.parse(raw) });
					} catch {
						reject(new Error(`${method} ${path}: ${answer.statusCode} without JSON: ${raw.slice(0, 200)}`));
					}
				});
			});
			rq.on("timeout", () => rq.destroy(new Error("timeout")));
			rq.on("error", reject);
			rq.end(text);
		});
	}
	return { request, close: () => agent.destroy() };
}

/** The body of an answer with one of these statuses; anything else is thrown. */
export function expect(answer, ...statuses) {
	if (!statuses.includes(answer.status))
		throw new Error(`status ${answer.status}, not ${statuses.join(" or ")}: ${JSON.stringify(answer.body).slice(0, 500)}`);
	return answer.body;
}

/** Calls work(i) for i = 0 .. n - 1, `width` at a time; the results in order. */
export async function inParallel(n, width, work) {
	const results = new Array(n);
	let next = 0;
	await Promise.all(Array.from({ length: Math.min(n, width) }, async () => {
		while (next < n) {
			const i = next++;
			results[i] = await work(i);
		}
	}));
	return results;
}
