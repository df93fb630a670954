/**
 * Estimates as dots on bars of their 95 % intervals, one axis for each unit.
 *
 * Plain elements with positions in percent: they need no measuring, follow the window,
 * and are hidden from assistive technology, whose readers get each row as a sentence.
 */
import { isKey, localeOf, useText } from "../i18n/messages";
import { formatNumber, formatRange, formatValue, unitName, withMinus } from "./format";
import { type Axis, niceAxis, percentOn } from "./scale";

export interface Estimate {
	name: string;
	title: string;
	description: string;
	primary: boolean;
	unit: string;
	value: number | null;
	interval: readonly [number, number] | null;
	n: number;
}

interface Panel {
	unit: string;
	axis: Axis;
	rows: Estimate[];
}

function axisFor(unit: string, rows: readonly Estimate[]): Axis {
	const numbers = rows.flatMap((r) => [...(r.interval ?? []), ...(r.value === null ? [] : [r.value])]);
	if (unit === "proportion") return { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
	/* Slopes, differences and z scores mean something against zero; times need no zero. */
	if (unit !== "ms" || rows.length === 1 || Math.min(...numbers) < 0) numbers.push(0);
	return niceAxis(Math.min(...numbers), Math.max(...numbers));
}

function panelsOf(estimates: readonly Estimate[]): Panel[] {
	const groups = new Map<string, Estimate[]>();
	for (const e of estimates) {
		if (e.value === null) continue;
		/* An effect of some ms and response times of many hundred do not share an axis. */
		const key = `${e.unit} ${e.primary ? "main" : ""}`;
		groups.set(key, [...(groups.get(key) ?? []), e]);
	}
	return [...groups.values()].map((rows) => {
		const unit = (rows[0] as Estimate).unit;
		return { unit, rows, axis: axisFor(unit, rows) };
	});
}

export function IntervalFigure({ estimates, caption }: { estimates: readonly Estimate[]; caption: string }) {
	return (
		<figure class="intervals">
			{panelsOf(estimates).map((panel) => (
				<PanelView key={(panel.rows[0] as Estimate).name} panel={panel} />
			))}
			<figcaption>{caption}</figcaption>
		</figure>
	);
}

function PanelView({ panel }: { panel: Panel }) {
	const { language, t } = useText();
	const { axis, unit } = panel;
	return (
		<div class="panel">
			<ul>
				{panel.rows.map((row) => (
					<Row key={row.name} row={row} axis={axis} />
				))}
			</ul>
			<div class="axis" aria-hidden="true">
				{axis.ticks.map((tick) => (
					<span key={tick} style={{ left: `${percentOn(axis, tick)}%` }}>
						{unit === "proportion" || Number.isInteger(tick)
							? withMinus(new Intl.NumberFormat(localeOf(language), unit === "proportion" ? { style: "percent" } : {}).format(tick))
							: formatNumber(tick, unit, language)}
					</span>
				))}
			</div>
			<p class="unit" aria-hidden="true">
				{unitName(unit, t)}
			</p>
		</div>
	);
}

function Row({ row, axis }: { row: Estimate; axis: Axis }) {
	const { language, t } = useText();
	const value = row.value as number;
	const clip = (x: number) => Math.min(100, Math.max(0, percentOn(axis, x)));
	const key = `unit.${row.unit}`;
	return (
		<li class={row.primary ? "estimate primary" : "estimate"} data-score={row.name}>
			<div class="estimate-head">
				<span class="estimate-title">{row.title}</span>
				<span class="estimate-value">
					<strong>{formatValue(value, row.unit, language, t)}</strong>
					{row.interval !== null && (
						<span class="subtle" title={isKey(key) ? t(key) : row.unit}>
							{" "}
							<span class="only-heard">{t("result.range")}: </span>({formatRange(row.interval, row.unit, language)})
						</span>
					)}
				</span>
			</div>
			<div class="strip" aria-hidden="true">
				{axis.ticks.map((tick) => (
					<i key={tick} class={tick === 0 ? "grid zero" : "grid"} style={{ left: `${percentOn(axis, tick)}%` }} />
				))}
				{row.interval !== null && (
					<i
						class="bar"
						style={{
							left: `${clip(row.interval[0])}%`,
							width: `${Math.max(0.5, clip(row.interval[1]) - clip(row.interval[0]))}%`,
						}}
					/>
				)}
				<i class="dot" style={{ left: `${clip(value)}%` }} />
			</div>
			{row.primary && row.description !== "" && <p class="subtle estimate-about">{row.description}</p>}
		</li>
	);
}
