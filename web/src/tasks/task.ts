/** What every task provides. A new task is a folder beside this file and a row in registry.ts. */
import type { Texts, TrialBody } from "../api/types";
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
	/** Stored with the trial as it is; where the difficulty adapts, the very number given. */
	difficulty?: number;
}

/** A trial that was recorded, for what follows from the answers. No attention checks. */
export interface Played {
	condition: string;
	correct: boolean;
	response: string | null;
	rt_ms: number | null;
	difficulty: number | null;
}

/**
 * Trials that depend on the answers so far. Pure, and given the trials from the first on
 * each time: after a reload the kept trials are gone through again.
 */
export interface Follow<S> {
	/** Upper bound of the number of trials, for progress. */
	most: number;
	/** `difficulty`: the number for this trial where the difficulty adapts, else null. null: over. */
	next(played: readonly Played[], difficulty: number | null): TrialSpec<S> | null;
	/** Whether a break comes before the next trial; without it, after each block_trials. */
	breakBefore?(played: readonly Played[]): boolean;
}

export interface Design<S> {
	/** Played with feedback, neither uploaded nor scored. */
	practice: TrialSpec<S>[];
	/** Recorded, in this order; empty where the trials follow the answers. */
	test: TrialSpec<S>[];
	follow?: Follow<S>;
}

/** One of several answers of a trial; time from when answering opened. */
export interface Given {
	name: string;
	at_ms: number;
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
	/** Of collect(): the answers, in the order given, without those taken back. */
	given?: readonly Given[];
	/** Of play() to the end: every answer from the target's onset on, the first included. */
	presses?: readonly Given[];
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

/** A place on the canvas that can be pressed: centre and radius in CSS pixels from its centre. */
export interface Place {
	name: string;
	x: number;
	y: number;
	r: number;
}

/** An answer button for one question; a key by its code and by what is written on it. */
export interface Option {
	name: string;
	label: Texts | string;
	key?: string;
	key_label?: string;
}

export interface Question {
	draw(): void;
	deadline_ms: number;
}

export interface Collecting {
	/** Shown before answering opens, all of them. */
	steps?: Step[];
	/**
	 * Places to press; asked for again whenever they matter, as the window may change. By
	 * keyboard: arrow keys move a cursor, the space bar presses.
	 */
	places?: () => readonly Place[];
	/** Digits, take back, done. By keyboard: 0-9, Backspace, Enter. */
	keypad?: boolean;
	/** `cursor`: the place that the keyboard is at, to be seen; null before it is used. */
	draw(given: readonly string[], cursor: string | null): void;
	/** At most so many answers. */
	most: number;
	/** Done is refused below so many; default 1. */
	least?: number;
	/** Pressing a chosen place again takes it back; otherwise it counts again. */
	toggle?: boolean;
	/** From when answering opens. */
	deadline_ms: number;
	/** The last of `most` answers ends the trial, and there is no button for it. */
	auto_done?: boolean;
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
	/** Asks one question by buttons of its own; time zero is the onset of draw(). */
	choose(options: readonly Option[], question: Question): Promise<Outcome>;
	/**
	 * Takes several answers. `response` is "done", or null at the deadline; the answers are
	 * in `given`. Time zero is when answering opens, rt_ms that of the end.
	 */
	collect(settings: Collecting): Promise<Outcome & { given: readonly Given[] }>;
}

/** What a task that is heard asks of the player. Its code, not the player's, brings the audio. */
export interface TaskSound {
	open(): AudioOut;
	/** Keeps its files on this device, for times without a network. */
	keep(language: string): Promise<void>;
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
	/** The response to store, one of the definition's, where it is not the outcome's. */
	response?(spec: TrialSpec<S>, outcome: Outcome): string | null;
	/** Where right is more than giving the trial's answer. */
	correct?(spec: TrialSpec<S>, outcome: Outcome): boolean;
	/** Members that the task adds to a trial's detail. */
	detail?(spec: TrialSpec<S>, outcome: Outcome): Record<string, unknown>;
}

type Judging<S> = Pick<Task<S>, "response" | "correct" | "detail">;

function responseOf<S>(task: Judging<S>, spec: TrialSpec<S>, outcome: Outcome): string | null {
	return task.response === undefined ? outcome.response : task.response(spec, outcome);
}

export function isCorrect<S>(task: Judging<S>, spec: TrialSpec<S>, outcome: Outcome): boolean {
	return task.correct?.(spec, outcome) ?? responseOf(task, spec, outcome) === spec.answer;
}

/** What a stored trial tells the design of a dynamic session; null: an attention check. */
export function playedOf(body: TrialBody): Played | null {
	if (body.flags?.includes("catch") === true) return null;
	const { condition, correct, response = null, rt_ms, difficulty = null } = body;
	return { condition, correct, response, rt_ms, difficulty };
}

/** The upload of a played trial. `clockOffset` turns performance.now() into session time. */
export function trialBody<S>(
	task: Judging<S>,
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
	const response = responseOf(task, spec, outcome);
	if (response === null && spec.answer !== null) flags.push("timeout");

	const tenth = (x: number) => Math.round(x * 10) / 10;
	const detail: Record<string, unknown> = {
		...task.detail?.(spec, outcome),
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
	if (response !== null) body.response = response;
	if (spec.difficulty !== undefined) body.difficulty = spec.difficulty;
	if (outcome.onset !== null) {
		const onset = outcome.onset + clockOffset;
		/* The server's clock of a session ends after a day; a later onset is left out. */
		if (onset >= 0 && onset <= 86_400_000) body.onset_ms = onset;
	}
	return body;
}
