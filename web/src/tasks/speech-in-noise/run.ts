/** Plays three digits in babble, then takes three digits from the keypad. */
import { AudioOut } from "../../runner/audio";
import { keepSound } from "../../runner/sounds";
import { numberOf } from "../definition";
import type { Canvas, Outcome, Task, TrialSpec, View } from "../task";
import { design, type Triplet } from "./design";
import { type Bank, decodeBank, times, triplet } from "./mix";
import { simulate } from "./simulate";

export { decodeBank, times, triplet };

/* One language at a time; load() is called before anything is heard. */
let bank: Bank | null = null;

function loaded(): Bank {
	if (bank === null) throw new Error("the sounds are not loaded");
	return bank;
}

function spoken(language: string): (typeof SPEECH)[string] {
	const index = SPEECH[language] ?? SPEECH["en"];
	if (index === undefined) throw new Error("nothing is spoken");
	return index;
}

const keep = (language: string) =>
	keepSound(spoken(language).file, Object.values(SPEECH).map((s) => s.file));

async function load(audio: AudioOut, language: string): Promise<void> {
	const index = spoken(language);
	/* A full disk keeps nothing, and the sounds can be heard all the same. */
	await keep(language).catch(() => undefined);
	const answer = await fetch(index.file);
	if (!answer.ok) throw new Error(`${index.file}: ${answer.status}`);
	bank = await decodeBank(audio.context, await answer.arrayBuffer(), index);
}

/** Three places with the digits so far. */
function drawEntry(view: Canvas, given: readonly string[]): void {
	const { foreground } = view.definition.stimuli;
	const { side } = view.field();
	const size = Math.min(72, side / 5);
	const g = view.blank();
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.font = `500 ${size * 0.6}px system-ui, sans-serif`;
	g.fillStyle = foreground;
	for (let i = 0; i < 3; i++) {
		const x = (i - 1) * size * 1.25;
		/* The place that comes next is brighter. */
		g.globalAlpha = i === given.length ? 1 : 0.45;
		g.fillRect(x - size / 2, size * 0.45, size, 3);
		g.globalAlpha = 1;
		if (given[i] !== undefined) g.fillText(given[i] as string, x, 0);
	}
}

async function run(view: View, spec: TrialSpec<Triplet>): Promise<Outcome> {
	const { audio } = view;
	const { digits, snr_db, place } = spec.stimulus;
	const heard: { playing?: ReturnType<AudioOut["play"]> } = {};
	const around = { lead_ms: numberOf(view.parameters, "lead_ms"), tail_ms: numberOf(view.parameters, "tail_ms") };
	const length_ms = 1000 * times(loaded(), digits, around).end;
	const outcome = await view.collect({
		steps: [
			{
				draw: () => view.fixation(),
				/* Until the babble is over, which begins a little after this is drawn. */
				duration_ms: length_ms + 120,
				sound: () => (heard.playing = audio.play(triplet(loaded(), digits, snr_db, place, around))).onset_ms,
			},
		],
		keypad: true,
		most: 3,
		least: 3,
		draw: (given) => drawEntry(view, given),
		deadline_ms: numberOf(view.parameters, "deadline_ms"),
	});
	if (heard.playing === undefined) return outcome;
	audio.require(heard.playing);
	return { ...outcome, sound: { ...heard.playing.detail, soa_ms: null } };
}

const said = (outcome: Pick<Outcome, "given">) => (outcome.given ?? []).map((g) => g.name).join("");

export const speechInNoise: Task<Triplet> = {
	name: "speech-in-noise",
	exampleCondition: "triplet",
	design,
	draw: (view) => drawEntry(view, ["3", "7"]),
	run,
	simulate,
	sound: {
		open: () => new AudioOut(),
		keep,
		load,
		sample: () => triplet(loaded(), [4, 1, 8], 6, 0, { lead_ms: 600, tail_ms: 400 }),
		headphones: true,
	},
	/* A triplet is right only when all three digits are, in their order. */
	response: ({ stimulus }, outcome) =>
		outcome.response === null ? null : said(outcome) === stimulus.digits.join("") ? "right" : "wrong",
	detail: ({ stimulus }, outcome) => ({
		digits: stimulus.digits.join(""),
		given: said(outcome),
		place: Math.round(1000 * stimulus.place) / 1000,
	}),
};
