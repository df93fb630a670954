/** Writes the word, waits for the answer; and a simulated reader. */
import { numberOf, textIn } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Word } from "./design";
import { simulate } from "./simulate";

function draw(view: Canvas, { word, ink }: Word): void {
	const g = view.blank();
	const stimuli = view.definition.stimuli;
	const share = Number(stimuli["text_height_share"] ?? 0.12);
	const label = view.definition.responses.find((r) => r.name === word)?.label;
	/* Capitals are about 0.72 of the font's size. */
	const size = (view.field().smaller * share) / 0.72;
	g.fillStyle = stimuli.colours[ink] ?? ink;
	g.font = `700 ${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.fillText(textIn(label, view.language), 0, 0);
}

function run(view: View, spec: TrialSpec<Word>): Promise<Outcome> {
	return view.play(
		[
			{ draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") },
			{ draw: () => draw(view, spec.stimulus), duration_ms: null, target: true },
		],
		numberOf(view.parameters, "deadline_ms"),
	);
}

export const stroop: Task<Word> = {
	name: "stroop",
	exampleCondition: "incongruent",
	design,
	draw,
	run,
	simulate,
	detail: (spec) => ({ word: spec.stimulus.word, ink: spec.stimulus.ink }),
};
