/**
 * The screen a task plays on: a canvas between a thin top line and the answer buttons, and
 * the keyboard. It implements View for one task.
 */
import { directionOf } from "../i18n/messages";
import type { Definition, Parameters } from "../tasks/definition";
import type { Collecting, Given, Option, Outcome, Question, View } from "../tasks/task";
import { type Answer, AnswerRow, type AnswerTexts, DONE, inputOf, REMOVE } from "./answers";
import type { AudioOut } from "./audio";
import { FrameMoment, Sequence, type Step } from "./clock";
import { Collection, type Direction, placeAt, placeTowards } from "./collection";

export interface StageTexts extends AnswerTexts {
	/** Name of the canvas, for assistive technology. */
	canvas: string;
	pause: string;
}

const ARROWS: Readonly<Record<string, Direction>> = {
	ArrowLeft: "left",
	ArrowRight: "right",
	ArrowUp: "up",
	ArrowDown: "down",
};

/** What a presentation makes of answers that come in time. */
interface Taking {
	deadline_ms: number;
	/** All steps are shown, whatever is answered. */
	to_end?: boolean;
	/** Answers whether it ends the presentation. */
	take: (answer: Answer, at_ms: number) => boolean;
	/** The answer that an end without one has. */
	taken?: () => Answer | null;
}

export class Stage implements View {
	readonly element: HTMLElement;
	frame_ms = 1000 / 60;
	speaker: AudioOut | null = null;
	private readonly canvas = document.createElement("canvas");
	private readonly bar = document.createElement("div");
	private readonly note = document.createElement("span");
	private readonly live = document.createElement("p");
	private readonly answers: AnswerRow;
	private readonly usual: readonly Option[];
	private readonly context: CanvasRenderingContext2D;
	private readonly resize: ResizeObserver;
	private readonly moment = new FrameMoment();
	private redraw: () => void = () => void this.blank();
	private listening: ((a: Answer) => void) | null = null;
	/** Keys and presses on the canvas while several answers are collected. */
	private onPlaces: { key: (e: KeyboardEvent) => boolean; press: (e: PointerEvent) => void } | null = null;

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
		const input = definition.input ?? "buttons";
		this.element.dataset["input"] = input;
		this.canvas.setAttribute("role", "img");
		this.canvas.setAttribute("aria-label", texts.canvas);
		this.canvas.className = "stage-canvas";
		this.canvas.addEventListener("pointerdown", (event) => this.onCanvas(event));
		this.live.setAttribute("role", "status");
		this.live.className = "only-heard";
		this.answers = new AnswerRow(language, texts, (answer) => this.listening?.(answer));
		this.usual = input === "buttons" ? definition.responses : [];
		this.answers.show(this.usual);
		/* There from the start, as the canvas must not change its size under a stimulus. */
		if (input === "keypad") this.answers.showKeypad();
		if (input === "places") this.answers.showDone();
		this.answers.open(this.usual.length > 0);
		this.element.append(this.topLine(texts), this.canvas, this.answers.element, this.live);
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

	/** Whether a presentation ended in this very frame, so that the next may begin in it. */
	get inFrame(): boolean {
		return this.moment.now !== null;
	}

	/** Shown between trials only, so that nothing moves while a stimulus is up. */
	setProgress(share: number, note: string): void {
		this.bar.style.width = `${Math.round(1000 * share) / 10}%`;
		this.note.textContent = note;
	}

	private topLine(texts: StageTexts): HTMLElement {
		const line = document.createElement("div");
		line.className = "stage-top";
		/* Words and progress in the reader's direction; nothing of it is a stimulus. */
		line.dir = directionOf(this.language);
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

	private onCanvas(event: PointerEvent): void {
		if (this.onPlaces !== null) {
			event.preventDefault();
			this.onPlaces.press(event);
			return;
		}
		/* With one response there is nothing to aim at: a touch anywhere is an answer. */
		const [only, second] = this.usual;
		if (only === undefined || second !== undefined) return;
		event.preventDefault();
		this.listening?.({ response: only.name, input: inputOf(event.pointerType), time: event.timeStamp });
	}

	private readonly onKey = (event: KeyboardEvent): void => {
		if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.code === "Escape") this.onPause();
		if (this.listening === null) return;
		if (this.onPlaces?.key(event) === true) {
			event.preventDefault();
			return;
		}
		const response = this.answers.named(event);
		if (response === null) return;
		event.preventDefault();
		this.listening({ response, input: "key", time: event.timeStamp });
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

	async play(steps: Step[], deadline_ms: number, { to_end = false } = {}): Promise<Outcome> {
		if (!to_end) return this.present(steps, { deadline_ms, take: () => true });
		let first: Answer | null = null;
		const presses: Given[] = [];
		const take = (answer: Answer, at_ms: number) => {
			presses.push({ name: answer.response, at_ms });
			if (at_ms <= deadline_ms) first ??= answer;
			return false;
		};
		const outcome = await this.present(steps, { deadline_ms, to_end, take, taken: () => first });
		return { ...outcome, presses };
	}

	async choose(options: readonly Option[], { draw, deadline_ms }: Question): Promise<Outcome> {
		const steps = [
			{
				draw: () => {
					this.answers.show(options);
					this.answers.open(true);
					draw();
				},
				duration_ms: null,
				target: true,
			},
		];
		const outcome = await this.present(steps, { deadline_ms, take: () => true });
		this.answers.show(this.usual);
		this.answers.open(this.usual.length > 0);
		return outcome;
	}

	async collect(s: Collecting): Promise<Outcome & { given: readonly Given[] }> {
		const c = new Collection(s);
		let cursor: string | null = null;
		const drawn = () => s.draw(c.names, cursor);
		const changed = () => {
			drawn();
			this.answers.open(c.enough || s.keypad === true);
			this.live.textContent = s.keypad === true ? c.names.join(" ") : String(c.given.length);
		};
		if (s.keypad === true) this.answers.showKeypad();
		else if (s.auto_done === true) this.answers.show([]);
		else this.answers.showDone();
		this.answers.open(false);
		if (s.places !== undefined) {
			const { places } = s;
			const moved = (to: string | null) => {
				cursor = to;
				this.canvas.dataset["cursor"] = to ?? "";
				if (this.answering) drawn();
			};
			moved(null);
			this.onPlaces = this.placeInput(places, () => cursor, moved, s.auto_done === true);
		}
		const opened = () => {
			this.answering = true;
			changed();
		};
		const steps: Step[] = [...(s.steps ?? []), { draw: opened, duration_ms: null, target: true }];
		/* Drawn again with what was given until then, should the window change. */
		const outcome = await this.present(steps, {
			deadline_ms: s.deadline_ms,
			take: (answer, at_ms) => {
				if (answer.response === DONE) return c.enough;
				if (answer.response === REMOVE) c.takeBack();
				else c.press(answer.response, at_ms);
				changed();
				return c.over;
			},
		});
		this.answering = false;
		this.onPlaces = null;
		delete this.canvas.dataset["cursor"];
		this.answers.open(false);
		this.live.textContent = "";
		return { ...outcome, response: outcome.response === null ? null : "done", given: c.given };
	}

	/** Whether collect() takes answers by now. */
	private answering = false;

	private placeInput(
		places: NonNullable<Collecting["places"]>,
		cursor: () => string | null,
		moved: (to: string | null) => void,
		enterPresses: boolean,
	): NonNullable<Stage["onPlaces"]> {
		return {
			key: (event) => {
				const direction = ARROWS[event.code];
				if (direction !== undefined) {
					moved(placeTowards(places(), cursor(), direction));
					return true;
				}
				if (event.code !== "Space" && !(enterPresses && event.code === "Enter")) return false;
				const at = cursor();
				if (at !== null) this.listening?.({ response: at, input: "key", time: event.timeStamp });
				return true;
			},
			press: (event) => {
				const box = this.canvas.getBoundingClientRect();
				const x = event.clientX - box.left - box.width / 2;
				const y = event.clientY - box.top - box.height / 2;
				const place = placeAt(places(), x, y);
				if (place === null) return;
				this.listening?.({ response: place.name, input: inputOf(event.pointerType), time: event.timeStamp });
			},
		};
	}

	private present(steps: Step[], taking: Taking): Promise<Outcome> {
		const { deadline_ms, to_end = false, take, taken = () => null } = taking;
		const sequence = new Sequence(this.remembering(steps), this.frame_ms);
		const shown = sequence.shown;
		let early = 0;
		let blurred = document.visibilityState === "hidden";
		const onBlur = () => void (blurred = true);
		addEventListener("blur", onBlur);
		document.addEventListener("visibilitychange", onBlur);

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
			const listening = (answer: Answer) => {
				if (shown.onset === null || answer.time < shown.onset) early++;
				else if (take(answer, answer.time - shown.onset)) finish(answer);
			};
			this.listening = listening;
			this.moment.everyFrame((t) => {
				/* Ended by an answer; the next presentation may listen already. */
				if (this.listening !== listening) return false;
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
				finish(taken());
				return false;
			});
		});
	}

	/** Shows one drawing for a time, ignoring answers. */
	async hold(draw: () => void, duration_ms: number): Promise<void> {
		const sequence = new Sequence(this.remembering([{ draw, duration_ms }]), this.frame_ms);
		await new Promise<void>((resolve) => {
			this.moment.everyFrame((t) => {
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
		return steps.map((step) => {
			const { draw, animate } = step;
			const kept: Step = {
				...step,
				draw: () => {
					this.redraw = draw;
					draw();
				},
			};
			if (animate !== undefined) {
				kept.animate = (elapsed_ms) => {
					this.redraw = () => animate(elapsed_ms);
					animate(elapsed_ms);
				};
			}
			return kept;
		});
	}
}
