/** Shows a digit and its mask, always in full, and notes the first press. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Digit } from "./design";
import { simulate } from "./simulate";

function draw(view: Canvas, { digit, size }: Digit): void {
	const { foreground, size_shares } = view.definition.stimuli;
	const { smaller } = view.field();
	const g = view.blank();
	g.fillStyle = foreground;
	g.textAlign = "center";
	g.textBaseline = "middle";
	const height = smaller * ((size_shares as number[])[size] ?? 0.2);
	g.font = `500 ${height}px system-ui, sans-serif`;
	/* Digits stand on the line; the middle of the letters is a little above theirs. */
	g.fillText(String(digit), 0, 0.06 * height);
}

function mask(view: Canvas): void {
	const { foreground, mask_share } = view.definition.stimuli;
	const radius = (view.field().smaller * Number(mask_share)) / 2;
	const g = view.blank();
	g.strokeStyle = foreground;
	g.lineWidth = Math.max(2, radius * 0.06);
	g.beginPath();
	g.arc(0, 0, radius, 0, 2 * Math.PI);
	const d = radius * Math.SQRT1_2;
	g.moveTo(-d, -d);
	g.lineTo(d, d);
	g.moveTo(d, -d);
	g.lineTo(-d, d);
	g.stroke();
}

function run(view: View, spec: TrialSpec<Digit>): Promise<Outcome> {
	const digit_ms = numberOf(view.parameters, "digit_ms");
	const mask_ms = numberOf(view.parameters, "mask_ms");
	return view.play(
		[
			{ draw: () => draw(view, spec.stimulus), duration_ms: digit_ms, target: true },
			{ draw: () => mask(view), duration_ms: mask_ms },
		],
		digit_ms + mask_ms,
		{ to_end: true },
	);
}

export const sart: Task<Digit> = {
	name: "sart",
	exampleCondition: "nogo",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ digit: stimulus.digit, size: stimulus.size }),
};
