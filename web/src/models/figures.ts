/** What a model file tells of its validation: "nll_correct 0.2567 nll_rt -0.0759". */
import { localeOf } from "../i18n/messages";
import { withMinus } from "../figures/format";

/** "correct 0.257, RT −0.076"; empty when there is nothing that reads so. */
export function figuresOf(text: string | undefined, language: string): string {
	const number = new Intl.NumberFormat(localeOf(language), { minimumFractionDigits: 3, maximumFractionDigits: 3 });
	const words = (text ?? "").split(" ");
	const names: Record<string, string> = { nll_correct: "NLL", nll_rt: "RT NLL" };
	return Object.entries(names)
		.flatMap(([key, name]) => {
			const at = words.indexOf(key);
			const value = at < 0 ? Number.NaN : Number(words[at + 1]);
			return Number.isFinite(value) ? [`${name} ${withMinus(number.format(value))}`] : [];
		})
		.join(", ");
}
