/** Cross, cue, gap, then the row of signs until the answer; the cross stays throughout. */
import { numberOf } from "../definition";
import { drawSigns } from "../signs";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { type Cue, design, type Network } from "./design";
import { simulate } from "./simulate";

/** The canvas with the cross alone. */
function cross(view: Canvas): CanvasRenderingContext2D {
	const { foreground, cross_share } = view.definition.stimuli;
	const half = (view.field().smaller * Number(cross_share)) / 2;
	const width = Math.max(2, half * 0.25);
	const g = view.blank();
	g.fillStyle = foreground;
	g.fillRect(-half, -width / 2, 2 * half, width);
	g.fillRect(-width / 2, -half, width, 2 * half);
	return g;
}

const offset = (view: Canvas): number => view.field().smaller * Number(view.definition.stimuli["offset_share"]);

/** Six strokes from the middle. */
function asterisk(g: CanvasRenderingContext2D, y: number, radius: number): void {
	g.lineWidth = Math.max(2, radius * 0.3);
	g.lineCap = "round";
	g.beginPath();
	for (let i = 0; i < 3; i++) {
		const angle = (i * Math.PI) / 3 + Math.PI / 2;
		const [dx, dy] = [radius * Math.cos(angle), radius * Math.sin(angle)];
		g.moveTo(-dx, y - dy);
		g.lineTo(dx, y + dy);
	}
	g.stroke();
}

function cuePlaces(cue: Cue, place: Network["place"]): readonly number[] {
	if (cue === "none") return [];
	if (cue === "centre") return [0];
	return cue === "double" ? [-1, 1] : [place === "above" ? -1 : 1];
}

function drawCue(view: Canvas, { cue, place }: Network): void {
	const { colours, cue_share } = view.definition.stimuli;
	/* At the centre the asterisk takes the cross's place. */
	const g = cue === "centre" ? view.blank() : cross(view);
	g.strokeStyle = String(colours["cue"]);
	const radius = (view.field().smaller * Number(cue_share)) / 2;
	for (const at of cuePlaces(cue, place)) asterisk(g, at * offset(view), radius);
}

function draw(view: Canvas, { target, flankers, place }: Network): void {
	const { foreground, sign_share, gap_share } = view.definition.stimuli;
	const { smaller } = view.field();
	drawSigns(cross(view), {
		target,
		flankers,
		y: offset(view) * (place === "above" ? -1 : 1),
		length: smaller * Number(sign_share),
		gap: smaller * Number(gap_share),
		colour: foreground,
	});
}

async function run(view: View, spec: TrialSpec<Network>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	const { stimulus } = spec;
	const gap = ms("cue_gap_ms");
	return view.play(
		[
			{ draw: () => void cross(view), duration_ms: stimulus.fixation_ms },
			{ draw: () => drawCue(view, stimulus), duration_ms: ms("cue_ms") },
			...(gap > 0 ? [{ draw: () => void cross(view), duration_ms: gap }] : []),
			{ draw: () => draw(view, stimulus), duration_ms: null, target: true },
		],
		ms("deadline_ms"),
	);
}

export const ant: Task<Network> = {
	name: "ant",
	exampleCondition: "spatial-incongruent",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ place: stimulus.place, fixation_ms: stimulus.fixation_ms }),
};
