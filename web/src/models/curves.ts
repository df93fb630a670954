/** The figures of a training as curves. */
import type { ModelRun } from "../api/types";

export type Point = [number, number];
type Row = NonNullable<ModelRun["metrics"]>[number];
export type Measure = "nll_correct" | "nll_rt";

/** One measure over steps; of a phase, in order, each step once (the last time it was told). */
export function curveOf(rows: readonly Row[], measure: Measure, linear: boolean): Point[] {
	const at = new Map<number, number>();
	for (const row of rows) {
		const y = row[measure];
		if (typeof row.step !== "number" || typeof y !== "number") continue;
		if ((row.phase === "linear") === linear) at.set(row.step, y);
	}
	return [...at].sort((a, b) => a[0] - b[0]);
}

/** Where the axis ends: the last step of any curve, at least 1. */
export function lastStep(curves: readonly (readonly Point[])[]): number {
	return Math.max(1, ...curves.flatMap((c) => c.map((p) => p[0])));
}
