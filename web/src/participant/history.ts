/** The days of the last weeks with what was done on them. */
export interface Day {
	/** Local midnight. */
	at: Date;
	sessions: number;
	/** Not over yet, or still to come in the running week. */
	future: boolean;
}

/** Whole weeks from Monday, the running one last; times as the API writes them. */
export function weeksOf(times: readonly string[], now: Date, weeks: number): Day[][] {
	const key = (d: Date) => `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
	const counts = new Map<string, number>();
	for (const t of times) {
		const k = key(new Date(t));
		counts.set(k, (counts.get(k) ?? 0) + 1);
	}
	const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
	const monday = today.getDate() - ((today.getDay() + 6) % 7);
	return Array.from({ length: weeks }, (_, w) =>
		Array.from({ length: 7 }, (_, d) => {
			/* By the calendar, as a day may have 23 or 25 hours. */
			const at = new Date(today.getFullYear(), today.getMonth(), monday + 7 * (w + 1 - weeks) + d);
			return { at, sessions: counts.get(key(at)) ?? 0, future: at > today };
		}),
	);
}
