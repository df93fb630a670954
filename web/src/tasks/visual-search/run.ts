/** Draws the items, waits for the answer; and a simulated searcher. All three searches. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, gridOf, type Item } from "./design";
import { type Slopes, searcher } from "./simulate";

function drawBar(g: CanvasRenderingContext2D, bar: Item, x: number, y: number, length: number, width: number): void {
	const w = bar.vertical ? width : length;
	const h = bar.vertical ? length : width;
	g.fillRect(x - w / 2, y - h / 2, w, h);
}

/** One stroke without joints, so that a 2 and a 5 differ in nothing but left and right. */
function drawDigit(g: CanvasRenderingContext2D, digit: 2 | 5, x: number, y: number, w: number, h: number): void {
	const side = digit === 2 ? 1 : -1;
	const points = [[-side, -1], [side, -1], [side, 0], [-side, 0], [-side, 1], [side, 1]] as const;
	g.beginPath();
	points.forEach(([px, py], i) => {
		if (i === 0) g.moveTo(x + (px * w) / 2, y + (py * h) / 2);
		else g.lineTo(x + (px * w) / 2, y + (py * h) / 2);
	});
	g.stroke();
}

function draw(view: Canvas, items: readonly Item[]): void {
	const g = view.blank();
	const { side } = view.field();
	const { colours, bar, digit } = view.definition.stimuli;
	const { columns, rows } = gridOf(view.definition);
	const cell = side / Math.max(columns, rows);
	const barShape = bar as { length_share: number; width_share: number } | undefined;
	const digitShape = digit as { height_share: number; width_share: number; stroke_share: number } | undefined;
	g.lineCap = "square";
	g.lineJoin = "miter";
	g.lineWidth = cell * (digitShape?.stroke_share ?? 0);
	for (const item of items) {
		const x = item.x * side;
		const y = item.y * side;
		g.fillStyle = g.strokeStyle = colours[item.colour] ?? item.colour;
		if (item.digit !== undefined && digitShape !== undefined)
			drawDigit(g, item.digit, x, y, cell * digitShape.width_share, cell * digitShape.height_share);
		else if (barShape !== undefined)
			drawBar(g, item, x, y, cell * barShape.length_share, cell * barShape.width_share);
	}
}

function run(view: View, spec: TrialSpec<Item[]>): Promise<Outcome> {
	return view.play(
		[
			{ draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") },
			{ draw: () => draw(view, spec.stimulus), duration_ms: null, target: true },
		],
		numberOf(view.parameters, "deadline_ms"),
	);
}

export function searchTask(name: string, slopes: Slopes): Task<Item[]> {
	return { name, exampleCondition: "present-12", design, draw, run, simulate: searcher(slopes) };
}

/** As conjunction searches go. */
export const visualSearch = searchTask("visual-search", { base_ms: 480, present_ms: 9, absent_ms: 20 });
