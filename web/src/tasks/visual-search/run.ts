/** Draws the bars, waits for the answer; and a simulated searcher. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { type Bar, design, gridOf } from "./design";
import { simulate } from "./simulate";

function draw(view: Canvas, bars: readonly Bar[]): void {
	const g = view.blank();
	const { side } = view.field();
	const grid = gridOf(view.definition);
	const shape = view.definition.stimuli["bar"] as { length_share: number; width_share: number };
	const cell = side / Math.max(grid.columns, grid.rows);
	const length = cell * shape.length_share;
	const width = cell * shape.width_share;
	for (const bar of bars) {
		const w = bar.vertical ? width : length;
		const h = bar.vertical ? length : width;
		g.fillStyle = view.definition.stimuli.colours[bar.colour] ?? bar.colour;
		g.fillRect(bar.x * side - w / 2, bar.y * side - h / 2, w, h);
	}
}

function run(view: View, spec: TrialSpec<Bar[]>): Promise<Outcome> {
	return view.play(
		[
			{ draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") },
			{ draw: () => draw(view, spec.stimulus), duration_ms: null, target: true },
		],
		numberOf(view.parameters, "deadline_ms"),
	);
}

export const visualSearch: Task<Bar[]> = {
	name: "visual-search",
	exampleCondition: "present-12",
	design,
	draw,
	run,
	simulate,
};
