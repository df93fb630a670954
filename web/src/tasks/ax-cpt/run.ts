/** Shows the first letter, waits, shows the second and takes the answer to the pair. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Pair } from "./design";
import { simulate } from "./simulate";

function letter(g: CanvasRenderingContext2D, text: string, x: number, height: number, colour: string): void {
	g.fillStyle = colour;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.font = `600 ${height}px system-ui, sans-serif`;
	/* Capitals stand on the line; the middle of the letters is a little above theirs. */
	g.fillText(text, x, 0.06 * height);
}

const heightOf = (view: Canvas): number => view.field().smaller * Number(view.definition.stimuli["letter_share"]);

/** The first letter stands in a frame and in a colour of its own, so that it is not taken for the second. */
function framed(view: Canvas, g: CanvasRenderingContext2D, text: string, x: number): void {
	const colour = String(view.definition.stimuli.colours["cue"]);
	const height = heightOf(view);
	const side = 1.5 * height;
	letter(g, text, x, height, colour);
	g.strokeStyle = colour;
	g.lineWidth = Math.max(2, height * 0.04);
	g.strokeRect(x - side / 2, -side / 2, side, side);
}

const cue = (view: Canvas, { cue }: Pair): void => framed(view, view.blank(), cue, 0);
const probe = (view: Canvas, { probe }: Pair): void =>
	letter(view.blank(), probe, 0, heightOf(view), view.definition.stimuli.foreground);

/** The example: both letters at once, in the order in which they come. */
function draw(view: Canvas, stimulus: Pair): void {
	const g = view.blank();
	const height = heightOf(view);
	framed(view, g, stimulus.cue, -1.3 * height);
	letter(g, stimulus.probe, 1.3 * height, height, view.definition.stimuli.foreground);
	g.beginPath();
	for (const [x, y] of [[-0.2, 0], [0.5, 0], [0.3, -0.15], [0.5, 0], [0.3, 0.15]] as const) g.lineTo(x * height, y * height);
	g.strokeStyle = view.definition.stimuli.foreground;
	g.stroke();
}

function run(view: View, { stimulus }: TrialSpec<Pair>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	const delay = ms("delay_ms");
	return view.play(
		[
			{ draw: () => cue(view, stimulus), duration_ms: ms("cue_ms") },
			...(delay > 0 ? [{ draw: () => view.fixation(), duration_ms: delay }] : []),
			{ draw: () => probe(view, stimulus), duration_ms: null, target: true },
		],
		ms("deadline_ms"),
	);
}

export const axCpt: Task<Pair> = {
	name: "ax-cpt",
	exampleCondition: "ax",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ cue: stimulus.cue, probe: stimulus.probe }),
};
