/** Which items each trial shows, and where; the three searches share it. */
import { type Condition, type Definition, listOf, numberOf, type Parameters } from "../definition";
import { makeRng, type Rng } from "../rng";
import type { Design, TrialSpec } from "../task";

/** A bar, or a digit. */
export interface Item {
	/** Centre in the field, from -0.5 to 0.5 of its side. */
	x: number;
	y: number;
	colour: string;
	vertical?: boolean;
	digit?: 2 | 5;
}

export interface Grid {
	columns: number;
	rows: number;
	jitter_share: number;
}

interface Kind {
	colour: string;
	orientation?: string;
	digit?: 2 | 5;
}

interface Stimuli {
	grid: Grid;
	target: Kind;
	distractors: Kind[];
}

const lookOf = ({ colour, orientation, digit }: Kind): Omit<Item, "x" | "y"> =>
	digit === undefined ? { colour, vertical: orientation === "vertical" } : { colour, digit };

export function gridOf(def: Definition): Grid {
	return (def.stimuli as unknown as Stimuli).grid;
}

function makeItems(condition: Condition, def: Definition, rng: Rng): Item[] {
	const { grid, target, distractors } = def.stimuli as unknown as Stimuli;
	const n = Number(condition.factors["set_size"]);
	const kinds = condition.factors["target"] === "present" ? [lookOf(target)] : [];
	/* Half of each kind; which kind has the odd one is chance. */
	const order = rng.shuffle(distractors);
	for (let i = 0; kinds.length < n; i++) kinds.push(lookOf(order[i % order.length] as Kind));

	const cells = Array.from({ length: grid.columns * grid.rows }, (_, i) => i);
	const chosen = rng.shuffle(cells).slice(0, n);
	return chosen.map((cell, i) => {
		const jitter = () => (2 * rng.next() - 1) * grid.jitter_share;
		return {
			x: ((cell % grid.columns) + 0.5 + jitter()) / grid.columns - 0.5,
			y: (Math.floor(cell / grid.columns) + 0.5 + jitter()) / grid.rows - 0.5,
			...(kinds[i] as ReturnType<typeof lookOf>),
		};
	});
}

function makeTrials(conditions: Condition[], count: (i: number) => number, def: Definition, rng: Rng) {
	const trials: TrialSpec<Item[]>[] = [];
	conditions.forEach((condition, i) => {
		for (let k = count(i); k > 0; k--) {
			trials.push({
				condition: condition.name,
				answer: String(condition.factors["target"]),
				stimulus: makeItems(condition, def, rng),
			});
		}
	});
	return rng.shuffle(trials);
}

export function design(seed: number, p: Parameters, def: Definition): Design<Item[]> {
	const sizes = new Set(listOf(p, "set_sizes"));
	const conditions = def.conditions.filter((c) => sizes.has(Number(c.factors["set_size"])));
	/* Two streams, so that the number of practice trials does not change the test. */
	const test = makeTrials(conditions, () => numberOf(p, "trials_per_cell"), def, makeRng(seed));
	const practiceRng = makeRng(seed ^ 0x5eed);
	const wanted = numberOf(p, "practice_trials");
	const order = practiceRng.shuffle(conditions);
	const each = Math.floor(wanted / order.length);
	const rest = wanted % order.length;
	const practice = makeTrials(order, (i) => each + (i < rest ? 1 : 0), def, practiceRng);
	return { practice, test };
}
