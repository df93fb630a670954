/**
 * What the attention model expects after this session: the score with its interval beside
 * the linear baseline's, the risk trial by trial, and what none of it means.
 */
import { api } from "../api/client";
import type { SessionEngagement } from "../api/types";
import { LineFigure } from "../figures/line_figure";
import { niceAxis } from "../figures/scale";
import { type Key, localeOf, useText } from "../i18n/messages";
import type { Participant } from "../runner/store";
import { useLoaded } from "./context";
import { meanOver, riskRange } from "./risk";

const TICKS = [0, 25, 50, 75, 100];
/** A line through every trial is restless; beside it runs the mean of so many. */
const SMOOTH = 10;

export function EngagementPart({ id, participant }: { id: string; participant: Participant }) {
	const { t } = useText();
	const loaded = useLoaded(() => api.sessionEngagement(id, participant.token), id);
	const e = loaded.value;
	return (
		<section class="engagement">
			<h2>{t("engagement.title")}</h2>
			{loaded.error !== null ? (
				<>
					<p class="subtle">{t("engagement.unavailable")}</p>
					<p>
						<button type="button" class="button small" onClick={loaded.reload}>
							{t("try_again")}
						</button>
					</p>
				</>
			) : e === null ? (
				<p class="loading" role="status">
					{t("loading")}
				</p>
			) : e.engagement.value === null ? (
				<TooFew e={e} />
			) : (
				<Shown e={e} />
			)}
		</section>
	);
}

function TooFew({ e }: { e: SessionEngagement }) {
	const { t } = useText();
	return (
		<p class="notice" data-engagement="na">
			<strong>{t("engagement.na")}</strong> {t("engagement.too_few", { window: e.window, n: e.trials_seen, needed: e.trials_needed })}
		</p>
	);
}

function Shown({ e }: { e: SessionEngagement }) {
	const { t } = useText();
	return (
		<>
			<p>{t("engagement.explain", { window: e.window })}</p>
			<figure class="intervals">
				<div class="panel">
					<ul>
						<Row kind="model" title={t("engagement.model")} value={e.engagement} />
						<Row kind="linear" title={t("engagement.linear")} value={e.linear} />
					</ul>
					<div class="axis" aria-hidden="true">
						{TICKS.map((tick) => (
							<span key={tick} style={{ left: `${tick}%` }}>
								{tick}
							</span>
						))}
					</div>
					<p class="unit" aria-hidden="true">
						{t("engagement.unit")}
					</p>
				</div>
				<figcaption>{t("engagement.figure", { window: e.window })}</figcaption>
			</figure>
			{e.trials.length > 1 && <Risk e={e} />}
			<ul class="plain subtle">
				{(["engagement.honest_1", "engagement.honest_2", "engagement.honest_3", "engagement.baseline"] as Key[]).map((key) => (
					<li key={key}>{t(key)}</li>
				))}
			</ul>
		</>
	);
}

function Row({ kind, title, value }: { kind: "model" | "linear"; title: string; value: SessionEngagement["engagement"] }) {
	const { language, t } = useText();
	const number = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: 0 });
	if (value.value === null || value.low === null || value.high === null) return null;
	return (
		<li class={kind === "model" ? "estimate primary" : "estimate second"} data-engagement={kind} data-value={value.value}>
			<div class="estimate-head">
				<span class="estimate-title">{title}</span>
				<span class="estimate-value">
					<strong>{number.format(value.value)}</strong>
					<span class="only-heard"> {t("engagement.unit")}</span>{" "}
					<span class="subtle">
						({t("engagement.range", { low: number.format(value.low), high: number.format(value.high) })})
					</span>
				</span>
			</div>
			<div class="strip" aria-hidden="true">
				{TICKS.map((tick) => (
					<i key={tick} class={tick === 0 ? "grid zero" : "grid"} style={{ left: `${tick}%` }} />
				))}
				<i class="bar" style={{ left: `${value.low}%`, width: `${Math.max(0.5, value.high - value.low)}%` }} />
				<i class="dot" style={{ left: `${value.value}%` }} />
			</div>
		</li>
	);
}

function Risk({ e }: { e: SessionEngagement }) {
	const { language, t } = useText();
	const percent = new Intl.NumberFormat(localeOf(language), { style: "percent", maximumFractionDigits: 0 });
	const points = e.trials.flatMap((x): [number, number][] => (x.risk === null ? [] : [[x.seq + 1, x.risk]]));
	const lapses = e.trials.filter((x) => x.lapse).map((x) => x.seq + 1);
	const range = riskRange(points);
	const first = points[0];
	const last = points[points.length - 1];
	if (range === null || first === undefined || last === undefined) return null;
	const x = { ...niceAxis(first[0], last[0], 5), low: first[0], high: last[0] };
	x.ticks = x.ticks.filter((tick) => tick >= x.low && tick <= x.high);
	return (
		<figure class="risk">
			<h3>{t("engagement.risk")}</h3>
			<LineFigure
				lines={[
					{ name: "each", kind: "faint", points },
					{ name: "mean", kind: "main", points: meanOver(points, SMOOTH), area: true },
				]}
				x={x}
				y={niceAxis(0, Math.max(0.2, range.high), 3)}
				xTick={(v) => String(v)}
				yTick={(v) => percent.format(v)}
				marks={lapses}
				label={t("engagement.risk_heard", {
					n: points.length,
					low: percent.format(range.low),
					mean: percent.format(range.mean),
					high: percent.format(range.high),
					lapses: lapses.length,
				})}
			/>
			<p class="unit" aria-hidden="true">
				{t("engagement.risk_axis")}
			</p>
			<figcaption>{t("engagement.risk_figure", { n: SMOOTH, lapses: lapses.length })}</figcaption>
		</figure>
	);
}
