/** A session's scores with their uncertainty: picture, table, and what they do not say. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { SessionScore } from "../api/types";
import { type Estimate, IntervalFigure } from "../figures/interval_figure";
import { formatRange, formatValue, intervalOf } from "../figures/format";
import { isKey, localeOf, useText } from "../i18n/messages";
import type { Participant } from "../runner/store";
import { type Definition, textIn } from "../tasks/definition";
import { ApiError } from "../api/client";
import { useApp, useLoaded, useOutbox } from "./context";
import { isDifference } from "./differences";
import { EngagementPart } from "./engagement";
import { lazy } from "./lazy";
import { loadDefinition, loadScore } from "./model";
import { Failure, Loading, OutboxNotice, Sheet } from "./parts";
import { useProgramme } from "./programme";
import { go } from "./root";
import { useStart } from "./today";

const CoursePart = lazy(() => import("./course").then((m) => m.default));
const SoundNotes = lazy(() => import("./sound_pages").then((m) => m.SoundNotes));

export function Result({ id }: { id: string }) {
	const { t } = useText();
	const { outbox, participant, store } = useApp();
	const loaded = useLoaded(async () => {
		const session = await store.session(id);
		if (session?.state === "played") return null;
		const score = await loadScore(store, participant as Participant, id);
		/* Of a task that was heard, where it was played on this device. */
		const sound = (session?.device?.["sound"] as Record<string, unknown> | undefined) ?? null;
		return { score, sound, definition: await loadDefinition(store, score.task), session };
	}, id);
	useEffect(() => outbox.onSealed((sealed) => void (sealed === id && loaded.reload())), [outbox, id]);

	if (loaded.error !== null) {
		if (loaded.error instanceof ApiError && loaded.error.status === 404) {
			return <p class="notice">{t("result.missing")}</p>;
		}
		return <Failure error={loaded.error} onRetry={loaded.reload} />;
	}
	return (
		<>
			{loaded.value === null ? (
				<Waiting id={id} />
			) : (
				<Scores {...loaded.value}>
					{loaded.value.session?.course !== undefined && (
						<CoursePart course={loaded.value.session.course} definition={loaded.value.definition} />
					)}
					<EngagementPart id={id} participant={participant as Participant} />
				</Scores>
			)}
			{loaded.value?.session?.item ? <GoOn /> : <Home main />}
		</>
	);
}

function Home({ main = false }: { main?: boolean }) {
	const { t } = useText();
	return (
		<p class="row">
			<button type="button" class={main ? "button main" : "button"} onClick={() => go("/")}>
				{t("result.home")}
			</button>
		</p>
	);
}

/** After a result of the programme: on with what is left of today's session. */
function GoOn() {
	const { t } = useText();
	const { today } = useProgramme();
	const { start, busy, message } = useStart();
	const next = today?.next ?? null;
	if (next === null) return <Home main />;
	return (
		<>
			<p class="row">
				<button type="button" class="button main" disabled={busy} onClick={() => void start(next)}>
					{t("result.next")}
				</button>
				<button type="button" class="button" onClick={() => go("/")}>
					{t("result.home")}
				</button>
			</p>
			<p class="hint bad" role="alert">
				{message}
			</p>
		</>
	);
}

function Waiting({ id }: { id: string }) {
	const { t } = useText();
	const status = useOutbox();
	const refused = status.problems.some((s) => s.id === id);
	return (
		<Sheet title={t("result.waiting_title")}>
			{!refused && <p>{t(status.stalled ? "result.offline" : "result.waiting")}</p>}
			{!status.stalled && !refused ? <Loading /> : <OutboxNotice quiet />}
		</Sheet>
	);
}

function estimatesOf(score: SessionScore, definition: Definition, language: string): Estimate[] {
	return score.scores.map((s) => {
		const text = definition.scores.find((x) => x.name === s.name);
		return {
			name: s.name,
			title: text === undefined ? s.name : textIn(text.title, language),
			description: text === undefined ? "" : textIn(text.description, language),
			primary: text?.primary === true,
			unit: s.unit,
			value: s.value,
			interval: s.value === null ? null : intervalOf(s),
			n: s.n,
		};
	});
}

interface ScoresProps {
	score: SessionScore;
	definition: Definition;
	sound: Record<string, unknown> | null;
	children: ComponentChildren;
}

function Scores({ score, definition, sound, children }: ScoresProps) {
	const { language, t } = useText();
	const estimates = estimatesOf(score, definition, language);
	const excluded = Object.values(score.excluded.rules).reduce((sum, n) => sum + n, 0);
	const reasons = score.excluded.session.map((r) => {
		const key = `result.reason.${r}`;
		return isKey(key) ? t(key) : r;
	});
	return (
		<Sheet title={t("result.title")}>
			<p class="subtle">
				{t("result.played", {
					task: textIn(definition.title, language),
					n: score.trials,
					when: new Date(score.completed_at),
				})}
			</p>
			{!score.usable && <p class="notice">{t("result.unusable", { reasons: new Intl.ListFormat(localeOf(language)).format(reasons) })}</p>}
			<IntervalFigure estimates={estimates} caption={t("result.figure")} />
			<details>
				<summary>{t("result.table")}</summary>
				<ScoreTable estimates={estimates} />
				<p class="subtle">{t("result.excluded", { n: excluded })}</p>
			</details>
			{children}
			<h2>{t("result.about")}</h2>
			<ul class="plain">
				<li>{t("result.honest_1")}</li>
				<li>{t("result.honest_2")}</li>
				{estimates.some((e) => e.primary && isDifference(e.name)) && <li>{t("result.difference")}</li>}
				<li>{t("result.honest_3")}</li>
			</ul>
			{sound !== null && (
				<SoundNotes language={language} sound={sound} timed={score.scores.some((s) => s.unit === "ms")} />
			)}
		</Sheet>
	);
}

function ScoreTable({ estimates }: { estimates: readonly Estimate[] }) {
	const { language, t } = useText();
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={t("result.table")}>
			<table>
				<thead>
					<tr>
						<th scope="col">{t("result.score")}</th>
						<th scope="col">{t("result.value")}</th>
						<th scope="col">{t("result.range")}</th>
						<th scope="col">{t("result.n")}</th>
					</tr>
				</thead>
				<tbody>
					{estimates.map((e) => (
						<tr key={e.name} data-score={e.name}>
							<th scope="row">{e.title}</th>
							<td>{e.value === null ? t("result.undefined") : formatValue(e.value, e.unit, language, t)}</td>
							<td>{e.interval === null ? "–" : formatRange(e.interval, e.unit, language)}</td>
							<td>{e.n}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
