/** The cohort page: what a group did and how it scores, from rollups, refreshed by itself. */
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../api/client";
import type { Engagement, TaskGroup } from "../api/types";
import { type Estimate, IntervalFigure } from "../figures/interval_figure";
import { SkipLink } from "../page/skip_link";
import { LanguageSwitch } from "../i18n/language_switch";
import { type Language, LanguageContext, localeOf, useText } from "../i18n/messages";
import { keepLanguage, usePageLanguage } from "../i18n/page_language";
import { checkDefinition, type Definition, textIn } from "../tasks/definition";
import { situationOf } from "./data";
import { PerDay } from "./per_day";
import { ScoreTable } from "./tables";

const REFRESH_MS = 15_000;

type Failure = "token" | "missing" | "offline" | "server";

export function Cohort({ first }: { first: Language }) {
	const [language, choose] = usePageLanguage(first, keepLanguage);
	return (
		<LanguageContext.Provider value={language}>
			<Frame onLanguage={choose} />
		</LanguageContext.Provider>
	);
}

/** The cohort's id from the path, the read token from the fragment, which no server sees. */
function useAddress(): { id: string; token: string } {
	const read = () => ({
		id: /^\/cohort\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? "",
		token: location.hash.slice(1),
	});
	const [address, setAddress] = useState(read);
	useEffect(() => {
		const update = () => setAddress(read());
		addEventListener("hashchange", update);
		return () => removeEventListener("hashchange", update);
	}, []);
	return address;
}

function failureOf(err: unknown): Failure {
	if (!(err instanceof ApiError)) return "server";
	if (err.status === 0) return "offline";
	return err.retry ? "server" : "token";
}

function useEngagement(id: string, token: string): { value: Engagement | null; failure: Failure | null } {
	const [value, setValue] = useState<Engagement | null>(null);
	const [failure, setFailure] = useState<Failure | null>(null);
	useEffect(() => {
		if (token === "") {
			setFailure("missing");
			return;
		}
		let timer: ReturnType<typeof setTimeout>;
		let gone = false;
		const load = async () => {
			try {
				const answer = await api.engagement(id, token);
				if (gone) return;
				setValue(answer);
				setFailure(null);
			} catch (err) {
				if (gone) return;
				setFailure(failureOf(err));
				if (failureOf(err) === "token") return;
			}
			timer = setTimeout(tick, REFRESH_MS);
		};
		/* A page in the background asks for nothing; it catches up when it is looked at. */
		const tick = () => {
			if (document.visibilityState === "visible") void load();
			else document.addEventListener("visibilitychange", tick, { once: true });
		};
		setValue(null);
		setFailure(null);
		void load();
		return () => {
			gone = true;
			clearTimeout(timer);
			document.removeEventListener("visibilitychange", tick);
		};
	}, [id, token]);
	return { value, failure };
}

/** The definitions of the cohort's tasks, for titles in the reader's language. */
function useDefinitions(names: readonly string[]): ReadonlyMap<string, Definition> {
	const [known, setKnown] = useState<ReadonlyMap<string, Definition>>(new Map());
	useEffect(() => {
		for (const name of names) {
			if (known.has(name)) continue;
			api.task(name).then(
				(json) => setKnown((before) => new Map(before).set(name, checkDefinition(json))),
				() => undefined,
			);
		}
	}, [names.join(" ")]);
	return known;
}

function Frame({ onLanguage }: { onLanguage: (l: Language) => void }) {
	const { t } = useText();
	const { id, token } = useAddress();
	const { value, failure } = useEngagement(id, token);
	const fatal = failure === "token" || failure === "missing";
	useEffect(() => {
		document.title = value === null ? t("app.name") : `${value.cohort.name} · ${t("app.name")}`;
	}, [value?.cohort.name]);
	return (
		<>
			<SkipLink />
			<header class="top">
				<span class="brand">{t("app.name")}</span>
				<LanguageSwitch onChange={onLanguage} />
			</header>
			<main class="cohort" id="main" tabIndex={-1}>
				{fatal ? (
					<div class="notice bad" role="alert">
						<h1>{t("error.title")}</h1>
						<p>{t(failure === "missing" ? "cohort.no_token" : "cohort.bad_token")}</p>
					</div>
				) : value !== null ? (
					<Shown e={value} stale={failure !== null} />
				) : failure !== null ? (
					<div class="notice bad" role="alert">
						<h1>{t("error.title")}</h1>
						<p>{t(failure === "offline" ? "error.offline" : "error.server")}</p>
					</div>
				) : (
					<p class="loading" role="status">
						{t("loading")}
					</p>
				)}
			</main>
		</>
	);
}

function Shown({ e, stale }: { e: Engagement; stale: boolean }) {
	const { t } = useText();
	const definitions = useDefinitions(e.tasks.map((x) => x.task));
	const situation = situationOf(e);
	return (
		<>
			<div class="cohort-heading">
				<h1>
					<bdi>{e.cohort.name}</bdi>
					{e.cohort.demo && <span class="badge">{t("cohort.simulated")}</span>}
				</h1>
				<p class="subtle">
					<bdi>{e.organisation.name}</bdi> · {t("cohort.as_of", { when: new Date(e.as_of) })}
				</p>
			</div>
			<p class="stale" role="status">
				{stale && t("cohort.stale")}
			</p>
			{situation === "empty" && <Note title={t("cohort.empty_title")} text={t("cohort.empty_text")} />}
			{situation === "suppressed" && (
				<Note title={t("cohort.suppressed_title")} text={t("cohort.suppressed_text", { threshold: e.threshold })} />
			)}
			{situation === "shown" && (
				<>
					<Totals e={e} />
					<PerDay e={e} definitions={definitions} />
					<h2>{t("cohort.tasks")}</h2>
					<div class="task-cards">
						{e.tasks.map((group) => (
							<TaskCard key={group.task} group={group} definition={definitions.get(group.task)} threshold={e.threshold} />
						))}
					</div>
				</>
			)}
			<footer class="subtle">
				<p>{t("cohort.suppression", { threshold: e.threshold })}</p>
				<p>{t("cohort.honest")}</p>
			</footer>
		</>
	);
}

function Note({ title, text }: { title: string; text: string }) {
	return (
		<section class="panel-card note">
			<h2>{title}</h2>
			<p>{text}</p>
		</section>
	);
}

function Totals({ e }: { e: Engagement }) {
	const { language, t } = useText();
	const number = new Intl.NumberFormat(localeOf(language));
	const rows = [
		{ key: "participants", label: t("cohort.participants"), value: e.participants },
		{ key: "sessions", label: t("cohort.sessions"), value: e.sessions },
		{ key: "trials", label: t("cohort.trials"), value: e.trials },
	];
	return (
		<dl class="totals">
			{rows.map(({ key, label, value }) => (
				<div key={key} data-total={key}>
					<dt>{label}</dt>
					<dd>{value === null ? "–" : number.format(value)}</dd>
				</div>
			))}
		</dl>
	);
}

function estimatesOf(group: TaskGroup, definition: Definition | undefined, language: string): Estimate[] {
	/* In the definition's order, which puts what matters first. */
	const place = (name: string) => definition?.scores.findIndex((x) => x.name === name) ?? 0;
	const scores = [...group.scores].sort((x, y) => place(x.name) - place(y.name));
	return scores.map((s) => {
		const text = definition?.scores.find((x) => x.name === s.name);
		const [low, high] = s.interval ?? [];
		return {
			name: s.name,
			title: text === undefined ? s.name : textIn(text.title, language),
			description: "",
			primary: text?.primary === true,
			unit: s.unit,
			value: s.mean,
			interval: typeof low === "number" && typeof high === "number" ? [low, high] : null,
			n: s.participants,
		};
	});
}

interface TaskCardProps {
	group: TaskGroup;
	definition: Definition | undefined;
	threshold: number;
}

function TaskCard({ group, definition, threshold }: TaskCardProps) {
	const { language, t } = useText();
	const estimates = estimatesOf(group, definition, language);
	return (
		<section class="panel-card" data-task={group.task}>
			<h3>{definition === undefined ? group.task : textIn(definition.title, language)}</h3>
			{group.suppressed ? (
				<p class="subtle">{t("cohort.hidden", { threshold })}</p>
			) : (
				<>
					<p class="subtle">
						{t("cohort.task_line", { participants: group.participants ?? 0, sessions: group.sessions ?? 0 })}
					</p>
					<IntervalFigure estimates={estimates} caption={t("cohort.figure")} />
					<details>
						<summary>{t("cohort.table")}</summary>
						<ScoreTable estimates={estimates} />
					</details>
				</>
			)}
		</section>
	);
}
