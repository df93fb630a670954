/** A linear axis with round ticks. */
export interface Axis {
	low: number;
	high: number;
	ticks: number[];
}

/** Covers [low, high] with about `wanted` ticks at 1, 2 or 5 times a power of ten. */
export function niceAxis(low: number, high: number, wanted = 4): Axis {
	if (!(high > low)) {
		low -= 0.5;
		high = low + 1;
	}
	const rough = (high - low) / wanted;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
	const first = Math.floor(low / step + 1e-9);
	const last = Math.ceil(high / step - 1e-9);
	const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
	return { low: first * step, high: last * step, ticks };
}

/** Position on the axis in percent. */
export function percentOn(axis: Axis, value: number): number {
	return (100 * (value - axis.low)) / (axis.high - axis.low);
}
