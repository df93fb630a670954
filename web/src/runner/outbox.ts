/**
 * Brings trials from this device to the server.
 *
 * A trial is on disk before it is counted, is uploaded until a 200 acknowledges it, and is
 * deleted only when the server has sealed its session. What the server refuses for good is
 * kept and shown; nothing is ever dropped without a receipt.
 */
import { ApiError, api } from "../api/client";
import type { TrialBody } from "../api/types";
import { backoffMs, heldMissing, trialsDue } from "./cells";
import type { HeldTrial, LocalSession, Store } from "./store";

export interface OutboxStatus {
	/** Trials that the server has not acknowledged. */
	waiting: number;
	sending: boolean;
	/** The last try failed in a way that time may mend. */
	stalled: boolean;
	problems: LocalSession[];
	/** Sessions that are over here and not sealed by the server. */
	unsent: LocalSession[];
}

/** A server that keeps asking for trials we sent is broken; stop after this many times. */
const RESENDS_MAX = 3;

type Step = "progress" | "idle" | "retry";

/** Runs `work` in one tab at a time where the browser can; null: another tab is at it. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T | null> {
	if (!("locks" in navigator)) return work();
	return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? null : work()));
}

export class Outbox {
	status: OutboxStatus = { waiting: 0, sending: false, stalled: false, problems: [], unsent: [] };
	private readonly listeners = new Set<(s: OutboxStatus) => void>();
	private readonly sealed = new Set<(id: string) => void>();
	private timer: ReturnType<typeof setTimeout> | null = null;
	private tries = 0;
	private running = false;
	private again = false;
	private partial = true;
	private hiding = false;

	constructor(private readonly store: Store) {}

	/** Sends what earlier visits left, and from now on whenever there is reason to hope. */
	start(): void {
		addEventListener("online", () => this.flush());
		document.addEventListener("visibilitychange", () => {
			this.hiding = document.visibilityState === "hidden";
			this.flush();
		});
		addEventListener("pagehide", () => {
			this.hiding = true;
			this.flush();
		});
		this.flush();
	}

	subscribe(listener: (s: OutboxStatus) => void): () => void {
		this.listeners.add(listener);
		listener(this.status);
		return () => this.listeners.delete(listener);
	}

	/** Called with the session's id whenever one was sealed and scored. */
	onSealed(listener: (id: string) => void): () => void {
		this.sealed.add(listener);
		return () => this.sealed.delete(listener);
	}

	/** Resolves once the trial is on disk; the upload follows by itself. */
	async put(session: string, body: TrialBody, last: boolean): Promise<void> {
		await this.store.addTrial(session, body, last);
		this.update({ waiting: this.status.waiting + 1 });
		if ((body.seq + 1) % 32 === 0) this.kick();
	}

	/** Sends partial cells too: at the end of a block, when the page hides, at completion. */
	flush(): void {
		this.partial = true;
		this.tries = 0;
		this.kick();
	}

	/** Tries refused sessions once more, on the participant's wish. */
	async retryRefused(): Promise<void> {
		for (const { id } of this.status.problems) {
			await this.store.changeSession(id, (s) => {
				s.problem = null;
				s.resent = 0;
			});
		}
		this.flush();
	}

	private update(change: Partial<OutboxStatus>): void {
		this.status = { ...this.status, ...change };
		for (const listener of this.listeners) listener(this.status);
	}

	private async refresh(change: Partial<OutboxStatus>): Promise<void> {
		const [waiting, sessions] = await Promise.all([this.store.waiting(), this.store.sessions()]);
		this.update({ ...change, waiting, problems: sessions.filter((s) => s.problem !== null), unsent: sessions.filter((s) => s.state === "played") });
	}

	private kick(): void {
		if (this.running) {
			this.again = true;
			return;
		}
		if (this.timer !== null) clearTimeout(this.timer);
		this.timer = null;
		this.running = true;
		void this.pump();
	}

	private later(ms: number): void {
		if (this.timer !== null) clearTimeout(this.timer);
		this.timer = setTimeout(() => this.kick(), ms);
	}

	private async pump(): Promise<void> {
		let wait: number | null = null;
		try {
			await this.refresh({});
			const outcome = await alone("camp-outbox", () => this.drain());
			/* Another tab holds the outbox; look again when it may have finished or died. */
			if (outcome === null) wait = 3000;
		} catch (err) {
			const retryAfter = err instanceof ApiError ? err.retryAfterMs : null;
			wait = backoffMs(this.tries++, Math.random(), retryAfter);
		}
		await this.refresh({ sending: false, stalled: wait !== null }).catch(() => undefined);
		this.running = false;
		if (wait !== null) this.later(wait);
		else if (this.again) this.kick();
		this.again = false;
	}

	/** Sends until nothing is due. Throws what a later try may mend. */
	private async drain(): Promise<true> {
		const partial = this.partial;
		for (;;) {
			let progress = false;
			const waiting = await this.store.sessionsWaiting();
			for (const session of await this.store.sessions()) {
				if (session.problem !== null) continue;
				if (!waiting.has(session.id) && session.state !== "played") continue;
				if ((await this.advance(session, partial)) === "progress") progress = true;
			}
			if (!progress) break;
		}
		this.tries = 0;
		/* A flush that came in meanwhile sets `again` and keeps its wish. */
		if (!this.again) this.partial = false;
		return true;
	}

	private async advance(session: LocalSession, partial: boolean): Promise<Step> {
		const held = await this.store.trials(session.id);
		const due = trialsDue(
			held.map((t) => ({ seq: t.seq, pending: t.pending === 1 })),
			partial || session.state === "played",
		);
		try {
			if (due.length > 0) return await this.upload(session, held, due);
			if (session.state === "played" && !held.some((t) => t.pending === 1)) return await this.complete(session, held);
			return "idle";
		} catch (err) {
			if (!(err instanceof ApiError) || err.retry) throw err;
			await this.refuse(session, err);
			return "idle";
		}
	}

	private async upload(session: LocalSession, held: readonly HeldTrial[], due: readonly number[]): Promise<Step> {
		const wanted = new Set(due);
		const bodies = held.filter((t) => wanted.has(t.seq)).map((t) => t.body);
		this.update({ sending: true });
		await api.trials(session.id, session.token, bodies, this.hiding);
		await this.store.setPending(session.id, due, false);
		await this.refresh({});
		return "progress";
	}

	private async complete(session: LocalSession, held: readonly HeldTrial[]): Promise<Step> {
		const trials = session.total ?? session.next;
		this.update({ sending: true });
		try {
			const body = session.device === null ? { trials } : { trials, device: session.device };
			await this.store.seal(session.id, await api.complete(session.id, session.token, body));
		} catch (err) {
			if (!(err instanceof ApiError)) throw err;
			if (err.code === "session_complete") {
				await this.store.seal(session.id, await api.score(session.id, session.token));
			} else if (err.code === "trials_missing" && session.resent < RESENDS_MAX) {
				const missing = heldMissing(err.problem?.missing ?? [], held.map((t) => t.seq));
				if (missing.length === 0) throw err;
				await this.store.setPending(session.id, missing, true);
				await this.store.changeSession(session.id, (s) => void (s.resent += 1));
				return "progress";
			} else {
				throw err;
			}
		}
		for (const listener of this.sealed) listener(session.id);
		return "progress";
	}

	private async refuse(session: LocalSession, err: ApiError): Promise<void> {
		await this.store.changeSession(session.id, (s) => {
			s.problem = { status: err.status, code: err.code, detail: err.message };
		});
		await this.refresh({});
	}
}
