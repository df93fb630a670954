/** An attention check: a sentence that asks for one of the answers. */
import type { Canvas, TrialSpec } from "../tasks/task";

export function checkSpec(condition: string, answer: string): TrialSpec<null> {
	return { condition, answer, stimulus: null };
}

/** Lines of words that fit the width; a text without spaces is one line. */
export function linesOf(text: string, width: number, measure: (line: string) => number): string[] {
	const lines: string[] = [];
	for (const word of text.split(" ")) {
		const line = lines.at(-1);
		if (line !== undefined && measure(`${line} ${word}`) <= width) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(word);
	}
	return lines;
}

export function drawCheck(canvas: Canvas, text: string): void {
	const g = canvas.blank();
	const { smaller } = canvas.field();
	const size = Math.max(18, Math.min(30, smaller * 0.07));
	g.font = `600 ${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
	g.fillStyle = canvas.definition.stimuli.foreground;
	g.textAlign = "center";
	g.textBaseline = "middle";
	g.direction = canvas.language.startsWith("ar") ? "rtl" : "ltr";
	const lines = linesOf(text, smaller * 0.9, (line) => g.measureText(line).width);
	lines.forEach((line, i) => g.fillText(line, 0, (i - (lines.length - 1) / 2) * 1.4 * size));
}
