/** Discs of which some flash, all move, and those that flashed are marked. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Place, Task, TrialSpec, View } from "../task";
import { design, type Tracking } from "./design";
import { pathsOf, type Places, placesAt } from "./paths";
import { simulate } from "./simulate";

const radiusShare = (canvas: Canvas) => Number(canvas.definition.stimuli["radius_share"]);

/** The discs' places on the canvas, for pressing and for the keyboard's cursor. */
function discsAt(canvas: Canvas, places: Places): Place[] {
	const { side } = canvas.field();
	const out: Place[] = [];
	for (let i = 0; 2 * i < places.length; i++)
		out.push({ name: String(i), x: side * (places[2 * i] as number), y: side * (places[2 * i + 1] as number), r: side * radiusShare(canvas) });
	return out;
}

interface Marking {
	given: number;
	of: number;
	cursor: string | null;
}

function drawDiscs(canvas: Canvas, places: Places, colourOf: (i: number) => string, marking?: Marking): void {
	const g = canvas.blank();
	const { colours, foreground } = canvas.definition.stimuli;
	const { side } = canvas.field();
	/* The edge that they bounce from. */
	g.strokeStyle = colours["edge"] ?? foreground;
	g.lineWidth = 1;
	g.strokeRect(-side / 2, -side / 2, side, side);
	if (marking !== undefined) {
		/* Behind the discs: that it is time to mark, and how many are left. */
		g.fillStyle = colours["edge"] ?? foreground;
		g.font = `600 ${0.16 * side}px system-ui, sans-serif`;
		g.textAlign = "center";
		g.textBaseline = "middle";
		g.fillText(`${marking.given}/${marking.of}`, 0, 0);
	}
	discsAt(canvas, places).forEach(({ name, x, y, r }, i) => {
		g.beginPath();
		g.arc(x, y, r, 0, 2 * Math.PI);
		g.fillStyle = colours[colourOf(i)] ?? foreground;
		g.fill();
		if (colourOf(i) === "chosen") {
			/* A sign besides the colour. */
			g.beginPath();
			g.arc(x, y, 0.45 * r, 0, 2 * Math.PI);
			g.lineWidth = Math.max(2, 0.22 * r);
			g.strokeStyle = canvas.definition.stimuli.background;
			g.stroke();
		}
		if (marking === undefined || name !== marking.cursor) return;
		g.beginPath();
		g.arc(x, y, r + 5, 0, 2 * Math.PI);
		g.lineWidth = 3;
		g.strokeStyle = foreground;
		g.stroke();
	});
}

/** The example: the targets as they flash. */
function draw(canvas: Canvas, stimulus: Tracking): void {
	const [start] = pathsOf({ ...stimulus, move_ms: 0 }, radiusShare(canvas));
	drawDiscs(canvas, start as Places, (i) => (i < stimulus.targets ? "target" : "disc"));
}

async function run(view: View, { stimulus }: TrialSpec<Tracking>): Promise<Outcome> {
	const { targets } = stimulus;
	const paths = pathsOf(stimulus, radiusShare(view));
	const start = placesAt(paths, 0);
	const end = placesAt(paths, stimulus.move_ms);
	const period = Number(view.definition.stimuli["flash_period_ms"]);
	const flash = (elapsed: number) =>
		drawDiscs(view, start, (i) => (i < targets && elapsed % period < period / 2 ? "target" : "disc"));
	const move = (elapsed: number) => drawDiscs(view, placesAt(paths, elapsed), () => "disc");
	return view.collect({
		steps: [
			{ draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") },
			{ draw: () => flash(0), animate: flash, duration_ms: numberOf(view.parameters, "flash_ms") },
			{ draw: () => move(0), animate: move, duration_ms: stimulus.move_ms },
		],
		places: () => discsAt(view, end),
		draw: (given, cursor) =>
			drawDiscs(view, end, (i) => (given.includes(String(i)) ? "chosen" : "disc"), { given: given.length, of: targets, cursor }),
		most: targets,
		least: targets,
		toggle: true,
		deadline_ms: numberOf(view.parameters, "deadline_ms"),
	});
}

const hitsOf = ({ stimulus }: TrialSpec<Tracking>, outcome: Outcome) =>
	(outcome.given ?? []).filter((g) => Number(g.name) < stimulus.targets).length;

export const mot: Task<Tracking> = {
	name: "mot",
	exampleCondition: "4-of-10",
	design,
	draw,
	run,
	simulate,
	/* A simulated outcome names the hits itself. */
	response: (spec, outcome) => (outcome.response === "done" ? `hits-${hitsOf(spec, outcome)}` : outcome.response),
	detail: ({ stimulus }, outcome) => ({
		seed: stimulus.seed,
		...(outcome.given === undefined ? {} : { marked: outcome.given.map((g) => Number(g.name)) }),
	}),
};
