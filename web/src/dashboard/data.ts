/** From an engagement answer to what the page draws. Pure. */
import type { DayGroup, Engagement, GroupScore } from "../api/types";

const DAY_S = 86_400;

/** Start of a UTC day in seconds. */
export function dayStart(day: string): number {
	return Date.parse(`${day}T00:00:00Z`) / 1000;
}

export interface Series {
	/** UTC day starts in seconds, without gaps. */
	x: number[];
	/** One list for each value function; null where nothing is to be drawn. */
	y: (number | null)[][];
}

/** Days without sessions get their place on the axis, so that a pause looks like one. */
export function byDay(days: readonly DayGroup[], ...values: ((d: DayGroup) => number | null)[]): Series {
	const first = days[0];
	const last = days[days.length - 1];
	if (first === undefined || last === undefined) return { x: [], y: values.map(() => []) };
	const known = new Map(days.map((d) => [dayStart(d.day), d]));
	const x: number[] = [];
	for (let t = dayStart(first.day); t <= dayStart(last.day); t += DAY_S) x.push(t);
	return {
		x,
		y: values.map((value) =>
			x.map((t) => {
				const day = known.get(t);
				return day === undefined ? null : value(day);
			}),
		),
	};
}

export function scoreOf(day: DayGroup, task: string, score: string): GroupScore | null {
	const group = day.tasks.find((t) => t.task === task);
	return group?.scores.find((s) => s.name === score) ?? null;
}

export interface Metric {
	task: string;
	score: string;
	unit: string;
}

/** The scores that a cohort's page can draw over days. */
export function metricsOf(engagement: Engagement): Metric[] {
	return engagement.tasks.flatMap((t) => t.scores.map((s) => ({ task: t.task, score: s.name, unit: s.unit })));
}

export type Situation = "empty" | "suppressed" | "shown";

export function situationOf(e: Engagement): Situation {
	if (e.suppressed) return "suppressed";
	return e.sessions === 0 ? "empty" : "shown";
}
