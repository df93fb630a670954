/** Shows a letter for its time, always in full, and notes the first press. */
import { textIn, numberOf } from "../definition";
import type { Texts } from "../../api/types";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Letter } from "./design";
import { simulate } from "./simulate";

const FONT = 'system-ui, "Noto Sans CJK SC", sans-serif';

/** The number to look back, above the letter all the time. */
function label(view: Canvas, { level }: Letter): CanvasRenderingContext2D {
	const { colours } = view.definition.stimuli;
	const { smaller } = view.field();
	const g = view.blank();
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.fillStyle = colours["level"] ?? view.definition.stimuli.foreground;
	g.font = `500 ${Math.max(16, smaller * 0.045)}px ${FONT}`;
	g.direction = "ltr";
	g.fillText(`${level}-back`, 0, -0.26 * smaller);
	return g;
}

function draw(view: Canvas, stimulus: Letter): void {
	const { foreground, letter_share } = view.definition.stimuli;
	const g = label(view, stimulus);
	const height = view.field().smaller * Number(letter_share);
	g.fillStyle = foreground;
	g.font = `600 ${height}px ${FONT}`;
	/* Letters stand on the line; their middle is a little above its. */
	g.fillText(stimulus.letter, 0, 0.06 * height);
}

function announce(view: Canvas, { level }: Letter): void {
	const { foreground, colours, announce: texts } = view.definition.stimuli;
	const { smaller } = view.field();
	const g = view.blank();
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.fillStyle = foreground;
	g.font = `600 ${smaller * 0.12}px ${FONT}`;
	g.direction = "ltr";
	g.fillText(`${level}-back`, 0, -0.06 * smaller);
	g.direction = view.language.startsWith("ar") ? "rtl" : "ltr";
	g.fillStyle = colours["level"] ?? foreground;
	g.font = `500 ${Math.max(16, smaller * 0.05)}px ${FONT}`;
	g.fillText(textIn(texts as Texts, view.language).replace("{n}", String(level)), 0, 0.08 * smaller);
}

function run(view: View, { stimulus }: TrialSpec<Letter>): Promise<Outcome> {
	const letter_ms = numberOf(view.parameters, "letter_ms");
	const soa_ms = Math.max(numberOf(view.parameters, "soa_ms"), letter_ms);
	const before = stimulus.first
		? [{ draw: () => announce(view, stimulus), duration_ms: numberOf(view.parameters, "announce_ms") }]
		: [];
	const after = soa_ms > letter_ms ? [{ draw: () => void label(view, stimulus), duration_ms: soa_ms - letter_ms }] : [];
	return view.play(
		[...before, { draw: () => draw(view, stimulus), duration_ms: letter_ms, target: true }, ...after],
		soa_ms,
		{ to_end: true },
	);
}

export const nBack: Task<Letter> = {
	name: "n-back",
	exampleCondition: "target",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ letter: stimulus.letter }),
};
