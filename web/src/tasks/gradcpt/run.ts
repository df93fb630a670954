/** Fades one picture into the next without a stop; the first press of a window counts. */
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import type { Step } from "../../runner/clock";
import { design, type Fading, SCENES } from "./design";
import { mixtureAt } from "./fading";
import { nameOf, pictureOf, type Scene } from "./scenes";
import { simulate } from "./simulate";

function picture(g: CanvasRenderingContext2D, scene: Scene | null, strength: number, x: number, side: number): void {
	if (scene === null || strength <= 0) return;
	g.globalAlpha = strength;
	g.drawImage(pictureOf(scene), x - side / 2, -side / 2, side, side);
	g.globalAlpha = 1;
}

const sideOf = (view: Canvas): number => view.field().smaller * Number(view.definition.stimuli["picture_share"]);

/** The first picture is whole under the second, so that together they are never dimmed. */
function blend(view: Canvas, from: Scene | null, to: Scene | null, share: number): void {
	const g = view.blank();
	const side = sideOf(view);
	picture(g, from, to === null ? 1 - share : 1, 0, side);
	picture(g, to, share, 0, side);
}

/** The example: a city and a mountain side by side. */
function draw(view: Canvas, { scene }: Fading): void {
	const g = view.blank();
	const side = view.field().smaller * 0.52;
	picture(g, { kind: "city", index: scene.index }, 1, -side * 0.53, side);
	picture(g, { kind: "mountain", index: scene.index }, 1, side * 0.53, side);
}

/** Painting takes a moment, which must not fall into a trial. */
function paintAll(): void {
	for (const kind of ["city", "mountain"] as const) {
		for (let index = 0; index < SCENES; index++) pictureOf({ kind, index });
	}
}

/* When the last trial ended, to know whether its pictures are still up. */
let ended = -Infinity;
const JUST_NOW_MS = 100;

async function run(view: View, { stimulus }: TrialSpec<Fading>): Promise<Outcome> {
	paintAll();
	const length = numberOf(view.parameters, "image_ms");
	const boundary = Number(view.definition.stimuli["boundary"]);
	const lead = boundary * length;
	/* After a break or a pause the picture comes out of nothing. */
	const goesOn = stimulus.previous !== null && performance.now() - ended < JUST_NOW_MS;
	const scenes = { ...stimulus, previous: goesOn ? stimulus.previous : null };
	const entry = (elapsed_ms: number) => blend(view, null, stimulus.scene, elapsed_ms / length);
	const window = (elapsed_ms: number) => {
		const { from, to, share } = mixtureAt(elapsed_ms / length, boundary);
		blend(view, scenes[from], scenes[to], share);
	};
	const steps: Step[] = [{ draw: () => window(0), animate: window, duration_ms: length, target: true }];
	if (!goesOn) steps.unshift({ draw: () => entry(0), animate: entry, duration_ms: lead });
	const outcome = await view.play(steps, length, { to_end: true });
	ended = performance.now();
	/* Counted from where the picture began to fade in. */
	return {
		...outcome,
		rt_ms: outcome.rt_ms === null ? null : outcome.rt_ms + lead,
		onset: outcome.onset === null ? null : outcome.onset - lead,
	};
}

export const gradcpt: Task<Fading> = {
	name: "gradcpt",
	exampleCondition: "city",
	design,
	draw,
	run,
	simulate,
	detail: ({ stimulus }) => ({ scene: nameOf(stimulus.scene) }),
};
