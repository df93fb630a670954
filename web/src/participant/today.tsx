/** Today's session as one card, the programme's phases as one line, and what comes next. */
import { useState } from "preact/hooks";
import type { PlanItem } from "../api/types";
import { localeOf, useText } from "../i18n/messages";
import type { Participant } from "../runner/store";
import { textIn } from "../tasks/definition";
import { isPlayable } from "../tasks/registry";
import { errorText, useApp } from "./context";
import type { Today, TodayItem } from "./plan";
import { takePlanned } from "./programme";
import { go } from "./root";
import { useTaskTitles } from "./titles";

/** Starts or goes on with an item. `message` tells why it could not. */
export function useStart(): { start: (item: TodayItem) => Promise<void>; busy: boolean; message: string } {
	const { t } = useText();
	const { participant, store } = useApp();
	const [busy, setBusy] = useState(false);
	const [message, setMessage] = useState("");
	const start = async (item: TodayItem) => {
		setBusy(true);
		setMessage("");
		try {
			go(`#/play/${(await takePlanned(store, participant as Participant, item.task, item.item)).id}`);
		} catch (err) {
			setBusy(false);
			setMessage(navigator.onLine ? errorText(err, t) : t("home.no_spare"));
		}
	};
	return { start, busy, message };
}

/** Why the programme chose this task, in plain words. */
export function useReason(): (reason: PlanItem["reason"]) => string {
	const { t } = useText();
	return (reason) => {
		switch (reason.code) {
			case "new":
				return t("today.reason.new");
			case "uncertain":
				return t("today.reason.uncertain");
			case "due_practice":
				return reason.days === undefined ? t("today.reason.due") : t("today.reason.due_days", { days: reason.days });
			default:
				return t("today.reason.fixed");
		}
	};
}

/** When a session opens: the time when it is today, else the day with it. */
export function useWhen(): (ms: number) => string {
	const { language } = useText();
	return (ms) => {
		const when = new Date(ms);
		const sameDay = when.toDateString() === new Date().toDateString();
		const options: Intl.DateTimeFormatOptions = sameDay
			? { timeStyle: "short" }
			: { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" };
		return new Intl.DateTimeFormat(localeOf(language), options).format(when);
	};
}

export function TodayCard({ today }: { today: Today }) {
	if (today.state === "due" && today.due !== null) return <Due today={today} due={today.due} />;
	if (today.state === "wait" || today.state === "finished") return <Rest today={today} />;
	return null;
}

function Due({ today, due }: { today: Today; due: NonNullable<Today["due"]> }) {
	const { language, t } = useText();
	const when = useWhen();
	const { start, busy, message } = useStart();
	const phase = today.phases.find((p) => p.name === due.phase);
	const left = due.items.filter((i) => i.state === "open" || i.state === "running");
	const minutes = left.reduce((sum, i) => sum + i.minutes, 0);
	const begun = left.length < due.items.length || due.items.some((i) => i.state === "running");
	const next = today.next;
	const playable = next !== null && isPlayable(next.task);
	return (
		<section class="sheet today" data-state="due" aria-labelledby="today-title">
			<p class="eyebrow">
				{phase !== undefined && t("today.place", { phase: textIn(phase.title, language), n: due.number, of: phase.sessions })}
			</p>
			<h1 id="today-title">{t("today.title")}</h1>
			<p class="subtle">
				{t(begun ? "today.left" : "today.size", { n: left.length, minutes })}
				{due.until !== null && ` ${t("today.until", { when: when(due.until) })}`}
			</p>
			<ol class="items">
				{due.items.map((item) => (
					<ItemLine key={item.item} item={item} next={item === next} />
				))}
			</ol>
			{next !== null && !playable && <p class="notice">{t("home.unknown_task")}</p>}
			<button type="button" class="button main big" disabled={busy || !playable} onClick={() => next !== null && void start(next)}>
				{t(begun ? "today.continue" : "today.start")}
			</button>
			<p class="hint bad" role="alert">
				{message}
			</p>
		</section>
	);
}

function ItemLine({ item, next }: { item: TodayItem; next: boolean }) {
	const { t } = useText();
	const titles = useTaskTitles();
	const reason = useReason();
	const over = item.state === "done" || item.state === "unsent";
	const state =
		item.state === "done"
			? t("today.item.done")
			: item.state === "unsent"
				? t("today.item.unsent")
				: item.state === "running"
					? t("today.item.running")
					: t("home.minutes", { minutes: item.minutes });
	return (
		<li class={over ? "over" : ""} data-item={item.item} data-task={item.task} data-item-state={item.state} aria-current={next ? "step" : undefined}>
			<i class="mark" aria-hidden="true" />
			<span class="item-title">{titles(item.task)}</span>
			<span class="item-state">{state}</span>
			{!over && <span class="subtle">{reason(item.reason)}</span>}
		</li>
	);
}

function Rest({ today }: { today: Today }) {
	const { t } = useText();
	const finished = today.state === "finished";
	return (
		<section class="sheet today" data-state={today.state}>
			<h1>{t(finished ? "today.finished" : "today.rest")}</h1>
			<p>{finished ? t("today.finished_text") : <NextSession today={today} />}</p>
			<p class="row">
				<button type="button" class={finished ? "button main" : "button"} onClick={() => go("#/progress")}>
					{t("progress.open")}
				</button>
			</p>
		</section>
	);
}

/** When the next session opens, as a sentence. */
export function NextSession({ today }: { today: Today }) {
	const { t } = useText();
	const when = useWhen();
	return <>{today.next_at === null ? t("today.next_unknown") : t("today.next_at", { when: when(today.next_at) })}</>;
}

/** The phases, as long as they have sessions; the words are the same for all readers. */
export function PhaseLine({ today }: { today: Today }) {
	const { language, t } = useText();
	if (today.phases.length === 0) return null;
	return (
		<section class="phases" aria-label={t("today.phases")}>
			<ol>
				{today.phases.map((phase) => (
					<li key={phase.name} data-phase={phase.name} data-phase-state={phase.state} style={{ flexGrow: Math.sqrt(phase.sessions) }}>
						<span class="phase-bar" aria-hidden="true">
							<i style={{ width: `${(100 * phase.done) / phase.sessions}%` }} />
						</span>
						<span class="phase-title">{textIn(phase.title, language)}</span>
						<span class="phase-count">{t("today.phase_count", { done: phase.done, of: phase.sessions })}</span>
					</li>
				))}
			</ol>
		</section>
	);
}

/** How regular it has been, said once and without pressure. */
export function Regularity({ today }: { today: Today }) {
	const { t } = useText();
	const { streak, week } = today;
	const parts: string[] = [];
	if (week.wanted > 0) parts.push(t("today.week", { done: week.done, wanted: week.wanted }));
	if (streak.weeks > 1) parts.push(t("today.streak_weeks", { n: streak.weeks }));
	else if (streak.days > 1) parts.push(t("today.streak_days", { n: streak.days }));
	if (parts.length === 0) return null;
	return (
		<p class="regularity subtle" data-part="regularity">
			{parts.join(" · ")}
		</p>
	);
}
