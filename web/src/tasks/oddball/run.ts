/** Plays a tone on the audio clock and notes the first press. Nothing changes on the screen. */
import { AudioOut, fromHeard, inTurn, type Sound, tone } from "../../runner/audio";
import { type Definition, numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Tone } from "./design";
import { simulate } from "./simulate";

type Pitch = Pick<Tone, "target">;

function sounding({ target }: Pitch, def: Definition, duration_ms: number, ramp_ms: number): Sound {
	const { standard_hz, target_hz, amplitude } = def.stimuli as Record<string, unknown>;
	return tone({ hz: Number(target ? target_hz : standard_hz), duration_ms, ramp_ms, amplitude: Number(amplitude) });
}

/** The example: what a person sees, and an ear. The cross stays through the whole task. */
function draw(view: Canvas): void {
	const g = view.blank();
	g.fillStyle = view.definition.stimuli.foreground;
	g.fillRect(-10, -1.5, 20, 3);
	g.fillRect(-1.5, -10, 3, 20);
}

async function run(view: View, spec: TrialSpec<Tone>): Promise<Outcome> {
	const { audio, parameters } = view;
	const sound = sounding(spec.stimulus, view.definition, numberOf(parameters, "tone_ms"), numberOf(parameters, "ramp_ms"));
	const start: { playing?: ReturnType<AudioOut["play"]> } = {};
	const step = {
		draw: () => view.fixation(),
		duration_ms: null,
		target: true,
		sound: () => (start.playing = audio.play(sound, spec.stimulus.soa_ms)).onset_ms,
	};
	/* The response window has a fixed length, as tones come in a rhythm of their own. */
	const outcome = await view.play([step], numberOf(parameters, "response_ms"), { to_end: true });
	if (start.playing === undefined) return outcome;
	audio.require(start.playing);
	return { ...fromHeard(outcome, start.playing), sound: start.playing.detail };
}

export const oddball: Task<Tone> = {
	name: "oddball",
	exampleCondition: "target",
	design,
	draw,
	run,
	simulate,
	sound: {
		open: () => new AudioOut(),
		keep: () => Promise.resolve(),
		load: () => Promise.resolve(),
		/* Both tones, twice. */
		sample: (def) => inTurn([false, true, false, true].map((target) => sounding({ target }, def, 100, 10)), 500),
		headphones: false,
	},
	detail: ({ stimulus }) => ({ soa_ms: stimulus.soa_ms }),
};
