/**
 * The screen a task plays on: a canvas between a thin top line and the answer buttons, and
 * the keyboard. It implements View for one task.
 */
import type { Definition, Parameters, Response } from "../tasks/definition";
import { textIn } from "../tasks/definition";
import type { Outcome, View } from "../tasks/task";
import type { AudioOut } from "./audio";
import { everyFrame, Sequence, type Step } from "./clock";

interface Answer {
	response: string;
	input: NonNullable<Outcome["input"]>;
	time: number;
}

export interface StageTexts {
	/** Names of the canvas and of the group of buttons, for assistive technology. */
	canvas: string;
	answers: string;
	pause: string;
}

const inputOf = (pointerType: string): Answer["input"] =>
	pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";

export class Stage implements View {
	readonly element: HTMLElement;
	frame_ms = 1000 / 60;
	speaker: AudioOut | null = null;
	private readonly canvas = document.createElement("canvas");
	private readonly bar = document.createElement("div");
	private readonly note = document.createElement("span");
	private readonly live = document.createElement("p");
	private readonly context: CanvasRenderingContext2D;
	private readonly resize: ResizeObserver;
	private redraw: () => void = () => void this.blank();
	private listening: ((a: Answer) => void) | null = null;

	constructor(
		readonly definition: Definition,
		readonly parameters: Parameters,
		readonly language: string,
		texts: StageTexts,
		private readonly onPause: () => void,
	) {
		const context = this.canvas.getContext("2d", { alpha: false });
		if (context === null) throw new Error("this browser has no canvas");
		this.context = context;
		this.element = document.createElement("div");
		this.element.className = "stage";
		/* Left and right are part of the task; right-to-left languages must not flip them. */
		this.element.dir = "ltr";
		this.element.dataset["answers"] = String(definition.responses.length);
		this.canvas.setAttribute("role", "img");
		this.canvas.setAttribute("aria-label", texts.canvas);
		this.canvas.className = "stage-canvas";
		/* With one response there is nothing to aim at: a touch anywhere is an answer. */
		const [only, second] = definition.responses;
		if (only !== undefined && second === undefined) this.canvas.addEventListener("pointerdown", this.press(only));
		this.live.setAttribute("role", "status");
		this.live.className = "only-heard";
		this.element.append(this.topLine(texts), this.canvas, this.buttons(texts), this.live);
		this.resize = new ResizeObserver(() => this.fit());
		this.resize.observe(this.canvas);
		addEventListener("keydown", this.onKey, { capture: true });
	}

	destroy(): void {
		/* Ends a presentation that still runs; its promise is nobody's any more. */
		this.listening = null;
		removeEventListener("keydown", this.onKey, { capture: true });
		this.resize.disconnect();
		this.element.remove();
	}

	get audio(): AudioOut {
		if (this.speaker === null) throw new Error("a task without sound has no audio");
		return this.speaker;
	}

	/** Shown between trials only, so that nothing moves while a stimulus is up. */
	setProgress(share: number, note: string): void {
		this.bar.style.width = `${Math.round(1000 * share) / 10}%`;
		this.note.textContent = note;
	}

	private topLine(texts: StageTexts): HTMLElement {
		const line = document.createElement("div");
		line.className = "stage-top";
		const track = document.createElement("div");
		track.className = "stage-track";
		track.append(this.bar);
		this.note.className = "stage-note";
		const pause = document.createElement("button");
		pause.type = "button";
		pause.className = "stage-pause";
		pause.textContent = texts.pause;
		pause.addEventListener("click", this.onPause);
		line.append(track, this.note, pause);
		return line;
	}

	private buttons(texts: StageTexts): HTMLElement {
		const group = document.createElement("div");
		group.className = "stage-answers";
		group.setAttribute("role", "group");
		group.setAttribute("aria-label", texts.answers);
		for (const response of this.definition.responses) group.append(this.button(response));
		return group;
	}

	private button(response: Response): HTMLButtonElement {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "stage-answer";
		button.dataset["response"] = response.name;
		/* The keyboard answers by its own keys; Tab need not stop here during a trial. */
		button.tabIndex = -1;
		const label = document.createElement("span");
		label.lang = this.language;
		label.textContent = textIn(response.label, this.language);
		const key = document.createElement("kbd");
		key.textContent = response.key_label;
		button.append(label, key);
		button.addEventListener("pointerdown", this.press(response));
		return button;
	}

	private press(response: Response): (event: PointerEvent) => void {
		return (event) => {
			event.preventDefault();
			const input = inputOf(event.pointerType);
			this.listening?.({ response: response.name, input, time: event.timeStamp });
		};
	}

	private readonly onKey = (event: KeyboardEvent): void => {
		if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.code === "Escape") this.onPause();
		const { responses } = this.definition;
		/* By what is written on the key, or by its place where the layout has no such letter. */
		const letter = event.key.toUpperCase();
		const response = responses.find((r) => r.key_label === letter) ?? responses.find((r) => r.key === event.code);
		if (response === undefined || this.listening === null) return;
		event.preventDefault();
		this.listening({ response: response.name, input: "key", time: event.timeStamp });
	};

	private fit(): void {
		const { clientWidth, clientHeight } = this.canvas;
		this.canvas.width = Math.max(1, Math.round(clientWidth * devicePixelRatio));
		this.canvas.height = Math.max(1, Math.round(clientHeight * devicePixelRatio));
		this.redraw();
	}

	field(): { side: number; smaller: number } {
		const most = Number(this.definition.stimuli["field_side_max_px"] ?? Infinity);
		const room = Math.min(this.canvas.clientWidth, this.canvas.clientHeight);
		/* A little air, so that no item touches the screen's edge. */
		return { side: Math.min(room - 16, most), smaller: Math.min(room, innerWidth, innerHeight) };
	}

	blank(): CanvasRenderingContext2D {
		const g = this.context;
		const { width, height } = this.canvas;
		g.setTransform(1, 0, 0, 1, 0, 0);
		g.fillStyle = this.definition.stimuli.background;
		g.fillRect(0, 0, width, height);
		g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, width / 2, height / 2);
		return g;
	}

	fixation(): void {
		const g = this.blank();
		g.fillStyle = this.definition.stimuli.foreground;
		g.fillRect(-10, -1.5, 20, 3);
		g.fillRect(-1.5, -10, 3, 20);
	}

	play(steps: Step[], deadline_ms: number, { to_end = false } = {}): Promise<Outcome> {
		const sequence = new Sequence(this.remembering(steps), this.frame_ms);
		const shown = sequence.shown;
		let early = 0;
		let blurred = document.visibilityState === "hidden";
		const onBlur = () => void (blurred = true);
		addEventListener("blur", onBlur);
		document.addEventListener("visibilitychange", onBlur);

		let taken: Answer | null = null;
		/* A last step without an end lasts until the deadline, so that also ends the trial. */
		const open = steps.at(-1)?.duration_ms === null;

		return new Promise((resolve, reject) => {
			const end = () => {
				this.listening = null;
				removeEventListener("blur", onBlur);
				document.removeEventListener("visibilitychange", onBlur);
			};
			const finish = (answer: Answer | null) => {
				end();
				resolve({
					response: answer?.response ?? null,
					rt_ms: answer === null || shown.onset === null ? null : answer.time - shown.onset,
					onset: shown.onset,
					frames_dropped: shown.frames_dropped,
					frame_ms: this.frame_ms,
					event_delay: answer === null ? 0 : performance.now() - answer.time,
					lasted_ms: shown.lasted_ms,
					early,
					input: answer?.input ?? null,
					blurred,
				});
			};
			this.listening = (answer) => {
				if (shown.onset === null || answer.time < shown.onset) early++;
				else if (!to_end) finish(answer);
				else if (answer.time - shown.onset <= deadline_ms) taken ??= answer;
			};
			everyFrame((t) => {
				if (this.listening === null) return false;
				try {
					sequence.frame(t);
				} catch (err) {
					/* A step's sound that cannot be played. */
					end();
					reject(err as Error);
					return false;
				}
				const late = shown.onset !== null && t - shown.onset >= deadline_ms - this.frame_ms / 2;
				if ((!late || (to_end && !open)) && !shown.finished) return true;
				finish(taken);
				return false;
			});
		});
	}

	/** Shows one drawing for a time, ignoring answers. */
	async hold(draw: () => void, duration_ms: number): Promise<void> {
		const sequence = new Sequence(this.remembering([{ draw, duration_ms }]), this.frame_ms);
		await new Promise<void>((resolve) => {
			everyFrame((t) => {
				sequence.frame(t);
				if (sequence.shown.finished) resolve();
				return !sequence.shown.finished;
			});
		});
	}

	/** Practice feedback: a mark and a word. */
	feedback(correct: boolean, text: string): () => void {
		return () => {
			const g = this.blank();
			g.fillStyle = correct ? "#6fdc8c" : "#ff9c9c";
			g.textAlign = "center";
			g.textBaseline = "middle";
			g.font = '600 30px system-ui, "Noto Sans CJK SC", sans-serif';
			g.fillText(`${correct ? "✓" : "✗"} ${text}`, 0, 0);
			this.live.textContent = text;
		};
	}

	/** Each drawing is kept, to be repeated when the window changes its size. */
	private remembering(steps: Step[]): Step[] {
		return steps.map((step) => ({
			...step,
			draw: () => {
				this.redraw = step.draw;
				step.draw();
			},
		}));
	}
}
