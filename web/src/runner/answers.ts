/**
 * The row of answer buttons below the canvas, and the keys that stand for them. What it
 * offers may change: the definition's responses, those of a question, digits.
 */
import { textIn } from "../tasks/definition";
import type { Option, Outcome } from "../tasks/task";

export interface Answer {
	response: string;
	input: NonNullable<Outcome["input"]>;
	time: number;
}

export const REMOVE = "remove";
export const DONE = "done";

export interface AnswerTexts {
	/** Name of the group, for assistive technology. */
	answers: string;
	remove: string;
	done: string;
}

export const inputOf = (pointerType: string): Answer["input"] =>
	pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";

/** Telephone order; the digits are the same in every language, as those of the stimuli. */
function keypadOptions(texts: AnswerTexts): Option[] {
	const digit = (d: string): Option => ({ name: d, label: d, key: `Digit${d}` });
	return [
		..."123456789".split("").map(digit),
		{ name: REMOVE, label: texts.remove, key: "Backspace" },
		digit("0"),
		{ name: DONE, label: texts.done, key: "Enter" },
	];
}

export class AnswerRow {
	readonly element = document.createElement("div");
	private options: readonly Option[] = [];

	constructor(
		private readonly language: string,
		private readonly texts: AnswerTexts,
		private readonly onPress: (a: Answer) => void,
	) {
		this.element.className = "stage-answers";
		this.element.setAttribute("role", "group");
		this.element.setAttribute("aria-label", texts.answers);
	}

	/** Replaces the buttons, unless they are the same already. */
	show(options: readonly Option[], kind = "buttons"): void {
		if (options === this.options && this.element.dataset["kind"] === kind) return;
		this.options = options;
		this.element.dataset["kind"] = kind;
		this.element.dataset["answers"] = String(options.length);
		this.element.replaceChildren(...options.map((o) => this.button(o)));
	}

	showKeypad(): void {
		if (this.element.dataset["kind"] !== "keypad") this.show(keypadOptions(this.texts), "keypad");
	}

	showDone(): void {
		const done = { name: DONE, label: this.texts.done, key: "Enter", key_label: "⏎" };
		if (this.element.dataset["kind"] !== "done") this.show([done], "done");
	}

	/** Dims what would not be taken now; nothing moves. */
	open(open: boolean): void {
		this.element.classList.toggle("closed", !open);
	}

	/** By what is written on the key, or by its place where the layout has no such letter. */
	named(event: KeyboardEvent): string | null {
		const letter = event.key.toUpperCase();
		const code = event.code.replace(/^Numpad(\d)$/, "Digit$1").replace("NumpadEnter", "Enter");
		const option =
			this.options.find((o) => o.key_label === letter) ??
			this.options.find((o) => o.key !== undefined && (o.key === event.code || o.key === code));
		return option?.name ?? null;
	}

	private button(option: Option): HTMLButtonElement {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "stage-answer";
		button.dataset["response"] = option.name;
		/* The keyboard answers by its own keys; Tab need not stop here during a trial. */
		button.tabIndex = -1;
		const label = document.createElement("span");
		label.lang = this.language;
		label.textContent = typeof option.label === "string" ? option.label : textIn(option.label, this.language);
		button.append(label);
		if (option.key_label !== undefined) {
			const key = document.createElement("kbd");
			key.textContent = option.key_label;
			button.append(key);
		}
		button.addEventListener("pointerdown", (event) => {
			event.preventDefault();
			this.onPress({ response: option.name, input: inputOf(event.pointerType), time: event.timeStamp });
		});
		/* Assistive technology presses without a pointer. */
		button.addEventListener("click", (event) => {
			if (event.detail === 0) this.onPress({ response: option.name, input: "key", time: event.timeStamp });
		});
		return button;
	}
}
