/** Draws the row of signs and waits for the answer. */
import { numberOf } from "../definition";
import { drawSigns } from "../signs";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Row } from "./design";
import { simulate } from "./simulate";

function draw(view: Canvas, { target, flankers, place }: Row): void {
	const { foreground, sign_share, gap_share, offset_share } = view.definition.stimuli;
	const { smaller } = view.field();
	drawSigns(view.blank(), {
		target,
		flankers,
		y: smaller * Number(offset_share) * (place === "above" ? -1 : 1),
		length: smaller * Number(sign_share),
		gap: smaller * Number(gap_share),
		colour: foreground,
	});
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
