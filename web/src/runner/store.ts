/**
 * What this device keeps, in IndexedDB: who joined, the sessions minted for them, and each
 * trial until the server has acknowledged it and sealed its session.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Ability } from "../adaptive/adaptive";
import type { MintedSession, SessionScore, TrialBody } from "../api/types";

export interface Participant {
	id: string;
	token: string;
	code: string;
	cohort: string;
	organisation: string;
	tasks: string[];
	demo: boolean;
}

export interface SessionProblem {
	status: number;
	code: string;
	detail: string;
}

/** As minted, but for members that sessions of earlier visits were kept without. */
type Minted = Omit<MintedSession, "ability" | "parameters" | "item"> & {
	/** What the difficulty starts from; null for a newcomer. */
	ability?: Ability | null;
	/** Those that the programme sets. */
	parameters?: Readonly<Record<string, unknown>>;
	/** The place in the programme that the session fills. */
	item?: string | null;
};

export interface LocalSession extends Minted {
	participant: string;
	/**
	 * spare: minted, not begun. running: its trials are being played. played: every trial is
	 * on this device, waiting for the server. complete: sealed and scored by the server.
	 */
	state: "spare" | "running" | "played" | "complete";
	overrides: Record<string, number | number[]>;
	/** seq of the next trial to play. */
	next: number;
	/** Number of trials; null before the start, and to the end where they follow the answers. */
	total: number | null;
	/** Date.now() at the start: keeps the session's clock running over a reload. */
	started_at: number | null;
	device: Record<string, unknown> | null;
	/** Set when the server refused something for good; the data stay. */
	problem: SessionProblem | null;
	/** How often the server asked again for trials. */
	resent: number;
	score: SessionScore | null;
	/** Of a sealed session whose difficulty was set by trial; the trials are gone then. */
	course?: Course;
}

/** Trials with a difficulty, in their order. */
export interface Course {
	seq: number[];
	difficulty: number[];
	correct: boolean[];
}

/** How the difficulty went; null where it was not set by trial. */
export function courseOf(trials: readonly TrialBody[]): Course | null {
	const of = trials.filter((t) => typeof t.difficulty === "number" && t.flags?.includes("catch") !== true);
	if (of.length === 0) return null;
	of.sort((x, y) => x.seq - y.seq);
	return { seq: of.map((t) => t.seq), difficulty: of.map((t) => t.difficulty as number), correct: of.map((t) => t.correct) };
}

export interface HeldTrial {
	session: string;
	seq: number;
	body: TrialBody;
	/** Present until acknowledged, so that the index holds only what waits. */
	pending?: 1;
}

interface Schema extends DBSchema {
	settings: { key: string; value: unknown };
	sessions: { key: string; value: LocalSession; indexes: { state: string } };
	trials: { key: [string, number]; value: HeldTrial; indexes: { pending: [number, string, number]; session: string } };
}

const STRICT = { durability: "strict" } as const;

export class Store {
	private constructor(private readonly db: IDBPDatabase<Schema>) {}

	static async open(): Promise<Store> {
		const db = await openDB<Schema>("camp", 1, {
			upgrade(fresh) {
				fresh.createObjectStore("settings");
				fresh.createObjectStore("sessions", { keyPath: "id" }).createIndex("state", "state");
				const trials = fresh.createObjectStore("trials", { keyPath: ["session", "seq"] });
				trials.createIndex("pending", ["pending", "session", "seq"]);
				trials.createIndex("session", "session");
			},
		});
		return new Store(db);
	}

	async get<T>(key: string): Promise<T | undefined> {
		return (await this.db.get("settings", key)) as T | undefined;
	}

	async set(key: string, value: unknown): Promise<void> {
		await this.db.put("settings", value, key);
	}

	async unset(key: string): Promise<void> {
		await this.db.delete("settings", key);
	}

	/** Answers the stored value, or stores and answers a new one: one key for all repeats. */
	async getOrSet(key: string, make: () => string): Promise<string> {
		const tx = this.db.transaction("settings", "readwrite", STRICT);
		let value = (await tx.store.get(key)) as string | undefined;
		if (value === undefined) {
			value = make();
			await tx.store.put(value, key);
		}
		await tx.done;
		return value;
	}

	session(id: string): Promise<LocalSession | undefined> {
		return this.db.get("sessions", id);
	}

	sessions(): Promise<LocalSession[]> {
		return this.db.getAll("sessions");
	}

	/** Reads, changes and writes a session in one transaction. */
	async changeSession(id: string, change: (s: LocalSession) => void): Promise<LocalSession | undefined> {
		const tx = this.db.transaction("sessions", "readwrite", STRICT);
		const session = await tx.store.get(id);
		if (session !== undefined) {
			change(session);
			await tx.store.put(session);
		}
		await tx.done;
		return session;
	}

	/** Keeps minted sessions and forgets the key that made them, together. */
	async addSpares(participant: string, minted: readonly MintedSession[], key: string): Promise<void> {
		const tx = this.db.transaction(["sessions", "settings"], "readwrite", STRICT);
		const sessions = tx.objectStore("sessions");
		for (const m of minted) {
			if ((await sessions.get(m.id)) !== undefined) continue;
			await sessions.put({
				...m,
				participant,
				state: "spare",
				overrides: {},
				next: 0,
				total: null,
				started_at: null,
				device: null,
				problem: null,
				resent: 0,
				score: null,
			});
		}
		await tx.objectStore("settings").delete(key);
		await tx.done;
	}

	/** Writes a trial and moves its session on, in one transaction; the last one ends it. */
	async addTrial(id: string, body: TrialBody, last: boolean): Promise<void> {
		const tx = this.db.transaction(["sessions", "trials"], "readwrite", STRICT);
		const session = await tx.objectStore("sessions").get(id);
		if (session === undefined) throw new Error("the session is not on this device");
		session.next = body.seq + 1;
		if (last) {
			session.total = session.next;
			session.state = "played";
		}
		await Promise.all([
			tx.objectStore("trials").put({ session: id, seq: body.seq, body, pending: 1 }),
			tx.objectStore("sessions").put(session),
			tx.done,
		]);
	}

	trials(id: string): Promise<HeldTrial[]> {
		return this.db.getAllFromIndex("trials", "session", id);
	}

	/** Ids of the sessions with trials that wait. */
	async sessionsWaiting(): Promise<Set<string>> {
		const keys = await this.db.getAllKeysFromIndex("trials", "pending");
		return new Set(keys.map(([session]) => session));
	}

	waiting(): Promise<number> {
		return this.db.countFromIndex("trials", "pending");
	}

	async setPending(id: string, seqs: readonly number[], pending: boolean): Promise<void> {
		const tx = this.db.transaction("trials", "readwrite");
		for (const seq of seqs) {
			const trial = await tx.store.get([id, seq]);
			if (trial === undefined) continue;
			if (pending) trial.pending = 1;
			else delete trial.pending;
			await tx.store.put(trial);
		}
		await tx.done;
	}

	/** The server has sealed the session: keeps its score, lets its trials go. */
	async seal(id: string, score: SessionScore): Promise<void> {
		const tx = this.db.transaction(["sessions", "trials"], "readwrite", STRICT);
		const session = await tx.objectStore("sessions").get(id);
		if (session !== undefined) {
			const trials = await tx.objectStore("trials").index("session").getAll(id);
			const course = courseOf(trials.map((t) => t.body));
			await tx.objectStore("sessions").put({ ...session, state: "complete", score, problem: null, ...(course && { course }) });
		}
		for (const key of await tx.objectStore("trials").index("session").getAllKeys(id)) {
			await tx.objectStore("trials").delete(key);
		}
		await tx.done;
	}

	/** Forgets the spares, as when they expired. */
	async dropSpares(drop: (s: LocalSession) => boolean): Promise<void> {
		const tx = this.db.transaction("sessions", "readwrite");
		for (const session of await tx.store.index("state").getAll("spare")) {
			if (drop(session)) await tx.store.delete(session.id);
		}
		await tx.done;
	}
}
