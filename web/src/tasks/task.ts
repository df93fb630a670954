/** What every task provides. A new task is a folder beside this file and a row in registry.ts. */
import type { TrialBody } from "../api/types";
import type { AudioOut, Sound, SoundDetail } from "../runner/audio";
import type { Step } from "../runner/clock";
import type { Definition, Parameters } from "./definition";
import type { Rng } from "./rng";

/** One trial to play. `stimulus` is the task's own. */
export interface TrialSpec<S> {
	condition: string;
	/** Name of the right response; null where withholding is right. */
	answer: string | null;
	stimulus: S;
}

export interface Design<S> {
	/** Played with feedback, neither uploaded nor scored. */
	practice: TrialSpec<S>[];
	/** Recorded; the place in the list is the trial's seq. */
	test: TrialSpec<S>[];
}

/** What came of showing a trial and waiting for the answer. */
export interface Outcome {
	/** Name of the response; null when the deadline passed. */
	response: string | null;
	rt_ms: number | null;
	/** On the clock of performance.now(); null when nothing was shown. */
	onset: number | null;
	frames_dropped: number;
	frame_ms: number;
	/** From the event's own time to its handler; 0 without a response. */
	event_delay: number;
	lasted_ms: number[];
	/** Answers given before time zero, which do not count. */
	early: number;
	input: "key" | "touch" | "mouse" | "pen" | null;
	blurred: boolean;
	/** Of a task with sound; it goes into the trial's detail. */
	sound?: SoundDetail;
}

/** Something to draw a stimulus on. */
export interface Canvas {
	readonly definition: Definition;
	readonly language: string;
	/** Side of the square stimulus field, and of the window's smaller side, in CSS pixels. */
	field(): { side: number; smaller: number };
	/** The canvas, cleared, with the origin in the field's centre and CSS pixels as unit. */
	blank(): CanvasRenderingContext2D;
}

/** What a task may do with the screen. */
export interface View extends Canvas {
	readonly parameters: Parameters;
	/** Where a task with `sound` plays; throws in one without. */
	readonly audio: AudioOut;
	fixation(): void;
	/**
	 * Plays the steps and takes the first response from the target's onset on, if it comes
	 * before the deadline. It ends the trial, unless the trial has a fixed length
	 * (`to_end`): then all steps are shown.
	 */
	play(steps: Step[], deadline_ms: number, options?: { to_end?: boolean }): Promise<Outcome>;
}

/** What a task that is heard asks of the player. Its code, not the player's, brings the audio. */
export interface TaskSound {
	open(): AudioOut;
	/** Before the first trial, and for the page on which the loudness is set. */
	load(audio: AudioOut, language: string, definition: Definition): Promise<void>;
	/** What that page plays on request. */
	sample(definition: Definition): Sound;
	/** Asks for headphones, and checks them. */
	headphones: boolean;
}

export interface Task<S = unknown> {
	readonly name: string;
	/** Pure: the same seed, parameters and definition give the same trials for ever. */
	design(seed: number, parameters: Parameters, def: Definition): Design<S>;
	draw(canvas: Canvas, stimulus: S): void;
	/** Condition of the example in the introduction. */
	readonly exampleCondition: string;
	run(view: View, spec: TrialSpec<S>): Promise<Outcome>;
	/** A plausible person, for tests and demonstrations. */
	simulate(spec: TrialSpec<S>, rng: Rng, def: Definition): { response: string | null; rt_ms: number | null };
	readonly sound?: TaskSound;
	/** Where right is more than giving the trial's answer. */
	correct?(spec: TrialSpec<S>, outcome: Outcome): boolean;
	/** Members that the task adds to a trial's detail. */
	detail?(spec: TrialSpec<S>): Record<string, unknown>;
}

export function isCorrect<S>(task: Task<S>, spec: TrialSpec<S>, outcome: Outcome): boolean {
	return task.correct?.(spec, outcome) ?? outcome.response === spec.answer;
}

/** The upload of a played trial. `clockOffset` turns performance.now() into session time. */
export function trialBody<S>(
	task: Task<S>,
	seq: number,
	spec: TrialSpec<S>,
	outcome: Outcome,
	clockOffset: number,
	resumed: boolean,
): TrialBody {
	const flags: NonNullable<TrialBody["flags"]> = [];
	if (outcome.input === "touch" || outcome.input === "pen") flags.push("touch");
	if (outcome.frames_dropped > 0) flags.push("frames_dropped");
	if (outcome.blurred) flags.push("blurred");
	if (resumed) flags.push("resumed");
	if (outcome.response === null && spec.answer !== null) flags.push("timeout");

	const tenth = (x: number) => Math.round(x * 10) / 10;
	const detail: Record<string, unknown> = {
		...task.detail?.(spec),
		frame_ms: Math.round(outcome.frame_ms * 1000) / 1000,
		frames_dropped: outcome.frames_dropped,
		shown_ms: outcome.lasted_ms.map(tenth),
	};
	if (outcome.input !== null) {
		detail["input"] = outcome.input;
		detail["event_delay_ms"] = tenth(outcome.event_delay);
	}
	if (outcome.early > 0) detail["early"] = outcome.early;
	if (outcome.sound !== undefined) detail["sound"] = outcome.sound;

	const body: TrialBody = {
		seq,
		condition: spec.condition,
		correct: isCorrect(task, spec, outcome),
		/* Rounded where it is made, so that a replay sees what the browser saw. */
		rt_ms: outcome.rt_ms === null ? null : Math.fround(outcome.rt_ms),
		flags,
		detail,
	};
	if (outcome.response !== null) body.response = outcome.response;
	if (outcome.onset !== null) {
		const onset = outcome.onset + clockOffset;
		/* The server's clock of a session ends after a day; a later onset is left out. */
		if (onset >= 0 && onset <= 86_400_000) body.onset_ms = onset;
	}
	return body;
}
