/** Today's session, free practice, what waits, and earlier sessions. */
import { useEffect, useState } from "preact/hooks";
import type { Me, SessionScore } from "../api/types";
import { localeOf, useText } from "../i18n/messages";
import type { LocalSession, Participant } from "../runner/store";
import { type Definition, textIn } from "../tasks/definition";
import { isPlayable, keepSounds } from "../tasks/registry";
import { errorText, useApp, useLoaded, useOutbox } from "./context";
import { Install } from "./install";
import { keepSpares, loadDefinition, loadMe, takeSession } from "./model";
import { Failure, Loading, OutboxNotice, PrimaryScore } from "./parts";
import { useProgramme } from "./programme";
import { go } from "./root";
import { useTaskTitles } from "./titles";
import { PhaseLine, Regularity, TodayCard } from "./today";

export function Home() {
	const { t } = useText();
	const { participant, store } = useApp();
	const who = participant as Participant;
	const view = useProgramme();
	const { today } = view;
	const me = useLoaded(() => loadMe(store, who), `${who.id} ${view.local.length}`);
	const planned = today !== null && today.state !== "free";
	const tasks = today?.tasks ?? me.value?.tasks ?? who.tasks;
	return (
		<>
			<div class="heading">
				{!planned && today !== null && <h1>{t("home.title")}</h1>}
				<p class="subtle">
					{who.cohort} · {who.organisation}
					{who.demo && <span class="badge">{t("app.demo")}</span>}
				</p>
			</div>
			<OutboxNotice quiet />
			{today === null && view.error === null && <Loading />}
			{view.error !== null && <Failure error={view.error} onRetry={view.reload} />}
			{planned && (
				<>
					<TodayCard today={today} />
					<PhaseLine today={today} />
					<Regularity today={today} />
				</>
			)}
			{view.stale && planned && <p class="subtle">{t("today.stale")}</p>}
			{planned && today.free_practice && tasks.length > 0 && (
				<>
					<h2>{t("home.practice")}</h2>
					<p class="subtle">{t("home.practice_hint")}</p>
				</>
			)}
			{(!planned || today.free_practice) && (today !== null || view.error !== null) && (
				<ul class="cards">
					{tasks.map((name) => (
						<TaskCard
							key={name}
							name={name}
							running={view.local.find((s) => s.task === name && !s.item && s.state === "running" && s.started_at !== null)}
						/>
					))}
				</ul>
			)}
			<Install />
			<h2>{t("home.done")}</h2>
			<Sessions me={me.value} local={view.local} />
		</>
	);
}

function TaskCard({ name, running }: { name: string; running: LocalSession | undefined }) {
	const { language, t } = useText();
	const { participant, store } = useApp();
	const who = participant as Participant;
	const definition = useLoaded(() => loadDefinition(store, name), name);
	const [busy, setBusy] = useState(false);
	const [message, setMessage] = useState("");
	useEffect(() => {
		/* What cannot be played here is not opened either. */
		if (!isPlayable(name)) return;
		/* Only a preparation for times offline; starting asks again. */
		keepSounds(name, language).catch(() => undefined);
		return keepSpares(store, who, name);
	}, [name, language]);

	const start = async (def: Definition) => {
		setBusy(true);
		setMessage("");
		try {
			go(`#/play/${(await takeSession(store, who, def)).id}`);
		} catch (err) {
			setBusy(false);
			setMessage(navigator.onLine ? errorText(err, t) : t("home.no_spare"));
		}
	};

	const def = definition.value;
	if (definition.error !== null) {
		return (
			<li class="card">
				<Failure error={definition.error} onRetry={definition.reload} />
			</li>
		);
	}
	if (def === null) {
		return (
			<li class="card">
				<Loading />
			</li>
		);
	}
	return (
		<li class="card" data-task={name}>
			<h2>{textIn(def.title, language)}</h2>
			<p>{textIn(def.summary, language)}</p>
			{def.duration_min !== undefined && <p class="subtle">{t("home.minutes", { minutes: def.duration_min })}</p>}
			{!isPlayable(name) ? (
				<p class="notice">{t("home.unknown_task")}</p>
			) : running !== undefined ? (
				<button type="button" class="button main" onClick={() => go(`#/play/${running.id}`)}>
					{running.total === null
						? t("home.resume_open", { next: running.next + 1 })
						: t("home.resume", { next: running.next + 1, total: running.total })}
				</button>
			) : (
				<button type="button" class="button main" disabled={busy} onClick={() => void start(def)}>
					{t("home.start")}
					<span class="only-heard">: {textIn(def.title, language)}</span>
				</button>
			)}
			<p class="hint bad" role="alert">
				{message}
			</p>
		</li>
	);
}

/** The progress page has them all. */
const LISTED = 8;

interface Line {
	id: string;
	task: string;
	when: string | null;
	trials: number | null;
	sent: boolean;
	score: SessionScore | null;
}

function linesOf(me: Me | null, local: readonly LocalSession[]): Line[] {
	const lines = new Map<string, Line>();
	for (const s of me?.sessions ?? []) {
		if (s.state !== "complete") continue;
		lines.set(s.id, { id: s.id, task: s.task, when: s.completed_at, trials: s.trials, sent: true, score: null });
	}
	for (const s of local) {
		if (s.state !== "played" && s.state !== "complete") continue;
		const when = s.score?.completed_at ?? (s.started_at === null ? null : new Date(s.started_at).toISOString());
		lines.set(s.id, { id: s.id, task: s.task, when, trials: s.total, sent: s.state === "complete", score: s.score });
	}
	/* Sessions are opened ahead, so their ids tell no order. */
	return [...lines.values()].sort((x, y) => ((x.when ?? "") < (y.when ?? "") ? 1 : -1));
}

function Sessions({ me, local }: { me: Me | null; local: readonly LocalSession[] }) {
	const { language, t } = useText();
	const titles = useTaskTitles();
	useOutbox();
	const lines = linesOf(me, local);
	if (lines.length === 0) return <p class="subtle">{t("home.none")}</p>;
	const date = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" });
	return (
		<ul class="sessions">
			{lines.slice(0, LISTED).map((line) => (
				<li key={line.id}>
					<a
						href={`#/result/${line.id}`}
						onClick={(event) => {
							event.preventDefault();
							go(`#/result/${line.id}`);
						}}
					>
						<strong>{titles(line.task)}</strong>
						<span>{line.when !== null && date.format(new Date(line.when))}</span>
						{line.score !== null && <PrimaryScore score={line.score} />}
						<span class="subtle">
							{line.sent ? t("home.trials", { n: line.trials ?? 0 }) : t("home.sending")}
						</span>
					</a>
				</li>
			))}
		</ul>
	);
}
