// Bytes on a socket and what comes back, for requests that no HTTP client would send.
import net from "node:net";
import { sleep } from "./proc.mjs";

/** A connection of bytes: send(), read(), and what was received so far. */
export async function connect(port, { pauseReading = false, host = "127.0.0.1" } = {}) {
	const socket = net.connect({ port, host, noDelay: true });
	const connection = {
		socket, received: Buffer.alloc(0), closed: false,
		send: (data) => new Promise((resolve) => {
			if (socket.destroyed) resolve(false);
			else socket.write(data, (error) => resolve(!error));
		}),
		/** Resolves once done(connection) is true or the peer closed; false after ms. */
		async wait(ms, done = () => false) {
			const end = Date.now() + ms;
			while (!connection.closed && !done(connection)) {
				if (Date.now() > end) return false;
				await sleep(5);
			}
			return true;
		},
		answers: () => parseAnswers(connection.received),
		close: () => socket.destroy(),
	};
	socket.on("data", (part) => { connection.received = Buffer.concat([connection.received, part]); });
	socket.on("error", () => { connection.closed = true; });
	socket.on("close", () => { connection.closed = true; });
	socket.on("end", () => { connection.closed = true; });
	await new Promise((resolve, reject) => {
		socket.once("connect", resolve);
		socket.once("error", reject);
	});
	if (pauseReading) socket.pause();
	return connection;
}

/** All complete answers in the bytes: [{status, headers, body, interim}]. HEAD: headOf(i). */
export function parseAnswers(bytes, headOf = () => false) {
	const answers = [];
	let at = 0;
	for (;;) {
		const end = bytes.indexOf("\r\n\r\n", at);
		if (end < 0) return answers;
		const [statusLine, ...lines] = bytes.subarray(at, end).toString("latin1").split("\r\n");
		const headers = {};
		for (const line of lines) {
			const colon = line.indexOf(":");
			const name = line.slice(0, colon).toLowerCase();
			headers[name] = (headers[name] === undefined ? "" : `${headers[name]}, `) + line.slice(colon + 1).trim();
		}
		const status = Number(statusLine.split(" ")[1]);
		const bodiless = status < 200 || status === 204 || status === 304 || headOf(answers.length);
		const length = bodiless ? 0 : Number(headers["content-length"] ?? 0);
		const start = end + 4;
		if (bytes.length < start + length) return answers;
		answers.push({ status, statusLine, headers, body: bytes.subarray(start, start + length) });
		at = start + length;
	}
}

/**
 * Sends bytes on a fresh connection and waits until it closes, is quiet for quietMs after
 * an answer, or ms have passed: {answers, closed, text}.
 */
export async function exchange(port, data, { ms = 5000, quietMs = 150, head = false } = {}) {
	const c = await connect(port);
	await c.send(data);
	let seen = 0;
	let since = Date.now();
	await c.wait(ms, () => {
		if (c.received.length !== seen) {
			seen = c.received.length;
			since = Date.now();
		}
		return seen > 0 && Date.now() - since > quietMs;
	});
	const result = { answers: parseAnswers(c.received, () => head), closed: c.closed, text: c.received.toString("latin1") };
	c.close();
	return result;
}
