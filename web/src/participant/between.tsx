/** The page after an item of a session: what was done, what comes next, or that it is over. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { useText } from "../i18n/messages";
import type { LocalSession } from "../runner/store";
import { useLoaded, useApp } from "./context";
import { Failure, Loading, OutboxNotice, PrimaryScore } from "./parts";
import type { TodayItem } from "./plan";
import { useProgramme, type ProgrammeView } from "./programme";
import { go } from "./root";
import { useTaskTitles } from "./titles";
import { NextSession, PhaseLine, useReason, useStart } from "./today";

/** An item's session in the programme: its name without the item's own number. */
const sessionName = (item: string): string => item.replace(/-[0-9]+$/, "");

export function Between({ id }: { id: string }) {
	const { store } = useApp();
	const loaded = useLoaded(() => store.session(id).then((s) => s ?? null), id);
	const view = useProgramme();
	if (loaded.error !== null) return <Failure error={loaded.error} onRetry={loaded.reload} />;
	if (view.today === null) return view.error === null ? <Loading /> : <Failure error={view.error} onRetry={view.reload} />;
	const session = view.local.find((s) => s.id === id) ?? loaded.value;
	if (session === null || !session.item) return <Loading />;
	const name = sessionName(session.item);
	const next = view.today.next;
	if (next !== null && sessionName(next.item) === name) return <Next session={session} next={next} view={view} />;
	return <Over name={name} view={view} />;
}

function Next({ session, next, view }: { session: LocalSession; next: TodayItem; view: ProgrammeView }) {
	const { t } = useText();
	const titles = useTaskTitles();
	const reason = useReason();
	const { start, busy, message } = useStart();
	const button = useRef<HTMLButtonElement>(null);
	useLayoutEffect(() => button.current?.focus({ preventScroll: true }), []);
	const items = view.today?.due?.items ?? [];
	const done = items.filter((i) => i.state === "done" || i.state === "unsent").length;
	return (
		<section class="sheet between" data-between="next">
			<p class="eyebrow">{t("between.count", { done, of: items.length })}</p>
			<h1>{t("between.done", { task: titles(session.task) })}</h1>
			<OutboxNotice quiet />
			<div class="coming">
				<p class="subtle">{t("between.next")}</p>
				<p class="coming-title">
					<strong>{titles(next.task)}</strong> <span class="subtle">{t("home.minutes", { minutes: next.minutes })}</span>
				</p>
				<p class="subtle">{reason(next.reason)}</p>
			</div>
			<p>{t("between.rest")}</p>
			<p class="row">
				<button ref={button} type="button" class="button main" disabled={busy} onClick={() => void start(next)}>
					{t("between.go")}
				</button>
				<button type="button" class="button" onClick={() => go("/")}>
					{t("between.pause")}
				</button>
			</p>
			<p class="hint bad" role="alert">
				{message}
			</p>
		</section>
	);
}

function Over({ name, view }: { name: string; view: ProgrammeView }) {
	const { t } = useText();
	const titles = useTaskTitles();
	const today = view.today;
	const played = view.local
		.filter((s) => s.item && sessionName(s.item) === name && (s.state === "played" || s.state === "complete"))
		.sort((x, y) => (x.started_at ?? 0) - (y.started_at ?? 0));
	return (
		<>
			<section class="sheet between" data-between="over">
				<h1>{t(today?.state === "finished" ? "today.finished" : "between.over")}</h1>
				<p>
					{today?.state === "finished" ? (
						t("today.finished_text")
					) : today?.state === "due" ? (
						t("between.open_already")
					) : today !== null ? (
						<NextSession today={today} />
					) : null}
				</p>
				<OutboxNotice quiet />
				<ul class="sessions">
					{played.map((s) => (
						<li key={s.id}>
							<a href={`#/result/${s.id}`} onClick={(event) => (event.preventDefault(), go(`#/result/${s.id}`))}>
								<strong>{titles(s.task)}</strong>
								<span class="subtle right">{t(s.state === "complete" ? "home.show" : "home.sending")}</span>
								{s.score !== null && <PrimaryScore score={s.score} />}
							</a>
						</li>
					))}
				</ul>
				<p class="row">
					<button type="button" class="button main" onClick={() => go("/")}>
						{t("between.home")}
					</button>
					<button type="button" class="button" onClick={() => go("#/progress")}>
						{t("progress.open")}
					</button>
				</p>
			</section>
			{today !== null && <PhaseLine today={today} />}
		</>
	);
}
