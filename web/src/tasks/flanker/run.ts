/** Draws the row of signs and waits for the answer. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Row, type Side } from "./design";
import { simulate } from "./simulate";

const SIGNS = 5;
const MIDDLE = 2;

/** A shaft and, for an arrow, a head of half its length. */
function sign(g: CanvasRenderingContext2D, x: number, y: number, length: number, side: Side | null): void {
	const half = length / 2;
	g.beginPath();
	g.moveTo(x - half, y);
	g.lineTo(x + half, y);
	if (side !== null) {
		const tip = side === "right" ? half : -half;
		const back = side === "right" ? -0.38 * length : 0.38 * length;
		g.moveTo(x + tip + back, y - 0.32 * length);
		g.lineTo(x + tip, y);
		g.lineTo(x + tip + back, y + 0.32 * length);
	}
	g.stroke();
}

function draw(view: Canvas, { target, flankers, place }: Row): void {
	const { foreground, sign_share, gap_share, offset_share } = view.definition.stimuli;
	const { smaller } = view.field();
	const g = view.blank();
	const length = smaller * Number(sign_share);
	const step = length + smaller * Number(gap_share);
	const y = smaller * Number(offset_share) * (place === "above" ? -1 : 1);
	g.strokeStyle = foreground;
	g.lineWidth = Math.max(2, length * 0.13);
	g.lineCap = "round";
	g.lineJoin = "round";
	for (let i = 0; i < SIGNS; i++) sign(g, (i - MIDDLE) * step, y, length, i === MIDDLE ? target : flankers);
}

function run(view: View, spec: TrialSpec<Row>): Promise<Outcome> {
	return view.play(
		[
			{ draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") },
			{ draw: () => draw(view, spec.stimulus), duration_ms: null, target: true },
		],
		numberOf(view.parameters, "deadline_ms"),
	);
}

export const flanker: Task<Row> = {
	name: "flanker",
	exampleCondition: "incongruent",
	design,
	draw,
	run,
	simulate,
	detail: (spec) => ({ place: spec.stimulus.place }),
};
