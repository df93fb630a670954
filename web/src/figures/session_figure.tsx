/**
 * A value over sessions: dots on bars of their 95 % intervals, phases as shades behind.
 *
 * Evenly spaced, as what counts is how often a task was done. Time runs from left to right
 * in every language. Hidden from assistive technology, whose readers get the label and the
 * table beside it.
 */
import { type Axis, percentOn } from "./scale";

export interface SessionPoint {
	key: string;
	value: number;
	interval: readonly [number, number] | null;
	/** Left out of group results. */
	hollow: boolean;
	/** Title of the phase it belongs to; null outside a programme. */
	phase: string | null;
}

export interface SessionFigureProps {
	points: readonly SessionPoint[];
	y: Axis;
	yTick: (value: number) => string;
	xTick: (value: number) => string;
	/** All of it in words. */
	label: string;
}

const SIZE = 1000;

/** Runs of neighbours of the same phase: first and last place of each. */
export function phaseRuns(points: readonly SessionPoint[]): { phase: string; from: number; to: number }[] {
	const runs: { phase: string; from: number; to: number }[] = [];
	points.forEach(({ phase }, i) => {
		const last = runs[runs.length - 1];
		if (phase === null) return;
		if (last !== undefined && last.phase === phase && last.to === i - 1) last.to = i;
		else runs.push({ phase, from: i, to: i });
	});
	return runs;
}

export function SessionFigure({ points, y, yTick, xTick, label }: SessionFigureProps) {
	const n = points.length;
	const px = (i: number) => (100 * (i + 0.5)) / n;
	const py = (v: number) => 100 - Math.min(100, Math.max(0, percentOn(y, v)));
	const line = points.map((p, i) => `${i === 0 ? "M" : "L"}${(px(i) * SIZE) / 100} ${(py(p.value) * SIZE) / 100}`).join("");
	const every = Math.ceil(n / 12);
	return (
		<div class="lines over-sessions" role="img" aria-label={label} dir="ltr">
			<div class="lines-y" aria-hidden="true">
				{y.ticks.map((v) => (
					<span key={v} style={{ bottom: `${percentOn(y, v)}%` }}>
						{yTick(v)}
					</span>
				))}
			</div>
			<div class="lines-plot" aria-hidden="true">
				{phaseRuns(points).map((run, i) => (
					<span
						key={run.from}
						class={i % 2 === 0 ? "phase-shade" : "phase-shade odd"}
						style={{ left: `${(100 * run.from) / n}%`, width: `${(100 * (run.to - run.from + 1)) / n}%` }}
					>
						<b dir="auto">{run.phase}</b>
					</span>
				))}
				<svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none">
					{y.ticks.map((v) => (
						<path key={v} class={v === 0 ? "grid zero" : "grid"} d={`M0 ${(py(v) * SIZE) / 100}H${SIZE}`} />
					))}
					<path class="line faint" d={line} />
				</svg>
				{points.map((p, i) => (
					<>
						{p.interval !== null && (
							<i
								key={`${p.key} bar`}
								class="whisker"
								style={{ left: `${px(i)}%`, top: `${py(p.interval[1])}%`, height: `${Math.max(0.5, py(p.interval[0]) - py(p.interval[1]))}%` }}
							/>
						)}
						<i key={p.key} class={p.hollow ? "dot hollow" : "dot"} style={{ left: `${px(i)}%`, top: `${py(p.value)}%` }} />
					</>
				))}
			</div>
			<div class="axis lines-x" aria-hidden="true">
				{points.map((p, i) => ((i + 1) % every === 0 || n <= every ? (
					<span key={p.key} style={{ left: `${px(i)}%` }}>
						{xTick(i + 1)}
					</span>
				) : null))}
			</div>
		</div>
	);
}
