/** Lights blocks one by one, then takes the taps. */
import type { Texts } from "../../api/types";
import type { Step } from "../../runner/clock";
import { numberOf, textIn } from "../definition";
import type { Canvas, Outcome, Place, Task, TrialSpec, View } from "../task";
import { type Blocks, blocksOf, design } from "./design";
import { simulate } from "./simulate";

interface Board {
	width: number;
	height: number;
	/** The board's centre lies below the canvas's, as a line of text is above it. */
	down: number;
	block: number;
}

function boardOf(view: Canvas): Board {
	const { board_ratio, block_share } = view.definition.stimuli;
	const { side } = view.field();
	const width = Math.min(side, 0.9 * side * Number(board_ratio));
	return { width, height: width / Number(board_ratio), down: 0.05 * side, block: width * Number(block_share) };
}

function placesOf(view: Canvas): Place[] {
	const { width, height, down, block } = boardOf(view);
	return blocksOf(view.definition).map(([x, y], i) => ({
		name: String(i),
		x: (x - 0.5) * width,
		y: (y - 0.5) * height + down,
		r: block / 2,
	}));
}

interface Shown {
	lit?: string | undefined;
	cursor?: string | null;
	/** It is the participant's turn. */
	open?: boolean;
}

function draw(view: Canvas, { lit, cursor = null, open = false }: Shown): void {
	const { background, foreground, colours, turn_text } = view.definition.stimuli;
	const { width, height, down, block } = boardOf(view);
	const g = view.blank();
	g.fillStyle = colours["board"] ?? background;
	g.fillRect(-width / 2, down - height / 2, width, height);
	for (const { name, x, y } of placesOf(view)) {
		g.fillStyle = (name === lit ? colours["lit"] : colours["block"]) ?? foreground;
		g.fillRect(x - block / 2, y - block / 2, block, block);
		if (name !== cursor) continue;
		g.strokeStyle = foreground;
		g.lineWidth = 4;
		g.strokeRect(x - block / 2 - 5, y - block / 2 - 5, block + 10, block + 10);
	}
	if (!open) return;
	g.fillStyle = colours["lit"] ?? foreground;
	g.textAlign = "center";
	g.textBaseline = "bottom";
	g.font = `600 ${Math.max(15, Math.min(22, width * 0.06))}px system-ui, "Noto Sans CJK SC", sans-serif`;
	g.fillText(textIn(turn_text as Texts, view.language), 0, down - height / 2 - 6);
}

async function run(view: View, { stimulus }: TrialSpec<Blocks>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	const steps: Step[] = [{ draw: () => draw(view, {}), duration_ms: ms("lead_ms") }];
	for (const block of stimulus) {
		steps.push({ draw: () => draw(view, { lit: String(block) }), duration_ms: ms("block_ms") });
		if (ms("block_gap_ms") > 0) steps.push({ draw: () => draw(view, {}), duration_ms: ms("block_gap_ms") });
	}
	return view.collect({
		steps,
		places: () => placesOf(view),
		draw: (given, cursor) => draw(view, { lit: given.at(-1), cursor, open: true }),
		most: stimulus.length,
		auto_done: true,
		deadline_ms: ms("deadline_ms"),
	});
}

const tapped = (outcome: Outcome) => outcome.given?.map((g) => g.name).join("");

export const corsi: Task<Blocks> = {
	name: "corsi",
	exampleCondition: "forward",
	design,
	draw: (canvas, stimulus) => draw(canvas, { lit: String(stimulus[0]) }),
	run,
	simulate,
	response: ({ stimulus }, outcome) => {
		if (outcome.given === undefined || outcome.response === null) return outcome.response;
		return tapped(outcome) === stimulus.join("") ? "right" : "wrong";
	},
	detail: ({ stimulus }, outcome) => ({
		blocks: stimulus.join(""),
		...(outcome.given && { given: tapped(outcome), given_ms: outcome.given.map((g) => Math.round(g.at_ms)) }),
	}),
};
