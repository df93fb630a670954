/**
 * Which trials to upload now. The server keeps one row a cell of 32 trials and replaces a
 * cell by its longer version, so we send whole cells, and a partial one only when asked.
 */
export const TRIALS_PER_CELL = 32;
/** Bounds one request to well below the server's 256 KiB and 1024 trials. */
export const CELLS_PER_REQUEST = 8;

export interface Held {
	seq: number;
	pending: boolean;
}

/**
 * The trials of one request in ascending seq; empty when nothing is due.
 *
 * `held` are the session's trials of this device, pending or acknowledged. A cell is due
 * when it holds a pending trial and is whole, or when `partial` is set. A due cell goes
 * out complete with what was acknowledged before, because replacing a cell by its longer
 * version is the server's cheap path.
 */
export function trialsDue(held: readonly Held[], partial: boolean): number[] {
	const cells = new Map<number, { seqs: number[]; pending: boolean }>();
	for (const { seq, pending } of held) {
		const number = Math.floor(seq / TRIALS_PER_CELL);
		const cell = cells.get(number) ?? { seqs: [], pending: false };
		cell.seqs.push(seq);
		cell.pending ||= pending;
		cells.set(number, cell);
	}
	return [...cells.entries()]
		.filter(([, cell]) => cell.pending && (partial || cell.seqs.length === TRIALS_PER_CELL))
		.sort(([x], [y]) => x - y)
		.slice(0, CELLS_PER_REQUEST)
		.flatMap(([, cell]) => cell.seqs.sort((x, y) => x - y));
}

/** Waiting time before try `n` (from 0): exponential with full jitter, at least 250 ms. */
export function backoffMs(n: number, random: number, retryAfterMs: number | null): number {
	const wait = 250 + random * Math.min(30_000, 1000 * 2 ** n);
	/* The server's wish is a minimum; jitter on top keeps a crowd from returning at once. */
	return retryAfterMs === null ? wait : Math.min(retryAfterMs, 600_000) + random * 1000;
}

/** The seqs inside the ranges of a trials_missing answer that this device holds. */
export function heldMissing(ranges: readonly { from: number; to: number }[], held: readonly number[]): number[] {
	return held.filter((seq) => ranges.some((r) => seq >= r.from && seq <= r.to));
}
