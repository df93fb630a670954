/**
 * The programme on this device: the plan as the server last told it, and sessions opened
 * ahead for the items it names, so that whole sessions can be played without a network.
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError, api, newKey } from "../api/client";
import type { Plan } from "../api/types";
import type { LocalSession, Participant, Store } from "../runner/store";
import { type Definition, overridesFrom } from "../tasks/definition";
import { isPlayable, keepSounds, loadTask } from "../tasks/registry";
import { useApp } from "./context";
import { keptDefinition, loadDefinition, orForget } from "./model";
import { isStale, type Today, toOpen, today } from "./plan";

/** How long a start waits for fresher sessions before it takes what is in hand. */
const PATIENCE_MS = 1500;
/** Sessions open by the clock while the page stays up. */
const LOOK_AGAIN_MS = 30_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function keptPlan(store: Store, who: Participant): Promise<Plan | null> {
	return (await store.get<Plan>(`plan:${who.id}`)) ?? null;
}

async function freshPlan(store: Store, who: Participant): Promise<Plan> {
	const plan = await api.plan(who.token);
	await store.set(`plan:${who.id}`, plan);
	return plan;
}

const mine = async (store: Store, who: Participant): Promise<LocalSession[]> =>
	(await store.sessions()).filter((s) => s.participant === who.id);

/** Opens a session for an item; what was prepared for it before is let go. */
async function open(store: Store, who: Participant, task: string, item: string): Promise<void> {
	const slot = `mint:${who.id}:item:${item}`;
	const key = await store.getOrSet(slot, newKey);
	const minting = api.mintSessions(who.token, key, { task, count: 1, item });
	const { sessions } = await orForget(store, slot, minting);
	await store.addSpares(who.id, sessions, slot);
	const kept = new Set(sessions.map((s) => s.id));
	await store.dropSpares((s) => s.participant === who.id && s.item === item && !kept.has(s.id));
}

let preparing: Promise<void> = Promise.resolve();

/** Makes ready what the plan names: definitions, the tasks' code, sessions. One at a time. */
export function prepare(store: Store, who: Participant, plan: Plan): Promise<void> {
	preparing = preparing.then(() => prepareNow(store, who, plan)).catch(() => undefined);
	return preparing;
}

async function prepareNow(store: Store, who: Participant, plan: Plan): Promise<void> {
	const now = Date.now();
	await store.dropSpares((s) => Date.parse(s.expires_at) <= now || (s.participant === who.id && isStale(plan, s)));
	const wanted = [plan.due, ...plan.ahead].flatMap((s) => s?.items ?? []).filter((i) => isPlayable(i.task));
	const definitions = new Map<string, Definition>();
	for (const task of new Set(wanted.map((i) => i.task))) {
		definitions.set(task, await loadDefinition(store, task));
		/* Kept by the service worker; without it the browser's own cache may have it. */
		await loadTask(task);
		/* In the language that the page has now; a session takes the one at its start. */
		await keepSounds(task, document.documentElement.lang).catch(() => undefined);
	}
	await store.dropSpares((s) => {
		const definition = definitions.get(s.task);
		return definition !== undefined && definition.version !== s.task_version;
	});
	const adapts = (task: string) => definitions.get(task)?.adaptive !== undefined;
	for (const item of toOpen(plan, await mine(store, who), adapts)) {
		if (!definitions.has(item.task)) continue;
		try {
			await open(store, who, item.task, item.item);
		} catch (err) {
			/* Refused: the plan has moved on, and the next one tells how. */
			if (!(err instanceof ApiError) || err.retry) throw err;
		}
	}
}

/** Takes the session of an item for playing, with the overrides of the page's address. */
export async function takePlanned(store: Store, who: Participant, task: string, item: string): Promise<LocalSession> {
	if (navigator.onLine) await Promise.race([preparing, sleep(PATIENCE_MS)]);
	const definition = (await keptDefinition(store, task)) ?? (await loadDefinition(store, task));
	const find = async () => {
		const all = (await mine(store, who)).filter((s) => s.item === item && s.task === task);
		const fits = (s: LocalSession) => s.task_version === definition.version && Date.parse(s.expires_at) > Date.now();
		return all.find((s) => s.state === "running") ?? all.find((s) => s.state === "spare" && fits(s));
	};
	let session = await find();
	if (session === undefined) {
		await open(store, who, task, item);
		session = await find();
	}
	if (session === undefined) throw new ApiError(0, null, null);
	if (session.state === "running") return session;
	const overrides = overridesFrom(new URLSearchParams(location.search), definition);
	const taken = await store.changeSession(session.id, (s) => {
		s.state = "running";
		s.overrides = overrides;
	});
	return taken ?? session;
}

export interface ProgrammeView {
	/** null until the plan is known. */
	today: Today | null;
	plan: Plan | null;
	/** The participant's sessions on this device. */
	local: readonly LocalSession[];
	/** The plan is the one of an earlier visit. */
	stale: boolean;
	/** Set when there is no plan to show. */
	error: unknown;
	reload: () => void;
}

/** The plan as far as it is known: first the kept one, then the server's. */
export function useProgramme(): ProgrammeView {
	const { store, outbox, participant } = useApp();
	const who = participant as Participant;
	const [plan, setPlan] = useState<Plan | null>(null);
	const [local, setLocal] = useState<readonly LocalSession[] | null>(null);
	const [stale, setStale] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const [round, setRound] = useState(0);
	const [now, setNow] = useState(() => Date.now());

	useEffect(() => {
		let current = true;
		const look = async () => {
			const sessions = await mine(store, who);
			if (current) setLocal(sessions);
		};
		const load = async () => {
			setError(null);
			const kept = await keptPlan(store, who);
			await look();
			if (current && kept !== null) setPlan((known) => known ?? kept);
			try {
				const fresh = await freshPlan(store, who);
				if (!current) return;
				setPlan(fresh);
				setStale(false);
				await prepare(store, who, fresh);
				await look();
			} catch (err) {
				if (!current) return;
				setStale(true);
				if (kept === null || (err instanceof ApiError && !err.retry)) setError(err);
			}
		};
		load().catch((err: unknown) => void (current && setError(err)));
		return () => {
			current = false;
		};
	}, [who.id, round]);
	useEffect(() => {
		const again = () => setRound((n) => n + 1);
		const seen = () => document.visibilityState === "visible" && again();
		const off = outbox.onSealed(again);
		const timer = setInterval(() => setNow(Date.now()), LOOK_AGAIN_MS);
		addEventListener("online", again);
		document.addEventListener("visibilitychange", seen);
		return () => {
			off();
			clearInterval(timer);
			removeEventListener("online", again);
			document.removeEventListener("visibilitychange", seen);
		};
	}, [outbox]);

	const view = useMemo(
		() => (plan === null || local === null ? null : today(plan, local, Math.max(now, Date.now()))),
		[plan, local, now],
	);
	return { today: view, plan, local: local ?? [], stale, error, reload: () => setRound((n) => n + 1) };
}
