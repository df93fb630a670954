/** How the difficulty went within a session: the answers moved it. Known on this device only. */
import { formatNumber } from "../figures/format";
import { LineFigure } from "../figures/line_figure";
import { niceAxis } from "../figures/scale";
import { localeOf, useText } from "../i18n/messages";
import type { Course } from "../runner/store";
import type { Definition } from "../tasks/definition";

export default function CoursePart({ course, definition }: { course: Course; definition: Definition }) {
	const { language, t } = useText();
	const points = course.seq.map((seq, i): [number, number] => [seq + 1, course.difficulty[i] as number]);
	const first = points[0];
	const last = points[points.length - 1];
	if (first === undefined || last === undefined || points.length < 2) return null;
	const values = points.map((p) => p[1]);
	const [low, high] = [Math.min(...values), Math.max(...values)];
	const x = { ...niceAxis(first[0], last[0], 5), low: first[0], high: last[0] };
	x.ticks = x.ticks.filter((tick) => tick >= x.low && tick <= x.high);
	const unit = definition.adaptive?.unit ?? "";
	const say = (v: number) => formatNumber(v, unit, language);
	const number = new Intl.NumberFormat(localeOf(language));
	return (
		<figure class="risk course" data-part="course">
			<h2>{t("result.curve")}</h2>
			<LineFigure
				lines={[{ name: "difficulty", kind: "main", points }]}
				x={x}
				y={niceAxis(low, high, 3)}
				xTick={(v) => number.format(v)}
				yTick={(v) => number.format(v)}
				marks={course.seq.filter((_, i) => course.correct[i] === false).map((seq) => seq + 1)}
				label={t("result.curve_heard", { n: points.length, first: say(first[1]), last: say(last[1]), low: say(low), high: say(high) })}
			/>
			<p class="unit" aria-hidden="true">
				{t("engagement.risk_axis")}
			</p>
			<figcaption>
				{t(definition.adaptive?.harder === -1 ? "result.curve_figure_lower" : "result.curve_figure")}
			</figcaption>
		</figure>
	);
}
