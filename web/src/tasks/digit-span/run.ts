/** Shows digits one by one, then takes the sequence from the keypad. */
import type { Texts } from "../../api/types";
import type { Step } from "../../runner/clock";
import { numberOf, textIn } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { type Digits, design } from "./design";
import { simulate } from "./simulate";

/** More than is asked for can be typed, so that the keypad does not tell the length. */
const TYPED_MOST = 16;

function write(g: CanvasRenderingContext2D, text: string, y: number, size: number, weight = 500): void {
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.font = `${weight} ${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
	g.fillText(text, 0, y);
}

/** What is asked for, above: the order, with an arrow that needs no reading. */
function heading(view: Canvas, backward: boolean): CanvasRenderingContext2D {
	const g = view.blank();
	const { side, smaller } = view.field();
	const { colours, order_texts } = view.definition.stimuli;
	const text = textIn((order_texts as Record<string, Texts>)[backward ? "backward" : "forward"], view.language);
	g.fillStyle = colours[backward ? "backward" : "forward"] ?? "#f2f2f2";
	g.direction = "ltr";
	const size = Math.max(15, Math.min(24, smaller * 0.06));
	write(g, backward ? `← ${text}` : `${text} →`, -0.4 * side, size, 600);
	g.fillStyle = view.definition.stimuli.foreground;
	return g;
}

function digit(view: Canvas, { backward }: Digits, text: string): void {
	const g = heading(view, backward);
	const size = view.field().smaller * Number(view.definition.stimuli["digit_share"]);
	write(g, text, 0.05 * size, size);
}

/** The digits typed so far over a line that waits for more. */
function typed(view: Canvas, { backward }: Digits, given: readonly string[]): void {
	const g = heading(view, backward);
	const { smaller } = view.field();
	const size = Math.min(smaller * 0.16, (smaller * 1.5) / Math.max(1, given.length));
	write(g, given.join(" "), 0, size);
	const half = Math.min(smaller * 0.45, Math.max(size, given.length * size * 0.45));
	g.fillRect(-half, 0.65 * size, 2 * half, 2);
}

async function run(view: View, { stimulus }: TrialSpec<Digits>): Promise<Outcome> {
	const ms = (name: string) => numberOf(view.parameters, name);
	const steps: Step[] = [{ draw: () => void heading(view, stimulus.backward), duration_ms: ms("lead_ms") }];
	for (const d of stimulus.digits) {
		steps.push({ draw: () => digit(view, stimulus, String(d)), duration_ms: ms("digit_ms") });
		if (ms("digit_gap_ms") > 0) {
			steps.push({ draw: () => void heading(view, stimulus.backward), duration_ms: ms("digit_gap_ms") });
		}
	}
	return view.collect({
		steps,
		keypad: true,
		draw: (given) => typed(view, stimulus, given),
		most: TYPED_MOST,
		deadline_ms: ms("deadline_ms"),
	});
}

const asked = ({ digits, backward }: Digits) => (backward ? digits.slice().reverse() : digits).join("");
const answered = (outcome: Outcome) => outcome.given?.map((g) => g.name).join("");

export const digitSpan: Task<Digits> = {
	name: "digit-span",
	exampleCondition: "forward",
	design,
	draw: (canvas, stimulus) => digit(canvas, stimulus, String(stimulus.digits[0])),
	run,
	simulate,
	response: ({ stimulus }, outcome) => {
		if (outcome.given === undefined || outcome.response === null) return outcome.response;
		return answered(outcome) === asked(stimulus) ? "right" : "wrong";
	},
	detail: ({ stimulus }, outcome) => ({
		digits: stimulus.digits.join(""),
		...(outcome.given && { given: answered(outcome), given_ms: outcome.given.map((g) => Math.round(g.at_ms)) }),
	}),
};
