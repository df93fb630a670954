/** What the pages do besides drawing: definitions, joining, minting sessions ahead. */
import { ApiError, api, newKey } from "../api/client";
import type { AgeBand, JoinInfo, JoinRequest, Me, SessionScore } from "../api/types";
import type { Language } from "../i18n/messages";
import { backoffMs } from "../runner/cells";
import type { LocalSession, Participant, Store } from "../runner/store";
import { checkDefinition, type Definition, overridesFrom } from "../tasks/definition";

/** Sessions asked for at once: one to play now and one in hand for a time offline. */
const SPARES = 2;

/** From the server, or as it last was when no answer comes. */
export async function loadDefinition(store: Store, task: string): Promise<Definition> {
	const kept = `task:${task}`;
	try {
		const json = await api.task(task);
		const definition = checkDefinition(json);
		await store.set(kept, json);
		return definition;
	} catch (err) {
		const json = err instanceof ApiError && err.retry ? await store.get(kept) : undefined;
		if (json === undefined) throw err;
		return checkDefinition(json);
	}
}

/** The definition as it last was here, without asking; null when it never was. */
export async function keptDefinition(store: Store, task: string): Promise<Definition | null> {
	const json = await store.get(`task:${task}`);
	return json === undefined ? null : checkDefinition(json);
}

/** The participant's account, or as it last was when no answer comes. */
export async function loadMe(store: Store, participant: Participant): Promise<Me> {
	const kept = `me:${participant.id}`;
	try {
		const me = await api.me(participant.token);
		await store.set(kept, me);
		return me;
	} catch (err) {
		const me = err instanceof ApiError && err.retry ? await store.get<Me>(kept) : undefined;
		if (me === undefined) throw err;
		return me;
	}
}

/** A key whose request was refused for good has done its work; the next try takes another. */
export async function orForget<T>(store: Store, slot: string, answer: Promise<T>): Promise<T> {
	try {
		return await answer;
	} catch (err) {
		if (err instanceof ApiError && !err.retry) await store.unset(slot);
		throw err;
	}
}

/**
 * Joins a cohort. The key is on disk before the request leaves, and forgotten only with
 * the answer in hand: a reload or a lost answer repeats the same request, and the server
 * answers with the same person.
 */
export async function join(
	store: Store,
	code: string,
	info: JoinInfo,
	language: Language,
	ageBand: AgeBand | null,
): Promise<Participant> {
	const body: JoinRequest = { code, consent_version: info.consent.version, language };
	if (ageBand !== null) body.age_band = ageBand;
	/* The same key with another body would be refused, so the body is part of its name. */
	const slot = `join:${JSON.stringify(body)}`;
	const key = await store.getOrSet(slot, newKey);
	const answer = await orForget(store, slot, api.join(key, body));
	const participant: Participant = {
		id: answer.participant_id,
		token: answer.token,
		code,
		cohort: info.cohort.name,
		organisation: info.organisation.name,
		tasks: info.tasks,
		demo: info.cohort.demo,
	};
	await store.set("participant", participant);
	await store.unset(slot);
	return participant;
}

async function sparesOf(store: Store, participant: Participant, task: string): Promise<LocalSession[]> {
	const now = Date.now();
	await store.dropSpares((s) => Date.parse(s.expires_at) <= now);
	return (await store.sessions())
		.filter((s) => s.participant === participant.id && s.task === task && s.state === "spare" && !s.item)
		.sort((x, y) => (x.id < y.id ? -1 : 1));
}

/** Sees to it that sessions of the task are in hand for free practice; answers them. */
export async function ensureSpares(store: Store, participant: Participant, task: string): Promise<LocalSession[]> {
	const spares = await sparesOf(store, participant, task);
	if (spares.length > 0) return spares;
	const slot = `mint:${participant.id}:${task}`;
	const key = await store.getOrSet(slot, newKey);
	const minting = api.mintSessions(participant.token, key, { task, count: SPARES });
	const { sessions } = await orForget(store, slot, minting);
	await store.addSpares(participant.id, sessions, slot);
	return sparesOf(store, participant, task);
}

/** Tries until sessions are in hand, or what it answers is called: one lost request must not cost a day offline. */
export function keepSpares(store: Store, participant: Participant, task: string): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let stopped = false;
	const attempt = (tries: number) => {
		ensureSpares(store, participant, task).catch((err: unknown) => {
			if (stopped || !(err instanceof ApiError) || !err.retry) return;
			timer = setTimeout(() => attempt(tries + 1), backoffMs(tries, Math.random(), err.retryAfterMs));
		});
	};
	attempt(0);
	return () => {
		stopped = true;
		clearTimeout(timer);
	};
}

/** Takes a session in hand for playing, with the overrides of the page's address. */
export async function takeSession(store: Store, participant: Participant, definition: Definition): Promise<LocalSession> {
	/* A session prepared for another version of the task cannot be played any more. */
	await store.dropSpares((s) => s.task === definition.name && s.task_version !== definition.version);
	const left = (await store.sessions()).find(
		(s) =>
			s.participant === participant.id &&
			s.task === definition.name &&
			s.task_version === definition.version &&
			!s.item &&
			s.state === "running" &&
			s.started_at === null,
	);
	if (left !== undefined) return left;
	const [spare] = await ensureSpares(store, participant, definition.name);
	if (spare === undefined) throw new ApiError(0, null, null);
	const overrides = overridesFrom(new URLSearchParams(location.search), definition);
	const taken = await store.changeSession(spare.id, (s) => {
		s.state = "running";
		s.overrides = overrides;
	});
	return taken ?? spare;
}

export async function loadScore(store: Store, participant: Participant, id: string): Promise<SessionScore> {
	const local = await store.session(id);
	if (local?.score) return local.score;
	const kept = `score:${id}`;
	try {
		const score = await api.score(id, participant.token);
		await store.set(kept, score);
		return score;
	} catch (err) {
		const score = err instanceof ApiError && err.retry ? await store.get<SessionScore>(kept) : undefined;
		if (score === undefined) throw err;
		return score;
	}
}
