/** The numbers behind the pictures. */
import type { ComponentChildren } from "preact";
import type { DayGroup } from "../api/types";
import { formatRange, formatValue } from "../figures/format";
import type { Estimate } from "../figures/interval_figure";
import { localeOf, useText } from "../i18n/messages";
import { scoreOf } from "./data";

function Table({ label, heads, children }: { label: string; heads: string[]; children: ComponentChildren }) {
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={label}>
			<table>
				<thead>
					<tr>
						{heads.map((h) => (
							<th key={h} scope="col">
								{h}
							</th>
						))}
					</tr>
				</thead>
				<tbody>{children}</tbody>
			</table>
		</div>
	);
}

function useDate(): (day: string) => string {
	const { language } = useText();
	const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeZone: "UTC" });
	return (day) => format.format(new Date(`${day}T00:00:00Z`));
}

export function DayTable({ days, threshold }: { days: readonly DayGroup[]; threshold: number }) {
	const { language, t } = useText();
	const date = useDate();
	const number = new Intl.NumberFormat(localeOf(language));
	const heads = [t("cohort.day"), t("cohort.participants"), t("cohort.sessions"), t("cohort.trials")];
	return (
		<Table label={t("cohort.per_day")} heads={heads}>
			{days.map((d) => (
				<tr key={d.day}>
					<th scope="row">{date(d.day)}</th>
					{d.suppressed ? (
						<td colSpan={3}>{t("cohort.hidden", { threshold })}</td>
					) : (
						[d.participants, d.sessions, d.trials].map((n, i) => <td key={heads[i + 1]}>{number.format(n ?? 0)}</td>)
					)}
				</tr>
			))}
		</Table>
	);
}

interface DayScoreProps {
	days: readonly DayGroup[];
	task: string;
	score: string;
	threshold: number;
}

export function DayScoreTable({ days, task, score, threshold }: DayScoreProps) {
	const { language, t } = useText();
	const date = useDate();
	const played = days.filter((d) => d.suppressed || d.tasks.some((g) => g.task === task));
	return (
		<Table
			label={t("cohort.table")}
			heads={[t("cohort.day"), t("cohort.people"), t("cohort.mean"), t("cohort.interval")]}
		>
			{played.map((d) => {
				const s = scoreOf(d, task, score);
				const [low, high] = s?.interval ?? [];
				return (
					<tr key={d.day}>
						<th scope="row">{date(d.day)}</th>
						{s === null ? (
							<td colSpan={3}>{t("cohort.hidden", { threshold })}</td>
						) : (
							<>
								<td>{s.participants}</td>
								<td>{s.mean === null ? "–" : formatValue(s.mean, s.unit, language, t)}</td>
								<td>
									{typeof low === "number" && typeof high === "number" ? formatRange([low, high], s.unit, language) : "–"}
								</td>
							</>
						)}
					</tr>
				);
			})}
		</Table>
	);
}

export function ScoreTable({ estimates }: { estimates: readonly Estimate[] }) {
	const { language, t } = useText();
	return (
		<Table
			label={t("cohort.table")}
			heads={[t("cohort.score"), t("cohort.mean"), t("cohort.interval"), t("cohort.people")]}
		>
			{estimates.map((e) => (
				<tr key={e.name} data-score={e.name}>
					<th scope="row">{e.title}</th>
					<td>{e.value === null ? "–" : formatValue(e.value, e.unit, language, t)}</td>
					<td>{e.interval === null ? "–" : formatRange(e.interval, e.unit, language)}</td>
					<td>{e.n}</td>
				</tr>
			))}
		</Table>
	);
}
