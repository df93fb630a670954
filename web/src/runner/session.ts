/**
 * Plays one session of a task: introduction, practice, blocks of trials with breaks.
 *
 * The design comes from the session's seed, so after a reload the same trials are made
 * again and play goes on at the first one that is not on this device's disk.
 */
import { initJsPsych, type JsPsych } from "jspsych";

type TimelineArray = Exclude<Parameters<JsPsych["run"]>[0], { timeline: unknown }>;
import { type Definition, numberOf, parametersOf } from "../tasks/definition";
import type { Task, TrialSpec } from "../tasks/task";
import { isCorrect, trialBody } from "../tasks/task";
import type { AudioOut, Sound } from "./audio";
import { measureRefresh } from "./clock";
import { deviceProfile } from "./device";
import { FrameLockedPlugin, PagePlugin } from "./frame_locked";
import type { Outbox } from "./outbox";
import { Stage, type StageTexts } from "./stage";
import type { LocalSession, Store } from "./store";

export type Page =
	| { kind: "intro" | "resume" | "practice" | "test" }
	| { kind: "break"; block: number; blocks: number }
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
	progress: (done: number, total: number, waiting: number) => string;
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

class Player {
	private readonly o: PlayerOptions;
	private readonly stage: Stage;
	private readonly jsPsych: JsPsych;
	private readonly display = document.createElement("div");
	private readonly practice: TrialSpec<unknown>[];
	private readonly test: TrialSpec<unknown>[];
	private readonly first: number;
	private readonly blockTrials: number;
	private readonly feedbackMs: number;
	private readonly gapMs: number;
	private clockOffset = 0;
	private measured: Promise<void> = Promise.resolve();
	private pauseWanted = false;
	private left = false;
	private failure: unknown = null;
	private readonly speaker: AudioOut | null;
	private soundLost = false;

	constructor(options: PlayerOptions) {
		this.o = options;
		const { definition, session, task } = options;
		const parameters = parametersOf(definition, session.overrides);
		const design = task.design(session.seed, parameters, definition);
		this.practice = design.practice;
		this.test = design.test;
		this.first = session.next;
		this.blockTrials = numberOf(parameters, "block_trials");
		this.feedbackMs = numberOf(parameters, "feedback_ms");
		this.gapMs = numberOf(parameters, "gap_ms");
		this.stage = new Stage(definition, parameters, options.language, options.texts, () => {
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
			await this.jsPsych.run(this.timeline());
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
		const begun = await this.o.store.changeSession(this.o.session.id, (s) => {
			s.state = "running";
			s.total = this.test.length;
			s.started_at ??= Date.now();
		});
		const started = begun?.started_at ?? Date.now();
		this.clockOffset = Date.now() - started - performance.now();
		this.measured = this.measure();
	}

	/** Runs while the first page is read. */
	private async measure(): Promise<void> {
		this.stage.frame_ms = await measureRefresh();
		const { id, overrides } = this.o.session;
		const device: Record<string, unknown> = { ...deviceProfile(this.stage.frame_ms), language: this.o.language };
		if (Object.keys(overrides).length > 0) device["parameters"] = overrides;
		/* What was found out about the sound, before a reload too, stays. */
		const earlier = this.o.session.device?.["sound"];
		if (earlier !== undefined) device["sound"] = earlier;
		await this.o.store.changeSession(id, (s) => void (s.device = device));
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
		const trial = (perform: () => Promise<void>) => {
			timeline.push({ type: FrameLockedPlugin, perform: () => this.guard(perform) });
		};
		const total = this.test.length;
		const blocks = Math.ceil(total / this.blockTrials);

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
			for (const spec of this.practice) trial(() => this.practiceTrial(spec));
			page({ kind: "test" });
		}
		for (let seq = this.first; seq < total; seq++) {
			const spec = this.test[seq] as TrialSpec<unknown>;
			trial(() => this.testTrial(seq, spec));
			if ((seq + 1) % this.blockTrials === 0 && seq + 1 < total) {
				page({ kind: "break", block: (seq + 1) / this.blockTrials, blocks });
			}
		}
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

	private async testTrial(seq: number, spec: TrialSpec<unknown>): Promise<void> {
		const { task, outbox, session, texts } = this.o;
		const total = this.test.length;
		const progress = (done: number) => {
			const { stalled, waiting } = outbox.status;
			this.stage.setProgress(done / total, texts.progress(done, total, stalled ? waiting : 0));
		};
		if (seq === this.first) progress(seq);
		const outcome = await task.run(this.stage, spec);
		const resumed = seq === this.first && this.first > 0;
		const body = trialBody(task, seq, spec, outcome, this.clockOffset, resumed);
		/* Without a gap, what a task showed last stays until its next trial: no flicker. */
		const gap = this.stage.hold(() => {
			if (this.gapMs > 0) this.stage.blank();
			progress(seq + 1);
		}, this.gapMs);
		await Promise.all([outbox.put(session.id, body), gap]);
	}
}
