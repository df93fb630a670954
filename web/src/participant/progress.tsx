/** What became of the sessions over time: a calendar, and charts by task. */
import { api, ApiError } from "../api/client";
import type { Plan, Progress as ProgressData, ProgressSession, ProgressTask } from "../api/types";
import { formatRange, formatValue, intervalOf, withMinus, Z95 } from "../figures/format";
import { niceAxis } from "../figures/scale";
import { SessionFigure, type SessionPoint } from "../figures/session_figure";
import { isKey, localeOf, useText } from "../i18n/messages";
import type { Participant, Store } from "../runner/store";
import { type Definition, type ScoreText, textIn } from "../tasks/definition";
import { useApp, useLoaded } from "./context";
import { drawnScores, isDifference } from "./differences";
import { type Day, weeksOf } from "./history";
import { loadDefinition, loadScore } from "./model";
import { Failure, Loading, OutboxNotice } from "./parts";
import { go } from "./root";
import { useTaskTitles } from "./titles";

const WEEKS = 12;
/** Scores that the overview leaves out are asked for one by one, the newest so many. */
const ASKED = 40;

interface Loaded {
	data: ProgressData;
	phases: ReadonlyMap<string, Plan["phases"][number]["title"]>;
	stale: boolean;
}

async function load(store: Store, who: Participant): Promise<Loaded> {
	const plan = await store.get<Plan>(`plan:${who.id}`);
	const phases = new Map((plan?.phases ?? []).map((p) => [p.name, p.title]));
	const kept = `progress:${who.id}`;
	try {
		const data = await api.progress(who.token);
		await store.set(kept, data);
		return { data, phases, stale: false };
	} catch (err) {
		const data = err instanceof ApiError && err.retry ? await store.get<ProgressData>(kept) : undefined;
		if (data === undefined) throw err;
		return { data, phases, stale: true };
	}
}

export function Progress() {
	const { t } = useText();
	const { participant, store } = useApp();
	const who = participant as Participant;
	const loaded = useLoaded(() => load(store, who), who.id);
	if (loaded.error !== null) return <Failure error={loaded.error} onRetry={loaded.reload} />;
	if (loaded.value === null) return <Loading />;
	const { data, phases, stale } = loaded.value;
	const all = data.tasks.flatMap((task) => task.sessions);
	return (
		<>
			<div class="heading">
				<h1>{t("progress.title")}</h1>
			</div>
			<OutboxNotice quiet />
			{stale && <p class="subtle">{t("progress.stale")}</p>}
			{all.length === 0 ? (
				<p class="notice" data-progress="none">
					{t("progress.none")}
				</p>
			) : (
				<>
					<p class="notice">{t("progress.honest")}</p>
					<Calendar sessions={all} />
					{data.tasks
						.filter((task) => task.sessions.length > 0)
						.map((task) => (
							<TaskProgress key={task.task} task={task} phases={phases} />
						))}
				</>
			)}
		</>
	);
}

function Calendar({ sessions }: { sessions: readonly ProgressSession[] }) {
	const { language, t } = useText();
	const weeks = weeksOf(sessions.map((s) => s.completed_at), new Date(), WEEKS);
	const days = weeks.flat();
	const dayName = new Intl.DateTimeFormat(localeOf(language), { weekday: "narrow" });
	const month = new Intl.DateTimeFormat(localeOf(language), { month: "short" });
	const date = new Intl.DateTimeFormat(localeOf(language), { day: "numeric", month: "long" });
	const first = weeks[0] as Day[];
	return (
		<section class="sheet calendar">
			<h2>{t("progress.calendar")}</h2>
			<div
				class="days"
				role="img"
				aria-label={t("progress.calendar_heard", {
					n: days.reduce((sum, d) => sum + d.sessions, 0),
					days: days.filter((d) => d.sessions > 0).length,
					weeks: WEEKS,
				})}
			>
				<div class="week names">
					<span />
					{first.map((d) => (
						<span key={d.at.getTime()}>{dayName.format(d.at)}</span>
					))}
				</div>
				{weeks.map((week, i) => {
					const monday = (week[0] as Day).at;
					const before = weeks[i - 1]?.[0]?.at;
					return (
						<div class="week" key={monday.getTime()}>
							<span class="month">{before === undefined || before.getMonth() !== monday.getMonth() ? month.format(monday) : ""}</span>
							{week.map((d) => (
								<i
									key={d.at.getTime()}
									class={d.future ? "future" : ""}
									data-sessions={Math.min(3, d.sessions)}
									title={d.sessions > 0 ? `${date.format(d.at)}: ${new Intl.NumberFormat(localeOf(language)).format(d.sessions)}` : undefined}
								/>
							))}
						</div>
					);
				})}
			</div>
		</section>
	);
}

interface TaskProps {
	task: ProgressTask;
	phases: Loaded["phases"];
}

/** A row of a chart and of its table. */
interface Row extends SessionPoint {
	when: string;
}

function TaskProgress({ task, phases }: TaskProps) {
	const { language, t } = useText();
	const { store } = useApp();
	const titles = useTaskTitles();
	const loaded = useLoaded(() => loadDefinition(store, task.task), task.task);
	const definition = loaded.value;
	const phaseOf = (s: ProgressSession): string | null =>
		s.phase === null ? null : textIn(phases.get(s.phase), language) || s.phase;
	return (
		<section class="sheet" data-progress={task.task}>
			<h2>{titles(task.task)}</h2>
			{loaded.error !== null && <Failure error={loaded.error} onRetry={loaded.reload} />}
			{definition !== null && (
				<>
					<Scores task={task} definition={definition} phaseOf={phaseOf} />
					<Ability task={task} definition={definition} phaseOf={phaseOf} />
				</>
			)}
			{definition === null && loaded.error === null && <Loading />}
			<p class="row">
				<button
					type="button"
					class="button small"
					onClick={() => go(`#/result/${(task.sessions[task.sessions.length - 1] as ProgressSession).session}`)}
				>
					{t("home.show")}
					<span class="only-heard">: {titles(task.task)}</span>
				</button>
			</p>
		</section>
	);
}

interface PartProps {
	task: ProgressTask;
	definition: Definition;
	phaseOf: (s: ProgressSession) => string | null;
}

interface Known {
	value: number;
	interval: readonly [number, number] | null;
}

/** The drawn scores' values by session; from the overview where it has them. */
async function valuesOf(store: Store, who: Participant, task: ProgressTask, drawn: readonly ScoreText[]): Promise<Map<string, Map<string, Known>>> {
	const out = new Map(drawn.map((s) => [s.name, new Map<string, Known>()]));
	const sessions = task.sessions.slice(-ASKED);
	for (const s of sessions) {
		const known = s.score === null ? [] : [s.score];
		const all = drawn.every((d) => known.some((k) => k.name === d.name))
			? known
			: await loadScore(store, who, s.session).then((score) => score.scores, () => known);
		for (const score of all) {
			const { name, value } = score;
			if (value !== null) out.get(name)?.set(s.session, { value, interval: intervalOf(score) });
		}
	}
	return out;
}

function Scores({ task, definition, phaseOf }: PartProps) {
	const { language, t } = useText();
	const { participant, store } = useApp();
	const drawn = drawnScores(definition);
	const primary = definition.scores.find((s) => s.primary === true);
	const loaded = useLoaded(() => valuesOf(store, participant as Participant, task, drawn), `${task.task} ${task.sessions.length}`);
	return (
		<>
			{primary !== undefined && isDifference(primary.name) && (
				<p class="subtle" data-part="difference">
					{t("progress.difference", { score: textIn(primary.title, language) })}
				</p>
			)}
			{loaded.value === null && loaded.error === null && <Loading />}
			{loaded.error !== null && <Failure error={loaded.error} onRetry={loaded.reload} />}
			{drawn.map((score) => {
				const values = loaded.value?.get(score.name);
				if (values === undefined || values.size === 0) return null;
				const rows = task.sessions.flatMap((s): Row[] => {
					const v = values.get(s.session);
					if (v === undefined) return [];
					return [{
						key: s.session, value: v.value, interval: v.interval,
						hollow: s.usable === false, phase: phaseOf(s), when: s.completed_at,
					}];
				});
				return (
					<Chart
						key={score.name}
						name={score.name}
						title={textIn(score.title, language)}
						unit={score.unit}
						rows={rows}
						caption={t("progress.figure", { direction: score.direction })}
					/>
				);
			})}
		</>
	);
}

function Ability({ task, definition, phaseOf }: PartProps) {
	const { language, t } = useText();
	const rows = task.sessions.flatMap((s): Row[] => {
		if (s.ability === null) return [];
		const { threshold, threshold_sd } = s.ability;
		return [{
			key: s.session, value: threshold, interval: [threshold - Z95 * threshold_sd, threshold + Z95 * threshold_sd],
			hollow: s.usable === false, phase: phaseOf(s), when: s.completed_at,
		}];
	});
	if (rows.length === 0) return null;
	const unit = definition.adaptive?.unit ?? "";
	return <Chart name="ability" title={t("progress.ability")} unit={unit} rows={rows} caption={t("progress.ability_figure")} language={language} />;
}

interface ChartProps {
	name: string;
	title: string;
	unit: string;
	rows: readonly Row[];
	caption: string;
	language?: string;
}

function Chart({ name, title, unit, rows, caption }: ChartProps) {
	const { language, t } = useText();
	const number = new Intl.NumberFormat(localeOf(language));
	const numbers = rows.flatMap((r) => [r.value, ...(r.interval ?? [])]);
	let [low, high] = [Math.min(...numbers), Math.max(...numbers)];
	if (unit === "proportion") [low, high] = [Math.max(0, low), Math.min(1, high)];
	const y = niceAxis(low, high, 3);
	const say = (v: number) => formatValue(v, unit, language, t);
	const [first, last] = [rows[0] as Row, rows[rows.length - 1] as Row];
	const unitKey = `unit.${unit}`;
	const unitText = unit === "proportion" ? "" : isKey(unitKey) ? t(unitKey) : unit;
	const tick = (v: number) =>
		unit === "proportion" ? new Intl.NumberFormat(localeOf(language), { style: "percent" }).format(v) : withMinus(number.format(v));
	return (
		<figure class="progress-chart" data-chart={name} data-points={rows.length}>
			<h3>
				{title} {unitText !== "" && <span class="subtle">({unitText})</span>}
			</h3>
			<SessionFigure
				points={rows}
				y={y}
				yTick={tick}
				xTick={(v) => number.format(v)}
				label={t("progress.heard", { score: title, n: rows.length, first: say(first.value), last: say(last.value) })}
			/>
			<p class="unit" aria-hidden="true">
				{t("progress.session")}
			</p>
			<figcaption>{caption}</figcaption>
			<details>
				<summary>{t("result.table")}</summary>
				<ChartTable title={title} unit={unit} rows={rows} />
			</details>
		</figure>
	);
}

function ChartTable({ title, unit, rows }: { title: string; unit: string; rows: readonly Row[] }) {
	const { language, t } = useText();
	const date = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" });
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={`${title}: ${t("result.table")}`}>
			<table>
				<thead>
					<tr>
						<th scope="col">{t("progress.when")}</th>
						<th scope="col">{t("progress.phase")}</th>
						<th scope="col">{t("result.value")}</th>
						<th scope="col">{t("result.range")}</th>
					</tr>
				</thead>
				<tbody>
					{rows.map((r) => (
						<tr key={r.key}>
							<th scope="row">
								<a href={`#/result/${r.key}`}>{date.format(new Date(r.when))}</a>
							</th>
							<td>{r.phase ?? t("progress.free")}</td>
							<td>{formatValue(r.value, unit, language, t)}</td>
							<td>{r.interval === null ? "–" : formatRange(r.interval, unit, language)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
