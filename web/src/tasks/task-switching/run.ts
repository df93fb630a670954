/** Shows the square, then the pair in one of its cells until the answer. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, rowOf, type Switching } from "./design";
import { simulate } from "./simulate";

function square(view: Canvas): { g: CanvasRenderingContext2D; half: number } {
	const { colours, square_share } = view.definition.stimuli;
	const half = (view.field().smaller * Number(square_share)) / 2;
	const g = view.blank();
	g.strokeStyle = String(colours["line"]);
	g.lineWidth = 2;
	g.strokeRect(-half, -half, 2 * half, 2 * half);
	g.beginPath();
	g.moveTo(-half, 0);
	g.lineTo(half, 0);
	g.moveTo(0, -half);
	g.lineTo(0, half);
	g.stroke();
	return { g, half };
}

function draw(view: Canvas, { cell, letter, digit, letterFirst }: Switching): void {
	const { foreground, sign_share } = view.definition.stimuli;
	const { g, half } = square(view);
	const height = view.field().smaller * Number(sign_share);
	g.fillStyle = foreground;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.font = `600 ${height}px system-ui, sans-serif`;
	const x = (cell === 0 || cell === 3 ? -half : half) / 2;
	const y = (cell < 2 ? -half : half) / 2 + 0.06 * height;
	g.fillText(letterFirst ? `${letter} ${digit}` : `${digit} ${letter}`, x, y);
}

function run(view: View, { stimulus }: TrialSpec<Switching>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	return view.play(
		[
			{ draw: () => void square(view), duration_ms: ms("rsi_ms") },
			{ draw: () => draw(view, stimulus), duration_ms: null, target: true },
		],
		ms("deadline_ms"),
	);
}

export const taskSwitching: Task<Switching> = {
	name: "task-switching",
	exampleCondition: "repeat-incongruent",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({
		task: rowOf(stimulus.cell),
		cell: stimulus.cell,
		letter: stimulus.letter,
		digit: stimulus.digit,
	}),
};
