// Programmes through the API: arms dealt out to many who join at once, what is due and why,
// sessions of items, and one's own progress. Two servers on one database throughout.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { builtAdaptive } from "../support/adaptive.mjs";
import { expect, idempotencyKey, inParallel, makeClient } from "../support/api.mjs";
import { makeFolder } from "../support/cli.mjs";
import { createCluster } from "../support/cluster.mjs";
import { ROOT, runCamp, startServer } from "../support/server.mjs";

const folder = makeFolder();
const servers = [];
const clients = [];
let cluster;
let env;

const texts = (text) => ({ en: text, "zh-Hans": text, es: text, ar: text });
const stroop = { task: "stroop", minutes: 1, parameters: { trials_per_cell: 2 } };
const flanker = { task: "flanker", minutes: 1 };
const sart = { task: "sart", minutes: 1 };
const phase = (name, more = {}) => ({ name, title: texts(name), sessions: 1, tasks: [stroop, flanker], ...more });
const document = (more = {}) => ({ title: texts("Study"), seed: 7, phases: [phase("baseline")], ...more });

before(async () => {
	cluster = await createCluster();
	await cluster.createDatabase("camp");
	env = { DATABASE_URL: cluster.url("camp"), CAMP_MIGRATIONS_DIR: path.join(ROOT, "migrations"), CAMP_TASKS_DIR: path.join(ROOT, "tasks") };
	expectDone(await runCamp(["migrate"], { env }));
	servers.push(await startServer({ demo: true, client: "stand-in", env }));
	servers.push(await startServer({ client: "stand-in", env: { ...env, CAMP_SECRET_FILE: path.join(servers[0].stateDir, "secret") } }));
	for (const server of servers) clients.push(makeClient(server.url, { sockets: 128, timeoutMs: 60000 }));
});
after(async () => {
	for (const client of clients) client.close();
	for (const server of servers.reverse()) await server.stop();
	await cluster?.remove();
});

function expectDone(run) {
	assert.equal(run.code, 0, run.stderr);
	return run.stdout;
}

async function newCohort(programme) {
	const made = JSON.parse(expectDone(await runCamp(["seed", "--cohort-name", "Study", "--json"], { env })));
	if (programme) await setProgramme(made.join_code, programme);
	return made.join_code;
}

async function setProgramme(code, programme) {
	const file = path.join(folder.dir, "programme.json");
	writeFileSync(file, JSON.stringify(programme));
	return runCamp(["programme", "set", "--cohort", code, file], { env });
}

const join = async (code, key = idempotencyKey(), client = clients[0]) =>
	client.request("POST", "/join", { key, body: { code, consent_version: 1 } });
const joined = async (code) => expect(await join(code), 201).token;
const plan = async (token) => expect(await clients[1].request("GET", "/me/plan", { token }), 200);
const open = (token, body, key = idempotencyKey()) => clients[0].request("POST", "/sessions", { token, key, body });

/** Uploads n trials of a session, of the task's first and last condition, and completes it. */
async function complete(session, n = 8, device) {
	const { conditions } = expect(await clients[0].request("GET", `/tasks/${session.task}`), 200);
	const trials = Array.from({ length: n }, (_, seq) => ({ seq, condition: conditions[seq % 2 ? conditions.length - 1 : 0].name, correct: true, rt_ms: 500 + 37 * (seq % 5) + 40 * (seq % 2) }));
	expect(await clients[1].request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials } }), 200);
	return expect(await clients[1].request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: n, ...(device && { device }) } }), 200);
}

async function playItem(token, item) {
	const { sessions: [session] } = expect(await open(token, { task: item.task, item: item.item }), 201);
	assert.equal(session.item, item.item);
	assert.deepEqual(session.parameters, item.parameters);
	await complete(session);
	return session;
}

async function sizes(code) {
	const rows = await cluster.query("camp", `SELECT coalesce(string_agg(arm || '=' || n, ' ' ORDER BY arm), '') FROM (SELECT arm, count(*) AS n FROM participant JOIN cohort USING (cohort_id) WHERE join_code = '${code}' GROUP BY arm) s`);
	return Object.fromEntries(String(rows).trim().split(" ").map((pair) => pair.split("=")).map(([arm, n]) => [arm, Number(n)]));
}
const numbers = async (code) => String(await cluster.query("camp", `SELECT count(*) || ' ' || count(DISTINCT join_no) || ' ' || min(join_no) || ' ' || max(join_no) || ' ' || (SELECT joined FROM join_counter c WHERE c.cohort_id = p.cohort_id) FROM participant p JOIN cohort USING (cohort_id) WHERE join_code = '${code}' GROUP BY p.cohort_id`)).trim();

test("1,000 people who join at once through two servers: arms differ by at most one", async () => {
	const code = await newCohort(document({ arms: [{ name: "adaptive" }, { name: "fixed" }, { name: "waiting" }] }));
	const n = 1000;
	/* Every fifth sends its request twice, the second to the other server, at the same time. */
	await inParallel(n, 200, async (i) => {
		const key = idempotencyKey();
		const sent = [join(code, key, clients[i % 2])];
		if (i % 5 === 0) sent.push(join(code, key, clients[(i + 1) % 2]));
		const answers = (await Promise.all(sent)).map((answer) => expect(answer, 200, 201));
		assert.equal(new Set(answers.map((answer) => answer.participant_id)).size, 1);
	});
	const arms = await sizes(code);
	assert.deepEqual(Object.keys(arms), ["adaptive", "fixed", "waiting"]);
	const counts = Object.values(arms);
	assert.equal(counts.reduce((a, b) => a + b), n);
	assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, JSON.stringify(arms));
	assert.equal(await numbers(code), `${n} ${n} 1 ${n} ${n}`, "numbers without gaps: repeats took none");
	/* Blocks of three: each holds every arm. */
	const uneven = await cluster.query("camp", `SELECT count(*) FROM (SELECT (join_no - 1) / 3 AS block FROM participant JOIN cohort USING (cohort_id) WHERE join_code = '${code}' AND join_no <= 999 GROUP BY 1 HAVING count(DISTINCT arm) <> 3) s`);
	assert.equal(String(uneven).trim(), "0");
});

test("weights are kept in every block, and a refused join gives its number back", async () => {
	const code = await newCohort(document({ arms: [{ name: "a", weight: 2 }, { name: "b" }] }));
	const key = idempotencyKey();
	expect(await join(code, key), 201);
	assert.equal((await clients[1].request("POST", "/join", { key, body: { code, consent_version: 1, language: "zh-Hans" } })).status, 422);
	await inParallel(29, 10, async () => expect(await join(code), 201));
	assert.deepEqual(await sizes(code), { a: 20, b: 10 });
	assert.equal(await numbers(code), "30 30 1 30 30");
	/* The arm is a column of what is exported, in the order of joining. */
	const [header, ...rows] = expectDone(await runCamp(["export", "participants", "--cohort", code], { env })).trim().split("\n").map((line) => line.split(","));
	assert.equal(rows.length, 30);
	assert.deepEqual(rows.map((row) => Number(row[header.indexOf("join_no")])).sort((a, b) => a - b), Array.from({ length: 30 }, (_, i) => i + 1));
	assert.equal(rows.filter((row) => row[header.indexOf("arm")] === "a").length, 20);
});

test("a programme that comes later deals arms to those who are there", async () => {
	const code = await newCohort();
	const token = await joined(code);
	await inParallel(8, 8, async () => expect(await join(code), 201));
	assert.equal((await plan(token)).state, "free");
	assert.equal((await open(token, { task: "stroop", item: "baseline-1-1" })).status, 422);
	expectDone(await setProgramme(code, document({ arms: [{ name: "a" }, { name: "b" }, { name: "c" }] })));
	await inParallel(3, 3, async () => expect(await join(code), 201));
	assert.deepEqual(await sizes(code), { a: 4, b: 4, c: 4 });
	const after = await plan(token);
	assert.equal(after.state, "due");
	assert.match(after.arm, /^[abc]$/);
	const shown = await runCamp(["programme", "show", "--cohort", code], { env });
	assert.equal(JSON.parse(expectDone(shown)).seed, 7);
	assert.match(shown.stderr, /version 1\na: 4\nb: 4\nc: 4/);
});

test("the demo is done from baseline to follow-up, item by item, with free practice between", async () => {
	const token = await joined(servers[0].joinCode);
	let now = await plan(token);
	assert.deepEqual(now.phases.map((p) => [p.name, p.sessions, p.state]), [["baseline", 1, "current"], ["training", 2, "ahead"], ["follow-up", 1, "ahead"]]);
	assert.ok(now.free_practice && now.tasks.includes("visual-search") && now.tasks.includes("stroop"));
	assert.equal(now.ahead.length, 2);
	const seen = [];
	for (let guard = 0; now.state === "due" && guard < 20; guard++) {
		const item = now.due.items.find((one) => one.state === "open");
		seen.push([now.due.phase, now.due.number, item.reason.code]);
		const session = await playItem(token, item);
		assert.equal(session.phase, now.due.phase);
		const refused = await open(token, { task: item.task, item: item.item });
		assert.equal(refused.status, 422, "what is done is not opened again");
		if (guard === 0) {
			const { sessions: [practice] } = expect(await open(token, { task: "stroop" }), 201);
			assert.deepEqual([practice.item, practice.phase, practice.parameters], [null, null, {}]);
			await complete(practice);
		}
		now = await plan(token);
	}
	assert.equal(now.state, "finished");
	assert.ok(now.phases.every((p) => p.state === "done" && p.done === p.sessions));
	assert.deepEqual([...new Set(seen.map(([name]) => name))], ["baseline", "training", "follow-up"]);
	assert.ok(seen.filter(([name]) => name === "training").every(([, , code]) => code !== "fixed"));
	assert.ok(seen.filter(([name]) => name !== "training").every(([, , code]) => code === "fixed"));
	assert.deepEqual(now.streak, { weeks: 1, days: 1 });
	const { tasks } = expect(await clients[0].request("GET", "/me/progress", { token }), 200);
	const all = tasks.flatMap((one) => one.sessions);
	assert.equal(all.length, seen.length + 1);
	assert.equal(all.filter((one) => one.phase === null).length, 1, "the practice");
	const one = tasks.find((t) => t.task === "flanker").sessions[0];
	assert.equal(typeof one.score.value, "number");
	assert.equal(typeof one.usable, "boolean");
});

test("a choice stays as it was when its first item was opened; sessions ahead may be opened", async () => {
	const code = await newCohort(document({ phases: [phase("training", { sessions: 6, tasks: undefined, pick: { from: [stroop, flanker, sart], count: 2 } })] }));
	const token = await joined(code);
	const first = await plan(token);
	/* But for what lies ahead, whose times follow the clock. */
	const items = ({ due, ahead }) => [due, ...ahead].map((session) => session.items);
	assert.deepEqual(items(first), items(await plan(token)), "the same state gives the same plan");
	const [one, two] = first.due.items;
	await playItem(token, one);
	const second = await plan(token);
	assert.deepEqual(second.due.items.map((i) => [i.item, i.task, i.state]), [[one.item, one.task, "done"], [two.item, two.task, "open"]]);
	const [ahead] = second.ahead;
	assert.equal(ahead.number, 2);
	const kept = expect(await open(token, { task: ahead.items[0].task, item: ahead.items[0].item }), 201).sessions[0];
	await playItem(token, two);
	const third = await plan(token);
	assert.deepEqual(third.due.items.map((i) => i.task), ahead.items.map((i) => i.task), "chosen when opened ahead");
	assert.equal(third.due.items[0].session, kept.id);
	await complete(kept);
	assert.equal((await plan(token)).due.items[0].state, "done");
	/* The third of the pool, which was never played, is sure to be in one of the two. */
	assert.equal(new Set([...first.due.items, ...third.due.items].map((i) => i.task)).size, 3);
});

/** Plays an adaptive session as the browser does, by a person who is right below `span`. */
async function playAdaptive(token, item, span) {
	const built = builtAdaptive();
	const { Adaptive } = await import(built.script);
	const { adaptive, conditions } = expect(await clients[0].request("GET", `/tasks/${item.task}`), 200);
	const { sessions: [session] } = expect(await open(token, { task: item.task, item: item.item }), 201);
	const a = await Adaptive.open(adaptive, WebAssembly.compile(readFileSync(built.wasm)));
	a.start(session.seed, session.ability);
	const trials = Array.from({ length: 12 }, (_, seq) => {
		const difficulty = a.next(), correct = difficulty < span;
		a.outcome(difficulty, correct);
		return { seq, condition: conditions[0].name, correct, rt_ms: 3000 + seq, difficulty };
	});
	expect(await clients[0].request("POST", `/sessions/${session.id}/trials`, { token: session.token, body: { trials } }), 200);
	const score = expect(await clients[0].request("POST", `/sessions/${session.id}/complete`, { token: session.token, body: { trials: trials.length } }), 200);
	assert.ok(!score.excluded.session.includes("difficulty_not_followed"), JSON.stringify(score.excluded));
	return { session, hardest: Math.max(...trials.map((t) => t.difficulty)) };
}

test("difficulty follows the person from one session of the programme to the next", async () => {
	const span = (task) => ({ task, minutes: 2, parameters: { adaptive: 1, trials: 12 } });
	const code = await newCohort(document({ phases: [phase("training", { sessions: 4, tasks: undefined, pick: { from: [span("digit-span"), span("corsi"), stroop], count: 1 } })] }));
	const token = await joined(code);
	const seen = [];
	for (let number = 1; number <= 4; number++) {
		const { due: { items: [item] } } = await plan(token);
		seen.push([item.task, item.reason.code]);
		if (item.task === "stroop") await playItem(token, item);
		else {
			const { session } = await playAdaptive(token, item, item.task === "corsi" ? 5 : 8);
			assert.deepEqual(session.parameters, { adaptive: 1, trials: 12 });
			assert.equal(session.ability === null, seen.filter(([task]) => task === item.task).length === 1, "a later session starts from the first one's ability");
		}
	}
	assert.deepEqual(seen.slice(0, 3).map(([task]) => task).sort(), ["corsi", "digit-span", "stroop"]);
	assert.deepEqual(seen.map(([, why]) => why), ["new", "new", "new", "uncertain"]);
});

test("what is not due is refused, and says what is", async () => {
	const code = await newCohort(document({ phases: [phase("baseline", { sessions: 5 })] }));
	const token = await joined(code);
	const wrong = [
		[{ task: "stroop", item: "baseline-9-1" }, "/item", /baseline-1-1/],
		[{ task: "stroop", item: "baseline-4-1" }, "/item", /neither due nor ahead/],
		[{ task: "stroop", item: "nonsense" }, "/item", /due/],
		[{ task: "flanker", item: "baseline-1-1" }, "/task", /stroop/],
		[{ task: "stroop", item: "baseline-1-1", count: 2 }, "/count", /one at a time/],
		[{ task: "stroop", item: 1 }, "/item", /./],
	];
	for (const [body, pointer, detail] of wrong) {
		const answer = await open(token, body);
		assert.equal(answer.status, 422, JSON.stringify(answer.body));
		assert.equal(answer.body.errors[0].pointer, pointer);
		assert.match(answer.body.errors[0].detail, detail);
	}
	const key = idempotencyKey();
	const body = { task: "stroop", item: "baseline-1-1" };
	const { sessions: [made] } = expect(await open(token, body, key), 201);
	await complete(made);
	assert.equal(expect(await open(token, body, key), 200).sessions[0].id, made.id, "a repeat finds what is done");
	assert.equal((await open(token, { ...body, item: "baseline-1-2" }, key)).status, 422, "with another body it is refused");
});

test("a gap between sessions is kept", async () => {
	const code = await newCohort(document({ phases: [phase("training", { sessions: 3, per_week: 2, min_gap_hours: 20, tasks: [stroop] })] }));
	const token = await joined(code);
	const before = await plan(token);
	assert.deepEqual(before.week, { wanted: 2, done: 0 });
	await playItem(token, before.due.items[0]);
	const waiting = await plan(token);
	assert.equal(waiting.state, "wait");
	assert.equal(waiting.due, null);
	const hours = (Date.parse(waiting.next_at) - Date.now()) / 3600000;
	assert.ok(hours > 19.9 && hours <= 20, `${hours}`);
	assert.equal(waiting.ahead[0].number, 2);
	assert.equal(waiting.ahead[0].not_before, waiting.next_at);
	assert.deepEqual(waiting.week, { wanted: 2, done: 1 });
});

test("check says where a document is wrong", async () => {
	const file = path.join(folder.dir, "wrong.json");
	const check = async (value) => {
		writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
		return runCamp(["programme", "check", file], { env });
	};
	expectDone(await check(document()));
	expectDone(await runCamp(["programme", "check", path.join(ROOT, "docs/examples/programme.json")], { env }));
	const wrong = [
		["{", /line 1/],
		[document({ phases: [] }), /\/phases: must have 1 to/],
		[document({ phases: [phase("a", { tasks: [{ task: "no-such", minutes: 1 }] })] }), /\/phases\/0\/tasks\/0\/task: there is no task "no-such"/],
		[document({ phases: [phase("a", { tasks: [{ ...stroop, parameters: { trials_per_cell: 999 } }] })] }), /\/phases\/0\/tasks\/0\/parameters\/trials_per_cell: must be an integer of 1 to 96/],
		[document({ phases: [phase("a", { arms: ["b"] })] }), /\/phases\/0\/arms\/0: there is no arm "b"/],
		[document({ title: { en: "T", "zh-Hans": "T", es: "T" } }), /\/title: must have a text in "ar"/],
	];
	for (const [value, says] of wrong) {
		const { code, stderr } = await check(value);
		assert.notEqual(code, 0);
		assert.match(stderr, says);
	}
});
