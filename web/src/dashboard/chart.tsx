/** A day chart drawn by uPlot, which is fetched when the first chart needs it. */
import type uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import { directionOf, localeOf, useText } from "../i18n/messages";
import type { Series } from "./data";

export interface ChartProps {
	/** bars: the first list of y. band: mean, lower and upper bound. */
	kind: "bars" | "band";
	data: Series;
	/** Name of the drawn value; how to write it on the axis, and with its unit. */
	name: string;
	tick: (value: number) => string;
	format: (value: number) => string;
	label: string;
}

const HEIGHT = 240;
/* Room for a day and the longest name of a month; short names of Arabic months are long. */
const LABEL_WIDTH = { ltr: 64, rtl: 92 };
const DAY_S = 86_400;

function colour(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Counts up when the reader switches between light and dark. */
function useScheme(): number {
	const [round, setRound] = useState(0);
	useEffect(() => {
		const dark = matchMedia("(prefers-color-scheme: dark)");
		const change = () => setRound((n) => n + 1);
		dark.addEventListener("change", change);
		return () => dark.removeEventListener("change", change);
	}, []);
	return round;
}

function optionsFor(p: ChartProps, Plot: typeof uPlot, width: number, language: string): uPlot.Options {
	const date = new Intl.DateTimeFormat(localeOf(language), { month: "short", day: "numeric", timeZone: "UTC" });
	const accent = colour("--accent");
	const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
	const paths = p.kind === "bars" ? Plot.paths.bars?.({ size: [0.6, 48], radius: 0.15 }) : Plot.paths.linear?.();
	const written = (_: uPlot, v: number | null) => (v === null || v === undefined ? "–" : p.format(v));
	const main: uPlot.Series = {
		label: p.name,
		stroke: accent,
		width: p.kind === "bars" ? 0 : 2,
		value: written,
		...(p.kind === "bars" ? { fill: accent, points: { show: false } } : { points: { show: true, size: 7, fill: accent } }),
		...(paths === undefined ? {} : { paths }),
	};
	const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false }, value: written };
	const { x } = p.data;
	/* Every so many days a label, so that labels do not touch. */
	const every = Math.max(1, Math.ceil((x.length * LABEL_WIDTH[directionOf(language)]) / Math.max(1, width - 60)));
	return {
		width,
		height: HEIGHT,
		tzDate: (s) => Plot.tzDate(new Date(s * 1000), "Etc/UTC"),
		cursor: { drag: { x: false, y: false }, points: { show: p.kind === "band" } },
		scales: {
			/* Half a day of room on both sides, for whole bars and for a lone first day. */
			x: { range: () => [(x[0] ?? 0) - 0.6 * DAY_S, (x[x.length - 1] ?? 0) + 0.6 * DAY_S] },
			y: p.kind === "bars" ? { range: (_, __, max) => [0, Math.max(1, max * 1.08)] } : {},
		},
		axes: [
			{
				...axis,
				size: 30,
				grid: { show: false },
				splits: () => x.filter((_, i) => i % every === 0),
				values: (_, splits) => splits.map((s) => date.format(new Date(s * 1000))),
			},
			{ ...axis, size: 56, values: (_, splits) => splits.map((v) => p.tick(v)) },
		],
		series: [
			{ label: "", value: (_, s) => (s === null ? "–" : date.format(new Date(s * 1000))) },
			main,
			...(p.kind === "band" ? [edge, { ...edge }] : []),
		],
		bands: p.kind === "band" ? [{ series: [3, 2], fill: colour("--band") }] : [],
		legend: { show: false },
	};
}

export function Chart(props: ChartProps) {
	const { language } = useText();
	const scheme = useScheme();
	const holder = useRef<HTMLDivElement>(null);
	const [reading, setReading] = useState("");
	const { data, kind, name, label } = props;

	useEffect(() => {
		const element = holder.current;
		if (element === null) return;
		let plot: uPlot | undefined;
		let gone = false;
		const width = () => Math.max(240, element.clientWidth);
		const resize = new ResizeObserver(() => plot?.setSize({ width: width(), height: HEIGHT }));
		void import("uplot").then(({ default: Plot }) => {
			if (gone) return;
			const options = optionsFor(props, Plot, width(), language);
			options.hooks = { setCursor: [(u) => setReading(readingAt(u, props, language))] };
			plot = new Plot(options, [data.x, ...data.y] as uPlot.AlignedData, element);
			resize.observe(element);
		});
		return () => {
			gone = true;
			resize.disconnect();
			plot?.destroy();
		};
	}, [JSON.stringify(data), kind, name, language, scheme]);

	return (
		<div class="chart">
			<div ref={holder} class="chart-plot" role="img" aria-label={label} />
			<p class="chart-reading" aria-hidden="true">
				{reading}
			</p>
		</div>
	);
}

/** The day under the pointer in words; canvas text would not do for that. */
function readingAt(u: uPlot, p: ChartProps, language: string): string {
	const i = u.cursor.idx;
	if (i === null || i === undefined) return "";
	const s = p.data.x[i];
	const value = p.data.y[0]?.[i];
	if (s === undefined || value === null || value === undefined) return "";
	const date = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(s * 1000));
	const low = p.data.y[1]?.[i];
	const high = p.data.y[2]?.[i];
	const range = typeof low === "number" && typeof high === "number" ? ` (${p.format(low)} – ${p.format(high)})` : "";
	return `${date}: ${p.format(value)}${range}`;
}
