// A stand-in for the server that misbehaves on purpose, for tests of `camp replay`.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { ROOT } from "./server.mjs";

const uuid = (text) => createHash("sha256").update(text).digest("hex")
	.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-7$3-8$4-$5");

function problem(status, code, extra = {}) {
	return { status, type: "application/problem+json", body: { type: "about:blank", title: `title of ${code}`, status, code, ...extra } };
}

/**
 * Starts it. misbehave(request, calls) may return an answer {status, headers, body}, the
 * word "destroy" (the connection breaks before an answer), "deaf" (it is done, but the
 * answer is lost) or nothing. `request` is {method, url, path, key, token, body, nth}.
 */
export async function startFakeApi({ tasks = ["stroop"], misbehave = () => undefined } = {}) {
	const people = new Map();   // key -> {id, body}
	const sessions = new Map(); // key -> session
	const byId = new Map();
	const log = [];
	const seen = new Map();

	function join({ key, body }) {
		const known = people.has(key);
		if (!known) people.set(key, { id: uuid(key), body });
		return { status: known ? 200 : 201, body: { participant_id: people.get(key).id, token: `p.${key}`, expires_at: "2030-01-01T00:00:00Z" } };
	}
	function create({ key, token, body }) {
		const known = sessions.has(key);
		if (!known) {
			const session = { id: uuid(key), token: `s.${key}`, participant: people.get(token.slice(2)), body, trials: new Map(), complete: 0 };
			sessions.set(key, session);
			byId.set(session.id, session);
		}
		const { id, token: sessionToken } = sessions.get(key);
		return { status: known ? 200 : 201, body: { sessions: [{ id, task: body.task, task_version: 1, seed: 1, token: sessionToken, expires_at: "2030-01-01T00:00:00Z" }] } };
	}
	function upload({ session, body }) {
		const counts = { stored: 0, repeated: 0, conflicting: 0 };
		for (const trial of body.trials) {
			const old = session.trials.get(trial.seq);
			if (!old) session.trials.set(trial.seq, trial);
			counts[!old ? "stored" : JSON.stringify(old) === JSON.stringify(trial) ? "repeated" : "conflicting"]++;
		}
		return { status: 200, body: counts };
	}
	function complete({ session, body }) {
		for (let seq = 0; seq < body.trials; seq++)
			if (!session.trials.has(seq)) return problem(409, "trials_missing", { missing: [{ from: seq, to: seq }] });
		session.complete++;
		return { status: 200, body: { session: session.id } };
	}

	function route(request) {
		const { method, path: where, token } = request;
		const [, id, action] = /^\/sessions\/([0-9a-f-]+)\/(\w+)$/.exec(where) ?? [];
		if (id) {
			request.session = byId.get(id);
			if (request.session?.token !== token) return problem(401, "token_invalid");
			return action === "trials" ? upload(request) : complete(request);
		}
		if (method === "GET" && where.startsWith("/join/"))
			return { status: 200, body: { cohort: { name: "c", demo: false }, organisation: { name: "o" }, consent: { version: 3, text: {} }, tasks } };
		if (method === "GET" && where.startsWith("/tasks/"))
			return { status: 200, body: JSON.parse(readFileSync(path.join(ROOT, where.slice(1), "task.json"), "utf8")) };
		if (where === "/join") return join(request);
		if (where === "/sessions") return create(request);
		return problem(404, "not_found");
	}

	const server = http.createServer((rq, rs) => {
		const parts = [];
		rq.on("data", (part) => parts.push(part));
		rq.on("end", () => {
			const text = Buffer.concat(parts).toString();
			const request = {
				method: rq.method, path: rq.url.replace(/^\/api\/v1/, ""), key: rq.headers["idempotency-key"],
				token: rq.headers.authorization?.replace(/^Bearer /, ""), body: text ? JSON.parse(text) : undefined, headers: rq.headers,
			};
			const name = `${request.method} ${request.path} ${request.key ?? ""} ${request.body?.trials?.[0]?.seq ?? ""}`;
			request.nth = seen.get(name) ?? 0;
			seen.set(name, request.nth + 1);
			log.push(request);
			const other = misbehave(request, log.length);
			if (other === "destroy") return rq.socket.destroy();
			const answer = typeof other === "object" ? other : route(request);
			if (other === "deaf") return rq.socket.destroy();
			const { status, headers = {}, body, type = "application/json" } = answer;
			rs.writeHead(status, { "content-type": type, ...headers });
			rs.end(JSON.stringify(body ?? {}));
		});
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		people, sessions, log, problem,
		posts: () => log.filter(({ method }) => method === "POST"),
		stop() {
			server.close();
			server.closeAllConnections?.();
		},
	};
}
