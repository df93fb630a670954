/** Trials and one chosen score for each day: charts first, the same numbers as tables. */
import { useState } from "preact/hooks";
import type { Engagement } from "../api/types";
import { formatNumber, formatValue, unitName } from "../figures/format";
import { localeOf, useText } from "../i18n/messages";
import { type Definition, textIn } from "../tasks/definition";
import { Chart } from "./chart";
import { byDay, type Metric, metricsOf, scoreOf } from "./data";
import { DayScoreTable, DayTable } from "./tables";

interface PerDayProps {
	e: Engagement;
	definitions: ReadonlyMap<string, Definition>;
}

export function PerDay({ e, definitions }: PerDayProps) {
	const { language, t } = useText();
	const place = (m: Metric) => definitions.get(m.task)?.scores.findIndex((s) => s.name === m.score) ?? 0;
	const metrics = metricsOf(e).sort((x, y) => (x.task === y.task ? place(x) - place(y) : 0));
	const [chosen, setChosen] = useState<string | null>(null);
	const nameOf = (m: Metric) => `${m.task}/${m.score}`;
	const isPrimary = (m: Metric) =>
		definitions.get(m.task)?.scores.find((s) => s.name === m.score)?.primary === true;
	const metric = metrics.find((m) => nameOf(m) === chosen) ?? metrics.find(isPrimary) ?? metrics[0];
	const titleOf = (m: Metric) => {
		const text = definitions.get(m.task)?.scores.find((s) => s.name === m.score)?.title;
		return text === undefined ? m.score : textIn(text, language);
	};
	const withUnit = (m: Metric) => {
		const unit = unitName(m.unit, t);
		return unit === "" ? titleOf(m) : `${titleOf(m)} (${unit})`;
	};
	const taskTitle = (task: string) => {
		const text = definitions.get(task)?.title;
		return text === undefined ? task : textIn(text, language);
	};
	const count = new Intl.NumberFormat(localeOf(language));
	const tasks = [...new Set(metrics.map((m) => m.task))];
	const hidden = e.days.filter((d) => d.suppressed).length;
	const someShown = hidden < e.days.length;
	return (
		<div class="per-day">
			<section class="panel-card">
				<div class="panel-head">
					<h2>{t("cohort.per_day")}</h2>
					<span class="subtle">{t("cohort.all_tasks")}</span>
				</div>
				{someShown ? (
					<Chart
						kind="bars"
						data={byDay(e.days, (d) => d.trials)}
						name={t("cohort.trials")}
						tick={(v) => count.format(v)}
						format={(v) => count.format(v)}
						label={t("cohort.per_day")}
					/>
				) : (
					<p class="subtle">{t("cohort.no_days")}</p>
				)}
				{hidden > 0 && <p class="subtle">{t("cohort.days_hidden", { n: hidden })}</p>}
				<details>
					<summary>{t("cohort.table")}</summary>
					<DayTable days={e.days} threshold={e.threshold} />
				</details>
			</section>
			{metric !== undefined && (
				<section class="panel-card">
					<div class="panel-head">
						<h2>{t("cohort.score_per_day", { score: withUnit(metric) })}</h2>
						<label>
							<span class="only-heard">{t("cohort.metric")}</span>
							<select value={nameOf(metric)} onChange={(event) => setChosen(event.currentTarget.value)}>
								{tasks.map((task) => (
									<optgroup key={task} label={taskTitle(task)}>
										{metrics
											.filter((m) => m.task === task)
											.map((m) => (
												<option key={nameOf(m)} value={nameOf(m)}>
													{titleOf(m)}
												</option>
											))}
									</optgroup>
								))}
							</select>
						</label>
					</div>
					<MetricChart e={e} metric={metric} title={titleOf(metric)} />
				</section>
			)}
		</div>
	);
}

function MetricChart({ e, metric, title }: { e: Engagement; metric: Metric; title: string }) {
	const { language, t } = useText();
	const of = (d: Engagement["days"][number]) => scoreOf(d, metric.task, metric.score);
	const data = byDay(
		e.days,
		(d) => of(d)?.mean ?? null,
		(d) => of(d)?.interval?.[0] ?? null,
		(d) => of(d)?.interval?.[1] ?? null,
	);
	if (data.y[0]?.every((v) => v === null)) return <p class="subtle">{t("cohort.no_days")}</p>;
	return (
		<>
			<Chart
				kind="band"
				data={data}
				name={title}
				tick={(v) => (Number.isInteger(v) && metric.unit !== "proportion" ? String(v) : formatNumber(v, metric.unit, language))}
				format={(v) => formatValue(v, metric.unit, language, t)}
				label={t("cohort.score_per_day", { score: title })}
			/>
			<p class="subtle">{t("cohort.band")}</p>
			<details>
				<summary>{t("cohort.table")}</summary>
				<DayScoreTable days={e.days} task={metric.task} score={metric.score} threshold={e.threshold} />
			</details>
		</>
	);
}
