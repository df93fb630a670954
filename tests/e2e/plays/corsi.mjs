// Corsi: watch the blocks, then tap them. Blocks are squares in two colours.
import { taskOf } from "./task.mjs";

const { colours } = taskOf("corsi").stimuli;

export const shortened = {
	start_length: 2, longest: 3, trials_per_length: 2, practice_trials: 1, lead_ms: 150,
	block_ms: 200, block_gap_ms: 100, gap_ms: 100, feedback_ms: 100,
};
export const trials = 4;
export const right = 1;
export const scores = 4;

const blocksIn = (items) => items
	.filter((i) => i.w !== undefined && (i.colour === colours.block || i.colour === colours.lit))
	.map(({ x, y, colour }, i) => ({ place: String(i), x, y, colour }));
const litIn = (items) => blocksIn(items).find((b) => b.colour === colours.lit);
const turn = (items) => items.some((i) => i.text !== undefined);

export const begin = () => {
	let shown = [];
	return (items, { passed }) => {
		for (const before of passed) if (litIn(before) !== undefined && !turn(before)) shown.push(litIn(before));
		if (!turn(items) || litIn(items) !== undefined || shown.length === 0) return null;
		const responses = shown;
		shown = [];
		return { responses, around: blocksIn(items) };
	};
};

export const exposures = ({ detail }) =>
	[shortened.lead_ms, ...[...detail.blocks].flatMap(() => [shortened.block_ms, shortened.block_gap_ms])];
