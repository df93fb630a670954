/**
 * A letter and a digit that go round the four cells of a square. In the upper row the
 * letter counts, in the lower row the digit, so that the place alone says the task: every
 * second step is a switch. In pure blocks the pair stays in one row.
 */
import { evenly } from "../balance";
import { type Definition, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

export type Answer = "left" | "right";
export type Kind = "first" | "pure" | "repeat" | "switch";

/** Clockwise from the upper left. */
export type Cell = 0 | 1 | 2 | 3;

export interface Switching {
	cell: Cell;
	letter: string;
	digit: string;
	letterFirst: boolean;
}

interface Place {
	cell: Cell;
	kind: Kind;
}

const ROWS = { letter: [0, 1], digit: [2, 3] } as const;
type Row = keyof typeof ROWS;

export const rowOf = (cell: Cell): Row => (cell < 2 ? "letter" : "digit");

const other: Readonly<Record<Answer, Answer>> = { left: "right", right: "left" };

function pure(row: Row, n: number): Place[] {
	return Array.from({ length: n }, (_, i) => ({ cell: ROWS[row][i % 2 === 0 ? 0 : 1], kind: i === 0 ? "first" : "pure" }));
}

function mixed(start: number, n: number): Place[] {
	return Array.from({ length: n }, (_, i) => {
		const cell = ((start + i) % 4) as Cell;
		return { cell, kind: i === 0 ? "first" : cell % 2 === 0 ? "switch" : "repeat" };
	});
}

/** Both sides and both congruencies equally often in each kind of trial of a row. */
function fill(places: readonly Place[], def: Definition, rng: Rng): TrialSpec<Switching>[] {
	const { letters, digits } = def.stimuli as unknown as Record<"letters" | "digits", Record<Answer, string[]>>;
	const combinations = (["left", "right"] as const).flatMap((answer) =>
		[true, false].map((congruent) => ({ answer, congruent })),
	);
	const groups = new Map<string, typeof combinations>();
	const group = ({ cell, kind }: Place) => `${kind} ${rowOf(cell)}`;
	for (const name of new Set(places.map(group))) {
		const n = places.filter((p) => group(p) === name).length;
		groups.set(name, rng.shuffle(evenly(combinations, n, rng)));
	}
	let last = { letter: "", digit: "" };
	return places.map((place) => {
		const { answer, congruent } = groups.get(group(place))?.pop() ?? { answer: "left", congruent: true };
		const aside = congruent ? answer : other[answer];
		const lettered = rowOf(place.cell) === "letter";
		/* No sign twice in a row. */
		const letter = rng.pick(letters[lettered ? answer : aside].filter((x) => x !== last.letter));
		const digit = rng.pick(digits[lettered ? aside : answer].filter((x) => x !== last.digit));
		last = { letter, digit };
		const condition = place.kind === "first" ? "first" : `${place.kind}-${congruent ? "congruent" : "incongruent"}`;
		return { condition, answer, stimulus: { cell: place.cell, letter, digit, letterFirst: rng.below(2) === 0 } };
	});
}

export function design(seed: number, p: Parameters, def: Definition): Design<Switching> {
	const block = numberOf(p, "block_trials");
	const run = (rng: Rng, each: number, between: number, after: number) => {
		const [a, b] = rng.shuffle(["letter", "digit"] as const) as [Row, Row];
		return [...pure(a, each), ...pure(b, each), ...mixed(rng.below(4), between), ...pure(b, after), ...pure(a, after)];
	};
	const all = numberOf(p, "pure_trials");
	const before = Math.ceil(all / 2);
	const rng = makeRng(seed);
	const test = run(rng, before, numberOf(p, "mixed_trials"), all - before)
		/* After a break nothing goes before. */
		.map((place, i): Place => (i % block === 0 ? { ...place, kind: "first" } : place));
	/* A stream of its own, so that the length of practice does not change the test. */
	const own = makeRng(seed ^ 0x5eed);
	const practice = numberOf(p, "practice_trials");
	const single = Math.floor(practice / 4);
	return { practice: fill(run(own, single, practice - 2 * single, 0), def, own), test: fill(test, def, rng) };
}
