/** Shows the arrow, then the striped patch, and waits for the answer. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { type Cued, design, type Side } from "./design";
import { simulate } from "./simulate";

/** Stripes across a patch. */
const STRIPES = 7;

function pen(view: Canvas, width: number): CanvasRenderingContext2D {
	const g = view.blank();
	g.strokeStyle = view.definition.stimuli.foreground;
	g.lineWidth = width;
	g.lineCap = "butt";
	return g;
}

function arrow(view: Canvas, cue: Side): void {
	const half = view.field().smaller * 0.05;
	const tip = cue === "right" ? half : -half;
	const g = pen(view, Math.max(2, half * 0.22));
	g.lineCap = "round";
	g.lineJoin = "round";
	g.beginPath();
	g.moveTo(-tip, 0);
	g.lineTo(tip, 0);
	g.moveTo(tip * 0.3, -half * 0.6);
	g.lineTo(tip, 0);
	g.lineTo(tip * 0.3, half * 0.6);
	g.stroke();
}

/** Parallel chords of a circle, tilted from upright towards a side. */
function draw(view: Canvas, { target, tilt }: Cued): void {
	const { tilt_degrees, eccentricity_share, target_height_share } = view.definition.stimuli;
	const { smaller } = view.field();
	const radius = (smaller * Number(target_height_share)) / 2;
	const x = smaller * Number(eccentricity_share) * (target === "left" ? -1 : 1);
	const angle = ((Number(tilt_degrees) * Math.PI) / 180) * (tilt === "left" ? -1 : 1);
	/* Along the stripes, upwards; the canvas counts y downwards. */
	const along = [Math.sin(angle), -Math.cos(angle)] as const;
	const step = (2 * radius) / STRIPES;
	const g = pen(view, step / 2);
	for (let i = 0; i < STRIPES; i++) {
		const off = (i - (STRIPES - 1) / 2) * step;
		const half = Math.sqrt(radius ** 2 - off ** 2);
		const cx = x - along[1] * off;
		const cy = along[0] * off;
		g.beginPath();
		g.moveTo(cx - along[0] * half, cy - along[1] * half);
		g.lineTo(cx + along[0] * half, cy + along[1] * half);
		g.stroke();
	}
}

function run(view: View, spec: TrialSpec<Cued>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	const gap = ms("cue_gap_ms");
	return view.play(
		[
			{ draw: () => view.fixation(), duration_ms: ms("fixation_ms") },
			{ draw: () => arrow(view, spec.stimulus.cue), duration_ms: ms("cue_ms") },
			...(gap > 0 ? [{ draw: () => void view.blank(), duration_ms: gap }] : []),
			{ draw: () => draw(view, spec.stimulus), duration_ms: null, target: true },
		],
		ms("deadline_ms"),
	);
}

export const cueing: Task<Cued> = {
	name: "cueing",
	exampleCondition: "valid",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ cue: stimulus.cue, target: stimulus.target }),
};
