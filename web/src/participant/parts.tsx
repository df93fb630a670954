/** Small parts that several pages share. */
import type { ComponentChildren } from "preact";
import type { SessionScore } from "../api/types";
import { formatRange, formatValue, intervalOf } from "../figures/format";
import { useText } from "../i18n/messages";
import { textIn } from "../tasks/definition";
import { errorText, useApp, useLoaded, useOutbox } from "./context";
import { keptDefinition } from "./model";
import { saveCopy } from "./save_copy";
import { useTaskTitles } from "./titles";

export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
	const { t } = useText();
	return (
		<div class="notice bad" role="alert">
			<h2>{t("error.title")}</h2>
			<p>{errorText(error, t)}</p>
			{onRetry && (
				<button type="button" class="button" onClick={onRetry}>
					{t("try_again")}
				</button>
			)}
		</div>
	);
}

export function Loading() {
	const { t } = useText();
	return (
		<p class="loading" role="status">
			{t("loading")}
		</p>
	);
}

/** What waits for the server, and what it refused. Quiet: only where something is stuck. */
export function OutboxNotice({ quiet }: { quiet?: boolean }) {
	const { t } = useText();
	const { outbox, store } = useApp();
	const status = useOutbox();
	const titles = useTaskTitles();
	return (
		<div class="outbox" role="status">
			{status.problems.length > 0 && (
				<div class="notice bad">
					<p>{t("outbox.problem", { n: status.problems.length })}</p>
					<ul>
						{status.problems.map((s) => (
							<li key={s.id}>
								{t("outbox.problem_detail", {
									task: titles(s.task),
									detail: s.problem?.detail ?? "",
									code: s.problem?.code ?? "",
								})}
							</li>
						))}
					</ul>
					<p class="row">
						<button type="button" class="button" onClick={() => void outbox.retryRefused()}>
							{t("try_again")}
						</button>
						<button type="button" class="button" onClick={() => void saveCopy(store, status.problems)}>
							{t("outbox.copy")}
						</button>
					</p>
				</div>
			)}
			{status.waiting > 0 && (!quiet || status.stalled || status.problems.length > 0) ? (
				<p class={status.stalled ? "waiting stalled" : "waiting"}>
					<strong>
						{t("outbox.waiting", { n: status.waiting })}
						{status.stalled && status.unsent.length > 0 && ` · ${t("outbox.sessions", { n: status.unsent.length })}`}
					</strong>{" "}
					{t(status.problems.length > 0 ? "outbox.kept_hint" : "outbox.waiting_hint")}
					{status.stalled && (
						<span class="row">
							<button type="button" class="button small" onClick={() => outbox.flush()}>
								{t("outbox.now")}
							</button>
							{status.unsent.length > 0 && (
								<button type="button" class="button small" onClick={() => void saveCopy(store, status.unsent)}>
									{t("outbox.copy")}
								</button>
							)}
						</span>
					)}
				</p>
			) : (
				!quiet && <p class="waiting done">{t("outbox.saved")}</p>
			)}
		</div>
	);
}

export function Sheet({ title, children }: { title: string; children: ComponentChildren }) {
	return (
		<section class="sheet">
			<h1>{title}</h1>
			{children}
		</section>
	);
}

/** The task's main score with its range, where this device knows it. */
export function PrimaryScore({ score }: { score: SessionScore }) {
	const { language, t } = useText();
	const { store } = useApp();
	const { value: definition } = useLoaded(() => keptDefinition(store, score.task), score.task);
	const text = definition?.scores.find((s) => s.primary === true);
	const main = score.scores.find((s) => s.name === text?.name);
	if (text === undefined || main === undefined || main.value === null) return null;
	const interval = intervalOf(main);
	return (
		<span class="session-score">
			{textIn(text.title, language)}: <strong>{formatValue(main.value, main.unit, language, t)}</strong>
			{interval !== null && ` (${formatRange(interval, main.unit, language)})`}
		</span>
	);
}
