import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan, PlanItem } from "../api/types";
import type { LocalSession } from "../runner/store";
import { isStale, toOpen, today } from "./plan";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();
/* A UUIDv7 of the time. */
const idAt = (ms: number, n = 0) => {
	const hex = ms.toString(16).padStart(12, "0");
	return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(n).padStart(12, "0")}`;
};

function item(name: string, task: string, state: "open" | "done" = "open"): PlanItem {
	return { item: name, task, parameters: {}, minutes: 3, reason: { code: "fixed" }, state, session: null };
}

function plan(change: Partial<Plan> = {}): Plan {
	return {
		programme: { title: { en: "Demo" }, version: 1 },
		arm: null,
		phases: [
			{ name: "baseline", title: { en: "Baseline" }, sessions: 1, done: 0, state: "current" },
			{ name: "training", title: { en: "Training" }, sessions: 2, done: 0, state: "ahead" },
		],
		state: "due",
		due: {
			phase: "baseline", number: 1, since: at(-1), until: null,
			items: [item("baseline-1-1", "stroop"), item("baseline-1-2", "flanker")],
		},
		ahead: [{ phase: "training", number: 1, since: at(20), until: null, not_before: at(20), items: [item("training-1-1", "n-back")] }],
		next_at: null,
		week: { wanted: 3, done: 0 },
		streak: { weeks: 0, days: 0 },
		missed: 0,
		free_practice: true,
		tasks: ["stroop"],
		...change,
	};
}

let made = 0;
function local(name: string, task: string, state: LocalSession["state"], change: Partial<LocalSession> = {}): LocalSession {
	return {
		id: idAt(NOW - 7_200_000, ++made), task, task_version: 1, seed: 1, token: "t", expires_at: at(500), ability: null,
		item: name, phase: "baseline", parameters: {}, participant: "p", state, overrides: {},
		next: state === "running" ? 3 : 0, total: null, started_at: null, device: null, problem: null, resent: 0, score: null,
		...change,
	} as LocalSession;
}

test("what is due comes in order, and the first open item is next", () => {
	const t = today(plan(), [], NOW);
	assert.equal(t.state, "due");
	assert.deepEqual(t.due?.items.map((i) => i.state), ["open", "open"]);
	assert.equal(t.next?.item, "baseline-1-1");
	assert.equal(t.phase?.name, "baseline");
});

test("items played here are done, whatever an old plan says", () => {
	const played = local("baseline-1-1", "stroop", "played");
	const t = today(plan(), [played, local("baseline-1-2", "flanker", "running")], NOW);
	assert.deepEqual(t.due?.items.map((i) => i.state), ["unsent", "running"]);
	assert.equal(t.next?.item, "baseline-1-2");
	assert.equal(t.next?.session, t.due?.items[1]?.session);
});

test("a session finished here moves the plan on: it waits, and opens when its time comes", () => {
	const done = [local("baseline-1-1", "stroop", "complete"), local("baseline-1-2", "flanker", "played")];
	const waits = today(plan(), done, NOW);
	assert.equal(waits.state, "wait");
	assert.equal(waits.next_at, Date.parse(at(20)));
	assert.deepEqual(waits.phases.map((p) => [p.done, p.state]), [[1, "done"], [0, "current"]]);
	assert.equal(waits.week.done, 1);
	const opens = today(plan(), done, NOW + 21 * 3_600_000);
	assert.equal(opens.state, "due");
	assert.equal(opens.next?.item, "training-1-1");
});

test("the last session of all finishes the programme without the server", () => {
	const last = plan({
		phases: [{ name: "baseline", title: { en: "Baseline" }, sessions: 1, done: 0, state: "current" }],
		ahead: [],
	});
	const done = [local("baseline-1-1", "stroop", "played"), local("baseline-1-2", "flanker", "played")];
	assert.equal(today(last, done, NOW).state, "finished");
	assert.equal(today(plan({ ahead: [] }), done, NOW).state, "wait", "what comes next is the server's to say");
	assert.equal(today(plan({ ahead: [] }), done, NOW).next_at, null);
});

test("a session that was dropped is passed over, unless it was begun", () => {
	const dropped = plan();
	if (dropped.due !== null) dropped.due.until = at(-1);
	assert.equal(today(dropped, [], NOW).state, "wait");
	assert.equal(today(dropped, [local("baseline-1-1", "stroop", "running")], NOW).state, "due");
});

test("without a programme everything is free", () => {
	const t = today(plan({ state: "free", due: null, ahead: [], phases: [], programme: null }), [], NOW);
	assert.deepEqual([t.state, t.due, t.phase], ["free", null, null]);
});

test("what is due and ahead is opened once, and again when its difficulty may start better", () => {
	const adapts = (task: string) => task === "n-back";
	assert.deepEqual(toOpen(plan(), [], adapts).map((i) => i.item), ["baseline-1-1", "baseline-1-2", "training-1-1"]);
	const spares = [
		local("baseline-1-1", "stroop", "spare"), local("baseline-1-2", "flanker", "spare"), local("training-1-1", "n-back", "spare"),
	];
	assert.deepEqual(toOpen(plan(), spares, adapts), []);
	const score = { completed_at: at(-1) } as LocalSession["score"];
	const finished = (task: string) => local("", task, "complete", { item: null, score });
	assert.deepEqual(toOpen(plan(), [...spares, finished("stroop"), finished("n-back")], adapts).map((i) => i.item), ["training-1-1"]);
	const begun = spares.map((s) => ({ ...s, state: "running" as const }));
	assert.deepEqual(toOpen(plan(), [...begun, finished("n-back")], adapts), []);
});

test("a prepared session is stale when the plan gives its place to another task", () => {
	assert.equal(isStale(plan(), local("training-1-1", "n-back", "spare")), false);
	assert.equal(isStale(plan(), local("training-1-1", "mot", "spare")), true);
	assert.equal(isStale(plan(), local("training-1-1", "mot", "running")), false);
	assert.equal(isStale(plan(), local("", "stroop", "spare", { item: null })), false);
});
