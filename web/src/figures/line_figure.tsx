/**
 * Lines over one axis each way, as a stretched SVG: strokes keep their width, labels are
 * text beside it, so that nothing needs measuring. Hidden from assistive technology, whose
 * readers get the label.
 */
import { type Axis, percentOn } from "./scale";

export interface Line {
	name: string;
	kind: "main" | "second" | "faint";
	points: readonly (readonly [number, number])[];
	/** Fills down to the axis. */
	area?: boolean;
}

export interface LineFigureProps {
	lines: readonly Line[];
	x: Axis;
	y: Axis;
	xTick: (value: number) => string;
	yTick: (value: number) => string;
	/** Places on the x axis to mark below the lines. */
	marks?: readonly number[];
	/** All of it in words. */
	label: string;
}

const SIZE = 1000;

export function LineFigure({ lines, x, y, xTick, yTick, marks = [], label }: LineFigureProps) {
	const px = (v: number) => (SIZE * percentOn(x, v)) / 100;
	const py = (v: number) => SIZE - (SIZE * Math.min(100, Math.max(0, percentOn(y, v)))) / 100;
	const path = (line: Line) => line.points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${px(a).toFixed(1)} ${py(b).toFixed(1)}`).join("");
	const closed = (line: Line) => {
		const first = line.points[0];
		const last = line.points[line.points.length - 1];
		if (first === undefined || last === undefined) return "";
		return `${path(line)}L${px(last[0]).toFixed(1)} ${SIZE}L${px(first[0]).toFixed(1)} ${SIZE}Z`;
	};
	return (
		<div class="lines" role="img" aria-label={label}>
			<div class="lines-y" aria-hidden="true">
				{y.ticks.map((v) => (
					<span key={v} style={{ bottom: `${percentOn(y, v)}%` }}>
						{yTick(v)}
					</span>
				))}
			</div>
			<div class="lines-plot" aria-hidden="true">
				<svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none">
					{y.ticks.map((v) => (
						<path key={v} class={v === 0 ? "grid zero" : "grid"} d={`M0 ${py(v)}H${SIZE}`} />
					))}
					{lines.filter((l) => l.area).map((l) => (
						<path key={l.name} class={`area ${l.kind}`} d={closed(l)} />
					))}
					{lines.map((l) => (
						<path key={l.name} class={`line ${l.kind}`} d={path(l)} />
					))}
				</svg>
				{lines.map((l) => l.points.length === 1 && l.points.map(([a, b]) => (
					<i key={l.name} class={`point ${l.kind}`} style={{ left: `${px(a) / 10}%`, top: `${py(b) / 10}%` }} />
				)))}
			</div>
			{marks.length > 0 && (
				<div class="lines-marks" aria-hidden="true">
					{marks.map((v) => (
						<i key={v} style={{ left: `${percentOn(x, v)}%` }} />
					))}
				</div>
			)}
			<div class="axis lines-x" aria-hidden="true">
				{x.ticks.map((v) => (
					<span key={v} style={{ left: `${percentOn(x, v)}%` }}>
						{xTick(v)}
					</span>
				))}
			</div>
		</div>
	);
}
