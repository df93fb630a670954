/**
 * Plays one session of a task: introduction, practice, blocks of trials with breaks.
 *
 * The design comes from the session's seed, so after a reload the same trials are made
 * again and play goes on at the first one that is not on this device's disk.
 */
import { initJsPsych, type JsPsych } from "jspsych";

type TimelineArray = Exclude<Parameters<JsPsych["run"]>[0], { timeline: unknown }>;
import type { TrialBody } from "../api/types";
import { type Definition, numberOr, type Parameters as Values, textIn } from "../tasks/definition";
import type { Outcome, Task, TrialSpec } from "../tasks/task";
import { isCorrect, trialBody } from "../tasks/task";
import type { AudioOut, Sound } from "./audio";
import { checkSpec, drawCheck } from "./check";
import { measureRefresh } from "./clock";
import { deviceProfile, displayQuality } from "./device";
import { FrameLockedPlugin, PagePlugin } from "./frame_locked";
import type { Outbox } from "./outbox";
import { effectiveParameters, setParameters } from "./parameters";
import { type Decider, type Item, Series } from "./series";
import { Stage, type StageTexts } from "./stage";
import type { LocalSession, Store } from "./store";

export type Page =
	| { kind: "intro" | "resume" | "practice" | "test" }
	| { kind: "break"; block: number; blocks: number | null }
	/** `sound_lost`: because the sound stopped. */
	| { kind: "pause"; sound_lost?: boolean }
	| { kind: "sound"; check: SoundCheck };

/** What the page needs on which the loudness is set and the headphones are checked. */
export interface SoundCheck {
	audio: AudioOut;
	load(): Promise<void>;
	sample(): Sound;
	headphones: boolean;
	/** Kept in the device's profile. */
	found: Record<string, unknown>;
}

export interface PlayerTexts extends StageTexts {
	correct: string;
	wrong: string;
	practice: string;
	/** "12 / 160", and how many trials wait when the server cannot be reached. */
	progress: (done: number, total: number | null, waiting: number) => string;
	/** Asks for the answer of that label, to see whether anybody is there. */
	check: (label: string) => string;
}

export interface PlayerOptions {
	root: HTMLElement;
	store: Store;
	outbox: Outbox;
	session: LocalSession;
	task: Task;
	definition: Definition;
	language: string;
	texts: PlayerTexts;
	/** Fills the display and resolves when the participant goes on or leaves. */
	showPage: (display: HTMLElement, page: Page) => Promise<"go" | "leave">;
	/** Aborted when the page goes elsewhere, as by the browser's back button. */
	signal: AbortSignal;
}

/** Resolves to "played" when every trial is on disk, or to "left" when the participant left. */
export async function playSession(options: PlayerOptions): Promise<"played" | "left"> {
	return new Player(options).play();
}

/** An attention check waits so long. */
const CHECK_DEADLINE_MS = 10_000;

class Player {
	private readonly o: PlayerOptions;
	private readonly stage: Stage;
	private readonly jsPsych: JsPsych;
	private readonly display = document.createElement("div");
	private readonly parameters: Values;
	private readonly feedbackMs: number;
	private readonly gapMs: number;
	/** Of this device's trials of the session: how many, and how many that lost frames. */
	private readonly frames = { trials: 0, dropped: 0 };
	private series!: Series;
	/** Number of trials that an earlier visit kept. */
	private readonly first: number;
	/** Of the last trial: resolves when it is on disk. */
	private stored: Promise<void> = Promise.resolve();
	private practice: TrialSpec<unknown>[] = [];
	private clockOffset = 0;
	private measured: Promise<void> = Promise.resolve();
	private pauseWanted = false;
	private left = false;
	private failure: unknown = null;
	private readonly speaker: AudioOut | null;
	private soundLost = false;

	constructor(options: PlayerOptions) {
		this.o = options;
		const { definition, session } = options;
		this.first = session.next;
		this.parameters = effectiveParameters(definition, session);
		this.feedbackMs = numberOr(this.parameters, "feedback_ms", 800);
		this.gapMs = numberOr(this.parameters, "gap_ms", 0);
		this.stage = new Stage(definition, this.parameters, options.language, options.texts, () => {
			this.pauseWanted = true;
		});
		this.speaker = this.openSound();
		this.display.className = "pages";
		this.jsPsych = initJsPsych({ display_element: this.display });
	}

	async play(): Promise<"played" | "left"> {
		const { root } = this.o;
		const onHidden = () => {
			if (document.visibilityState === "hidden") this.pauseWanted = true;
		};
		const onAbort = () => this.abort();
		/* Every press may start a sound that the browser holds back. */
		const onPress = () => this.speaker?.unlock();
		document.addEventListener("visibilitychange", onHidden);
		this.o.signal.addEventListener("abort", onAbort);
		root.addEventListener("click", onPress, { capture: true });
		root.append(this.stage.element, this.display);
		try {
			await this.begin();
			if (!this.left) await this.jsPsych.run(this.timeline());
		} finally {
			document.removeEventListener("visibilitychange", onHidden);
			this.o.signal.removeEventListener("abort", onAbort);
			root.removeEventListener("click", onPress, { capture: true });
			void this.speaker?.close();
			this.stage.destroy();
			this.display.remove();
			this.o.outbox.flush();
		}
		if (this.failure !== null) throw this.failure;
		return this.left ? "left" : "played";
	}

	private async begin(): Promise<void> {
		const { store, session, task, definition } = this.o;
		const design = task.design(session.seed, this.parameters, definition);
		const kept = (await store.trials(session.id)).map((t) => t.body).filter((body) => body.seq < session.next);
		for (const body of kept) this.count(body);
		this.practice = design.practice;
		this.series = new Series(
			design,
			{
				seed: session.seed,
				blockTrials: numberOr(this.parameters, "block_trials", Infinity),
				catchEvery: numberOr(this.parameters, "catch_every", 0),
				responses: definition.responses.map((r) => r.name),
				decider: await this.decider(),
			},
			kept,
		);
		const begun = await store.changeSession(session.id, (s) => {
			s.state = "running";
			s.total = this.series.total;
			s.started_at ??= Date.now();
		});
		const started = begun?.started_at ?? Date.now();
		this.clockOffset = Date.now() - started - performance.now();
		this.measured = this.measure();
	}

	/** Difficulty that follows the person, where the task has it and the session wants it. */
	private async decider(): Promise<Decider | null> {
		const { definition, session } = this.o;
		if (definition.adaptive === undefined || numberOr(this.parameters, "adaptive", 0) === 0) return null;
		const { Adaptive } = await import("../adaptive/adaptive");
		const adaptive = await Adaptive.open(definition.adaptive);
		adaptive.start(session.seed, session.ability ?? null);
		return adaptive;
	}

	/** Runs while the first page is read. */
	private async measure(): Promise<void> {
		this.stage.frame_ms = await measureRefresh();
		const { session, language, definition } = this.o;
		const device: Record<string, unknown> = { ...deviceProfile(this.stage.frame_ms), language };
		const parameters = setParameters(definition, session);
		if (Object.keys(parameters).length > 0) device["parameters"] = parameters;
		/* What was found out about the sound, before a reload too, stays. */
		const earlier = session.device?.["sound"];
		if (earlier !== undefined) device["sound"] = earlier;
		await this.o.store.changeSession(session.id, (s) => void (s.device = device));
	}

	private openSound(): AudioOut | null {
		const speaker = this.o.task.sound?.open() ?? null;
		if (speaker === null) return null;
		speaker.onLost = () => {
			this.soundLost = true;
			this.pauseWanted = true;
		};
		this.stage.speaker = speaker;
		return speaker;
	}

	/** The page on which sound is loaded and set. What is spoken stays in the session's first language. */
	private async soundPage(display: HTMLElement): Promise<void> {
		const { task, definition, session, store } = this.o;
		const { sound } = task;
		const audio = this.speaker;
		if (sound === undefined || audio === null) return;
		const earlier = session.device?.["sound"] as Record<string, unknown> | undefined;
		const language = String(earlier?.["language"] ?? this.o.language);
		const found: Record<string, unknown> = { ...earlier, language };
		await this.page(display, {
			kind: "sound",
			check: {
				audio,
				load: () => sound.load(audio, language, definition),
				sample: () => sound.sample(definition),
				headphones: sound.headphones && earlier?.["headphones"] === undefined,
				found,
			},
		});
		if (this.left) return;
		await this.measured;
		await store.changeSession(session.id, (s) => {
			s.device = { ...s.device, sound: { ...found, ...audio.profile() } };
		});
	}

	private timeline(): TimelineArray {
		const timeline: TimelineArray = [];
		const page = (p: Page) => {
			timeline.push({ type: PagePlugin, show: (display: HTMLElement) => this.page(display, p) });
		};
		const perform = (run: () => Promise<void>) => {
			timeline.push({ type: FrameLockedPlugin, perform: () => this.guard(run) });
		};
		const sound = () => {
			if (this.speaker === null) return;
			timeline.push({ type: PagePlugin, show: (display: HTMLElement) => this.soundPage(display) });
		};
		if (this.first > 0) {
			page({ kind: "resume" });
			sound();
		} else {
			page({ kind: "intro" });
			sound();
			if (this.practice.length > 0) page({ kind: "practice" });
			for (const spec of this.practice) perform(() => this.practiceTrial(spec));
			page({ kind: "test" });
		}
		/* One entry for all recorded trials: between two, jsPsych would lose a frame. */
		perform(() => this.recordedTrials());
		return timeline;
	}

	/** A trial that cannot be kept must not be followed by another. */
	private async guard(perform: () => Promise<void>): Promise<void> {
		for (;;) {
			if (this.pauseWanted) await this.pause();
			if (this.left) return;
			try {
				await this.measured;
				await this.speaker?.running();
				return await perform();
			} catch (err) {
				/* A trial that was not heard is played again; nothing of it was kept. */
				if (err instanceof Error && err.name === "SoundLost") {
					this.soundLost = true;
					this.pauseWanted = true;
					continue;
				}
				this.failure = err;
				this.abort();
				return;
			}
		}
	}

	private async pause(): Promise<void> {
		const sound_lost = this.soundLost;
		this.soundLost = false;
		await this.page(this.jsPsych.getDisplayElement(), { kind: "pause", sound_lost });
	}

	private abort(): void {
		this.left = true;
		this.jsPsych.abortExperiment();
	}

	private async page(display: HTMLElement, page: Page): Promise<void> {
		this.o.root.classList.add("on-page");
		if (page.kind === "break" || page.kind === "pause") this.o.outbox.flush();
		const answer = await this.o.showPage(display, page);
		/* Aborted meanwhile: jsPsych has gone on without us. */
		if (this.left) return;
		this.pauseWanted = false;
		this.o.root.classList.remove("on-page");
		if (answer === "leave") {
			this.abort();
			return;
		}
		/* An empty moment, so that the press that ended the page is over. */
		await this.stage.hold(() => void this.stage.blank(), 300);
	}

	private async practiceTrial(spec: TrialSpec<unknown>): Promise<void> {
		this.stage.setProgress(0, this.o.texts.practice);
		const outcome = await this.o.task.run(this.stage, spec);
		const correct = isCorrect(this.o.task, spec, outcome);
		const text = correct ? this.o.texts.correct : this.o.texts.wrong;
		await this.stage.hold(this.stage.feedback(correct, text), this.feedbackMs);
		await this.stage.hold(() => void this.stage.blank(), this.gapMs);
	}

	private async recordedTrials(): Promise<void> {
		const { series } = this;
		this.showProgress();
		for (;;) {
			const item = series.next();
			if (item === null) break;
			const rest = series.takeBreak();
			if (rest !== null || this.pauseWanted) {
				/* What a break says of waiting trials counts the last one. */
				await this.stored;
				if (rest === null) await this.pause();
				else await this.page(this.jsPsych.getDisplayElement(), { kind: "break", ...rest });
			}
			if (this.left) return;
			if (this.speaker !== null) await this.speaker.running();
			const body = await this.recordedTrial(item);
			await this.stored;
			this.stored = this.keep(body);
			await this.between();
		}
		await this.stored;
	}

	/** What is kept of one trial; it ends with the answer, or with its fixed length. */
	private async recordedTrial(item: Item): Promise<TrialBody> {
		const { task } = this.o;
		const seq = this.series.done;
		const resumed = seq === this.first && seq > 0;
		if (item.kind === "trial") {
			const outcome = await task.run(this.stage, item.spec);
			return trialBody(task, seq, item.spec, outcome, this.clockOffset, resumed);
		}
		const spec = checkSpec(item.condition, item.answer);
		const body = trialBody(CHECK, seq, spec, await this.check(item.answer), this.clockOffset, resumed);
		return { ...body, flags: [...(body.flags ?? []), "catch"] };
	}

	private check(answer: string): Promise<Outcome> {
		const { definition, language, texts } = this.o;
		const { responses } = definition;
		const label = textIn(responses.find((r) => r.name === answer)?.label, language);
		const draw = () => drawCheck(this.stage, texts.check(label));
		return this.stage.choose(responses, { draw, deadline_ms: CHECK_DEADLINE_MS });
	}

	/** Puts the trial on disk and goes on to the next one's decision. */
	private async keep(body: TrialBody): Promise<void> {
		this.count(body);
		this.series.record(body);
		const { outbox, store, session } = this.o;
		const last = this.series.next() === null;
		if (last) {
			/* Before the end, which sends the device's profile. */
			const quality = displayQuality(this.frames);
			await store.changeSession(session.id, (s) => void (s.device = { ...s.device, quality }));
		}
		await outbox.put(session.id, body, last);
	}

	private count(body: TrialBody): void {
		this.frames.trials++;
		if (body.flags?.includes("frames_dropped") === true) this.frames.dropped++;
	}

	/**
	 * The gap to the next trial, in which the last is put on disk. Without a gap, what a
	 * task showed last stays until its next trial, without a flicker; and where a trial of
	 * fixed length has just ended, the next begins in this frame, and the disk has until
	 * its end.
	 */
	private async between(): Promise<void> {
		const { stored } = this;
		if (this.gapMs === 0) {
			this.showProgress();
			if (this.stage.inFrame && this.series.next() !== null) stored.catch(() => undefined);
			else await stored;
			return;
		}
		const gap = this.stage.hold(() => {
			this.stage.blank();
			this.showProgress();
		}, this.gapMs);
		await Promise.all([stored, gap]);
	}

	private showProgress(): void {
		const { outbox, texts } = this.o;
		const { stalled, waiting } = outbox.status;
		const { done, total, share } = this.series;
		this.stage.setProgress(share, texts.progress(done, total, stalled ? waiting : 0));
	}
}

/** An attention check has no task behind it. */
const CHECK: Pick<Task, "response" | "correct" | "detail"> = {};
