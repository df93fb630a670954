// Clients that upload trials as an impatient world does: whole cells, pieces, repeats,
// overlaps, gaps filled later, contradictions, connections dropped half way; and that send
// everything again until it is acknowledged.
import net from "node:net";
import { expect, idempotencyKey } from "../support/api.mjs";
import { sleep } from "../support/proc.mjs";
import { makeRandom } from "./content.mjs";

const TRIALS_MAX = 2048; // a client completes its session at the latest here
const ATTEMPTS_MAX = 400;

/** Sends a request by hand and drops the connection after `bytes` of it (Infinity: all). */
export function sendAndDrop(url, path, token, body, bytes) {
	const { hostname, port } = new URL(url);
	const text = JSON.stringify(body);
	const all = Buffer.from(`POST /api/v1${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n` +
		`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
	return new Promise((resolve) => {
		const socket = net.connect(Number(port), hostname, () => {
			socket.write(all.subarray(0, bytes === Infinity ? all.length : Math.min(bytes, all.length - 1)), () => { socket.destroy(); });
		});
		socket.on("error", () => {});
		socket.on("close", resolve);
	});
}

/**
 * One crowd on one server. `log` collects what the tests look at:
 *   answers   {"status code": number} of everything that was not a success
 *   times     performance.now() of each acknowledgement
 */
export class Crowd {
	constructor({ seed, camp, ledger, trial, taskName, pauseMs }) {
		Object.assign(this, { seed, camp, ledger, trial, taskName, pauseMs });
		this.stopping = false;
		this.outages = { begun: 0, ended: 0 };
		this.log = { answers: {}, times: [], requests: 0, retries: 0, withoutRetryAfter: 0, kinds: {} };
	}

	/** Retries until the server takes it: {body, unsure}; unsure when an answer was lost. */
	async deliver(method, path, options, statuses, random) {
		for (let attempt = 0, unsure = false; attempt < ATTEMPTS_MAX && !this.abandoned; attempt++) {
			let answer;
			try {
				this.log.requests++;
				answer = await this.camp.client.request(method, path, options);
			} catch (error) {
				this.#note(error.code ?? error.message);
			}
			if (answer && answer.status < 500) return { body: expect(answer, ...statuses), unsure };
			if (answer) {
				this.#note(`${answer.status} ${answer.body.code}`);
				if (answer.status === 503 && !answer.headers["retry-after"]) this.log.withoutRetryAfter++;
			}
			unsure = true;
			this.log.retries++;
			await sleep(random.between(50, 250));
		}
		throw new Error(`${method} ${path}: not taken in ${ATTEMPTS_MAX} attempts: ${JSON.stringify(this.log.answers)}`);
	}

	#note(what) {
		this.log.answers[what] = (this.log.answers[what] ?? 0) + 1;
	}

	/** A participant with an open session; each key answers alike however often it is sent. */
	async newSession(random) {
		const join = { key: idempotencyKey(), body: { code: this.camp.joinCode, consent_version: 1 } };
		const joined = (await this.deliver("POST", "/join", join, [200, 201], random)).body;
		const open = { token: joined.token, key: idempotencyKey(), body: { task: this.taskName } };
		const [session] = (await this.deliver("POST", "/sessions", open, [200, 201], random)).body.sessions;
		if (random() < 0.2) {
			const again = (await this.deliver("POST", "/sessions", open, [200, 201], random)).body.sessions[0];
			if (again.id !== session.id) throw new Error("a repeated Idempotency-Key made a second session");
		}
		return { ...session, index: this.ledger.session(session.id, joined.participant_id), next: 0, known: new Set(), touched: new Set() };
	}

	/**
	 * Uploads trials [from, from + n) and checks the counts of the answer. `doubt`: some of
	 * it may have been stored by a request whose answer nobody waited for. When PostgreSQL
	 * dies the server may have to repeat a commit without knowing the first one's outcome,
	 * and then finds its own trials: "repeated".
	 */
	async upload(s, from, n, random, { variant = 0, doubt = false } = {}) {
		const trials = Array.from({ length: n }, (_, i) => this.trial(s.index, from + i, variant));
		const fresh = trials.filter((t) => !s.touched.has(t.seq)).length;
		this.ledger.sent(s.index, trials, variant);
		const outages = this.outages.ended;
		const { body, unsure } = await this.deliver("POST", `/sessions/${s.id}/trials`,
			{ token: s.token, body: { trials } }, [200], random);
		this.ledger.acked(s.index, trials, variant, body.stored);
		this.log.times.push(performance.now());
		const want = variant ? { stored: 0, repeated: 0, conflicting: n } : { stored: fresh, repeated: n - fresh, conflicting: 0 };
		const sum = body.stored + body.repeated + body.conflicting;
		const right = unsure || doubt || this.outages.begun > outages
			? sum === n && body.stored <= want.stored && body.conflicting === want.conflicting
			: ["stored", "repeated", "conflicting"].every((name) => body[name] === want[name]);
		if (!right)
			throw new Error(`session ${s.index}, trials ${from}..${from + n - 1}, variant ${variant}: ${JSON.stringify(body)}, not ${JSON.stringify(want)}`);
		if (variant === 0) trials.forEach((t) => { s.touched.add(t.seq); s.known.add(t.seq); });
	}

	/** One thing that a client does; most of the time it uploads what comes next. */
	async step(s, random) {
		const n = [32 - (s.next % 32), 20, 1 + random.below(50)][random.below(3)];
		const roll = random();
		const kind = this.#kind(roll, s);
		this.log.kinds[kind] = (this.log.kinds[kind] ?? 0) + 1;
		if (kind === "repeat") {
			const from = random.below(s.next);
			await this.upload(s, from, Math.min(n, s.next - from), random);
			return;
		}
		if (kind === "conflict") {
			const from = random.below(s.next);
			await this.upload(s, from, Math.min(1 + random.below(5), s.next - from), random, { variant: 1 });
			return;
		}
		let doubt = false;
		let from = s.next;
		if (kind === "overlap") from = Math.max(0, s.next - random.below(40));
		if (kind === "gap") await this.upload(s, s.next + n, n, random);
		if (kind === "drop") {
			const trials = Array.from({ length: n }, (_, i) => this.trial(s.index, s.next + i));
			const bytes = random() < 0.5 ? Infinity : 100 + random.below(1500);
			this.ledger.sent(s.index, trials, 0);
			await sendAndDrop(this.camp.url, `/sessions/${s.id}/trials`, s.token, { trials }, bytes);
			doubt = true;
		}
		await this.upload(s, from, s.next - from + n, random, { doubt });
		while (s.known.has(s.next)) s.next++;
	}

	#kind(roll, s) {
		if (roll < 0.66 || s.next === 0) return "next";
		if (roll < 0.74) return "overlap";
		if (roll < 0.79) return "gap";
		if (roll < 0.89) return "repeat";
		return roll < 0.93 ? "conflict" : "drop";
	}

	/** Seals a session, twice: the second answer is the first one's. */
	async complete(s, random) {
		const options = { token: s.token, body: { trials: s.next } };
		const { body } = await this.deliver("POST", `/sessions/${s.id}/complete`, options, [200], random);
		this.ledger.completed(s.index, s.next);
		const again = (await this.deliver("POST", `/sessions/${s.id}/complete`, options, [200], random)).body;
		if (body.trials !== s.next || JSON.stringify(again) !== JSON.stringify(body))
			throw new Error(`session ${s.index}: completed twice with two answers: ${JSON.stringify([body, again])}`);
	}

	async #client(i) {
		const random = makeRandom(this.seed, 1000 + i);
		let s = await this.newSession(random);
		while (!this.stopping) {
			await this.step(s, random);
			if (s.next > TRIALS_MAX || (s.next > 320 && random() < 0.03)) {
				await this.complete(s, random);
				s = await this.newSession(random);
			}
			await sleep(random() * 2 * this.pauseMs);
		}
	}

	/** Starts n clients; the promise ends with them, or with the first that finds a fault. */
	run(n) {
		this.done = Promise.all(Array.from({ length: n }, (_, i) => this.#client(i)))
			.finally(() => { this.stopping = true; });
		this.done.catch(() => {}); // whoever awaits it sees it
		return this.done;
	}

	/** Ends all clients soon, whatever they wait for. */
	abandon() {
		this.stopping = this.abandoned = true;
	}

	/** The longest time without any acknowledgement since `from`, in ms. */
	longestGap(from) {
		let last = from;
		let gap = 0;
		for (const t of this.log.times) {
			if (t > last) { gap = Math.max(gap, t - last); last = t; }
		}
		return gap;
	}
}
