/** Sums over a curve of risks. */
type Point = readonly [number, number];

/** Each point's y as the mean of itself and up to n - 1 points before it. */
export function meanOver(points: readonly Point[], n: number): [number, number][] {
	let sum = 0;
	return points.map(([x, y], i) => {
		sum += y - (i >= n ? (points[i - n] as Point)[1] : 0);
		return [x, sum / Math.min(n, i + 1)];
	});
}

/** Lowest, mean and highest y; null without points. */
export function riskRange(points: readonly Point[]): { low: number; mean: number; high: number } | null {
	if (points.length === 0) return null;
	const ys = points.map((p) => p[1]);
	return { low: Math.min(...ys), mean: ys.reduce((a, b) => a + b, 0) / ys.length, high: Math.max(...ys) };
}
