/** A quick stream of letters, then two questions about it. */
import type { Texts } from "../../api/types";
import type { Step } from "../../runner/clock";
import { numberOf, textIn } from "../definition";
import type { Canvas, Option, Outcome, Task, TrialSpec, View } from "../task";
import { design, SECOND, type Stream } from "./design";
import { simulate } from "./simulate";

/** What the run leaves for the trial's detail. */
interface Blinked extends Outcome {
	chosen?: string;
	seen_ms?: number;
}

function drawLetter(view: Canvas, letter: string, white: boolean, x = 0): void {
	const { colours, foreground, letter_share } = view.definition.stimuli;
	const g = view.blank();
	write(view, g, letter, (white ? colours["first"] : colours["other"]) ?? foreground, Number(letter_share), x);
}

function write(view: Canvas, g: CanvasRenderingContext2D, letter: string, colour: string, share: number, x: number): void {
	/* Capitals are about 0.72 of the font's size. */
	const size = (view.field().smaller * share) / 0.72;
	g.font = `600 ${size}px "DejaVu Sans", Arial, Helvetica, sans-serif`;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.fillStyle = colour;
	g.fillText(letter, x, 0.04 * size);
}

/** The example: a piece of the stream, side by side. */
function draw(view: Canvas, { letters, first }: Stream): void {
	const { colours, foreground, letter_share } = view.definition.stimuli;
	const { smaller } = view.field();
	const g = view.blank();
	const at = Math.max(first, letters.indexOf(SECOND));
	const from = Math.max(0, Math.min(first - 1, at - 3));
	const shown = letters.slice(from, from + 5);
	shown.forEach((letter, i) => {
		const colour = (from + i === first ? colours["first"] : colours["other"]) ?? foreground;
		write(view, g, letter, colour, Number(letter_share), (i - (shown.length - 1) / 2) * 0.17 * smaller);
	});
}

/** In as many lines as the window asks for. */
function drawQuestion(view: Canvas, name: string): void {
	const g = view.blank();
	const { smaller } = view.field();
	g.font = '500 24px system-ui, "Noto Sans CJK SC", "Noto Sans Arabic", sans-serif';
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.fillStyle = view.definition.stimuli.foreground;
	const lines = [""];
	for (const word of textIn(view.definition.stimuli[name] as Texts, view.language).split(" ")) {
		const longer = `${lines.at(-1)} ${word}`.trim();
		if (g.measureText(longer).width > 0.92 * smaller && lines.at(-1) !== "") lines.push(word);
		else lines[lines.length - 1] = longer;
	}
	lines.forEach((line, i) => void g.fillText(line, 0, (i - (lines.length - 1) / 2) * 32));
}

function letterSteps(view: View, { letters, first }: Stream): Step[] {
	/*
	 * A millisecond less, so that where two numbers of frames are equally near every letter
	 * has the same one.
	 */
	const duration_ms = numberOf(view.parameters, "item_ms") - 1;
	return letters.map((letter, i) => ({
		draw: () => drawLetter(view, letter, i === first),
		duration_ms,
		target: i === first,
	}));
}

function letterOption(letter: string): Option {
	return { name: letter, label: letter, key: `Key${letter}`, key_label: letter };
}

async function run(view: View, { stimulus }: TrialSpec<Stream>): Promise<Blinked> {
	const deadline_ms = numberOf(view.parameters, "deadline_ms");
	const texts = view.definition.stimuli as unknown as Record<"yes" | "no", Texts>;
	const fixation: Step = { draw: () => view.fixation(), duration_ms: numberOf(view.parameters, "fixation_ms") };
	const stream = await view.play([fixation, ...letterSteps(view, stimulus)], deadline_ms, { to_end: true });
	const [fixation_ms = 0, ...items] = stream.lasted_ms;
	const told: Blinked = { ...stream, response: null, rt_ms: null, lasted_ms: [fixation_ms, Math.min(...items), Math.max(...items)] };

	const which = await view.choose(stimulus.choices.map(letterOption), { draw: () => drawQuestion(view, "which"), deadline_ms });
	told.blurred ||= which.blurred;
	if (which.response === null) return told;
	told.chosen = which.response;
	const seen = await view.choose(
		[
			{ name: "none", label: texts.no, key: "KeyF", key_label: "F" },
			{ name: "x", label: texts.yes, key: "KeyJ", key_label: "J" },
		],
		{ draw: () => drawQuestion(view, "seen"), deadline_ms },
	);
	told.blurred ||= seen.blurred;
	if (seen.response === null) return told;
	const right = which.response === stimulus.letters[stimulus.first];
	return {
		...told,
		response: `t1-${right ? "right" : "wrong"}-${seen.response}`,
		rt_ms: which.rt_ms,
		seen_ms: seen.rt_ms ?? 0,
		input: seen.input,
		event_delay: which.event_delay,
	};
}

export const attentionalBlink: Task<Stream> = {
	name: "attentional-blink",
	exampleCondition: "lag-3",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }, { chosen, seen_ms }: Blinked) => ({
		t1: stimulus.letters[stimulus.first],
		t1_at: stimulus.first,
		...(chosen === undefined ? {} : { answer: chosen }),
		...(seen_ms === undefined ? {} : { seen_ms: Math.round(seen_ms) }),
	}),
};
