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
import { measureRefresh } from "./clock";
import { deviceProfile } from "./device";
import { FrameLockedPlugin, PagePlugin } from "./frame_locked";
import type { Outbox } from "./outbox";
import { Stage, type StageTexts } from "./stage";
import type { LocalSession, Store } from "./store";

export type Page =
	| { kind: "intro" | "resume" | "practice" | "test" }
	| { kind: "break"; block: number; blocks: number }
	| { kind: "pause" };

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
		this.display.className = "pages";
		this.jsPsych = initJsPsych({ display_element: this.display });
	}

	async play(): Promise<"played" | "left"> {
		const { root } = this.o;
		const onHidden = () => {
			if (document.visibilityState === "hidden") this.pauseWanted = true;
		};
		const onAbort = () => this.abort();
		document.addEventListener("visibilitychange", onHidden);
		this.o.signal.addEventListener("abort", onAbort);
		root.append(this.stage.element, this.display);
		try {
			await this.begin();
			await this.jsPsych.run(this.timeline());
		} finally {
			document.removeEventListener("visibilitychange", onHidden);
			this.o.signal.removeEventListener("abort", onAbort);
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
		await this.o.store.changeSession(id, (s) => void (s.device = device));
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

		if (this.first > 0) {
			page({ kind: "resume" });
		} else {
			page({ kind: "intro" });
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
		if (this.pauseWanted) await this.page(this.jsPsych.getDisplayElement(), { kind: "pause" });
		if (this.left) return;
		try {
			await this.measured;
			await perform();
		} catch (err) {
			this.failure = err;
			this.abort();
		}
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
