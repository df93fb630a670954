/** A frame, a wait, a counter of milliseconds that the answer stops. */
import { everyFrame } from "../../runner/clock";
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Wait } from "./design";
import { simulate } from "./simulate";

/** A faster press was not caused by the counter. */
const FASTEST_MS = 100;

/** The frame, with a text in it. */
function draw(view: Canvas, text: string, colour?: string): void {
	const { foreground, colours, frame_share } = view.definition.stimuli;
	const { smaller } = view.field();
	const [width, height] = (frame_share as number[]).map((share) => share * smaller) as [number, number];
	const g = view.blank();
	g.strokeStyle = foreground;
	g.lineWidth = 2;
	g.strokeRect(-width / 2, -height / 2, width, height);
	if (text === "") return;
	g.fillStyle = colours[colour ?? "counter"] ?? foreground;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.font = `600 ${0.62 * height}px ui-monospace, "DejaVu Sans Mono", monospace`;
	g.fillText(text, 0, 0.04 * height);
}

/** Counts in every frame from the first that shows it, until it is stopped. */
function counter(view: Canvas, most_ms: number): { start: () => void; stop: () => void } {
	let running = false;
	let stopped = false;
	let since: number | null = null;
	let shown = 0;
	const frame = (t: number) => {
		since ??= t;
		shown = t - since;
		/* A page that was left stops the trial without an end. */
		if (stopped || shown > most_ms) return false;
		draw(view, String(Math.round(shown)));
		return true;
	};
	return {
		start: () => {
			draw(view, String(Math.round(shown)));
			if (!running) everyFrame(frame);
			running = true;
		},
		stop: () => void (stopped = true),
	};
}

async function run(view: View, spec: TrialSpec<Wait>): Promise<Outcome> {
	const deadline_ms = numberOf(view.parameters, "deadline_ms");
	const result_ms = numberOf(view.parameters, "result_ms");
	const { start, stop } = counter(view, deadline_ms + 1000);
	const outcome = await view.play(
		[
			{ draw: () => draw(view, ""), duration_ms: Math.max(0, spec.stimulus.wait_ms - result_ms) },
			{ draw: start, duration_ms: null, target: true },
		],
		deadline_ms,
	);
	stop();
	const early = outcome.early > 0;
	if (result_ms > 0) {
		const told = early
			? () => draw(view, String(view.definition.stimuli["early_text"]), "early")
			: () => draw(view, outcome.rt_ms === null ? "…" : String(Math.round(outcome.rt_ms)));
		await view.play([{ draw: told, duration_ms: result_ms }], result_ms, { to_end: true });
	}
	/* A false start stays one, whatever was pressed after it. */
	return early ? { ...outcome, response: "press", rt_ms: 0 } : outcome;
}

export const pvt: Task<Wait> = {
	name: "pvt",
	exampleCondition: "counter",
	design,
	draw: (canvas) => draw(canvas, "217"),
	run,
	simulate,
	correct: (_spec, { response, rt_ms }) => response !== null && rt_ms !== null && rt_ms >= FASTEST_MS,
	detail: (spec) => ({ wait_ms: spec.stimulus.wait_ms }),
};
