/**
 * Today's session: the server's plan, and what this device knows besides. A plan may be
 * days old and sessions may be played that nobody has heard of yet, so what was played
 * here counts as done, and the next session opens by the plan's own times.
 */
import type { Plan, PlanItem, PlanPhase, PlanSession } from "../api/types";
import type { LocalSession } from "../runner/store";

export interface TodayItem extends Omit<PlanItem, "state" | "session"> {
	/** unsent: played here, and the server does not have all of it. */
	state: "open" | "running" | "unsent" | "done";
	/** The session to go on with, or the one whose result there is. */
	session: string | null;
}

export interface Today {
	state: Plan["state"];
	/** With "due": what is to be done. */
	due: { phase: string; number: number; until: number | null; items: TodayItem[] } | null;
	/** First item that is not done; null when there is none. */
	next: TodayItem | null;
	/** With "wait": when the next session opens; null when only the server knows. */
	next_at: number | null;
	phases: PlanPhase[];
	/** The phase that is current, or the last. */
	phase: PlanPhase | null;
	week: Plan["week"];
	streak: Plan["streak"];
	free_practice: boolean;
	tasks: string[];
}

interface Offered extends PlanSession {
	/** Date.now() from which it may be played. */
	from: number;
}

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** Sessions that the plan names, the next one first. */
export function plannedSessions(plan: Plan): Offered[] {
	const due = plan.due === null ? [] : [{ ...plan.due, from: -Infinity }];
	return [...due, ...plan.ahead.map((a) => ({ ...a, from: Date.parse(a.not_before) }))];
}

function itemToday(item: PlanItem, local: readonly LocalSession[]): TodayItem {
	const mine = local.filter((s) => s.item === item.item && s.task === item.task);
	const find = (...states: LocalSession["state"][]) => mine.find((s) => states.includes(s.state));
	const complete = find("complete");
	const played = find("played");
	const running = find("running");
	if (item.state === "done" || complete !== undefined) {
		return { ...item, state: "done", session: complete?.id ?? item.session };
	}
	if (played !== undefined) return { ...item, state: "unsent", session: played.id };
	if (running !== undefined) return { ...item, state: running.next > 0 ? "running" : "open", session: running.id };
	return { ...item, state: "open", session: null };
}

const isOver = (item: TodayItem): boolean => item.state === "done" || item.state === "unsent";

/** `local`: the participant's sessions on this device; `now`: Date.now(). */
export function today(plan: Plan, local: readonly LocalSession[], now: number): Today {
	const out: Today = {
		state: plan.state,
		due: null,
		next: null,
		next_at: time(plan.next_at),
		phases: plan.phases,
		phase: null,
		week: plan.week,
		streak: plan.streak,
		free_practice: plan.free_practice,
		tasks: plan.tasks,
	};
	if (plan.state === "due" || plan.state === "wait") {
		const over = new Map<string, number>();
		let open: Offered | null = null;
		let items: TodayItem[] = [];
		for (const session of plannedSessions(plan)) {
			items = session.items.map((item) => itemToday(item, local));
			const until = time(session.until);
			const begun = items.some((item) => item.state !== "open");
			if (until !== null && until <= now && !begun) continue;
			if (!items.every(isOver)) {
				open = session;
				break;
			}
			over.set(session.phase, (over.get(session.phase) ?? 0) + 1);
		}
		const extra = [...over.values()].reduce((a, b) => a + b, 0);
		out.phases = withDone(plan.phases, over);
		out.week = { ...plan.week, done: plan.week.done + extra };
		if (open !== null && open.from <= now) {
			out.state = "due";
			out.due = { phase: open.phase, number: open.number, until: time(open.until), items };
			out.next = items.find((item) => !isOver(item)) ?? null;
			out.next_at = null;
		} else if (out.phases.length > 0 && out.phases.every((p) => p.done >= p.sessions)) {
			out.state = "finished";
			out.next_at = null;
		} else {
			out.state = "wait";
			out.next_at = open?.from ?? out.next_at;
		}
	}
	out.phase = out.phases.find((p) => p.state === "current") ?? out.phases[out.phases.length - 1] ?? null;
	return out;
}

/** The phases with sessions that were finished here added. */
function withDone(phases: readonly PlanPhase[], over: ReadonlyMap<string, number>): PlanPhase[] {
	if (over.size === 0) return [...phases];
	let current = false;
	return phases.map((phase) => {
		const done = Math.min(phase.sessions, phase.done + (over.get(phase.name) ?? 0));
		if (phase.state === "done" || done >= phase.sessions) return { ...phase, done, state: "done" as const };
		const state = current ? ("ahead" as const) : ("current" as const);
		current = true;
		return { ...phase, done, state };
	});
}

/**
 * What to open at the server, so that the sessions the plan names can be played without a
 * network. A prepared session is opened anew when its task was finished since: difficulty
 * then starts from what that session found. Ids are UUIDv7, so their order is time's.
 */
export function toOpen(plan: Plan, local: readonly LocalSession[], adapts: (task: string) => boolean): PlanItem[] {
	return plannedSessions(plan).flatMap(({ items }) =>
		items.filter((item) => {
			if (item.state === "done") return false;
			const mine = local.filter((s) => s.item === item.item && s.task === item.task);
			if (mine.length === 0) return true;
			if (!adapts(item.task) || mine.some((s) => s.state !== "spare")) return false;
			return local.some((s) => s.task === item.task && s.state === "complete" && mine.every((m) => endedAfter(s, m)));
		}),
	);
}

const mintedAt = (s: LocalSession): number => Number.parseInt(s.id.replaceAll("-", "").slice(0, 12), 16);

function endedAfter(complete: LocalSession, spare: LocalSession): boolean {
	return complete.score !== null && Date.parse(complete.score.completed_at) > mintedAt(spare);
}

/** Prepared sessions that the plan has no place for any more. */
export function isStale(plan: Plan, session: LocalSession): boolean {
	if (session.state !== "spare" || !session.item) return false;
	const items = plannedSessions(plan).flatMap((s) => s.items);
	return !items.some((i) => i.item === session.item && i.task === session.task && i.state === "open");
}
