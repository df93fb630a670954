/** Consent and joining. */
import { useState } from "preact/hooks";
import { ApiError, api } from "../api/client";
import type { AgeBand, JoinInfo } from "../api/types";
import { directionOf, localeOf, useText } from "../i18n/messages";
import { textIn } from "../tasks/definition";
import { errorText, useApp, useLoaded } from "./context";
import { join } from "./model";
import { Failure, Loading, Sheet } from "./parts";
import { go } from "./root";
import { useTaskTitles } from "./titles";
import { CodeForm } from "./welcome";

/* Isolated left to right, as a sign of comparison would turn round in Arabic. */
const AGE_BANDS: readonly { band: AgeBand; label: string }[] = [
	{ band: "under-18", label: "\u2066< 18\u2069" },
	{ band: "18-29", label: "\u206618–29\u2069" },
	{ band: "30-39", label: "\u206630–39\u2069" },
	{ band: "40-49", label: "\u206640–49\u2069" },
	{ band: "50-59", label: "\u206650–59\u2069" },
	{ band: "60-69", label: "\u206660–69\u2069" },
	{ band: "70-plus", label: "\u2066≥ 70\u2069" },
];

export function Join({ code }: { code: string }) {
	const { t } = useText();
	const { participant } = useApp();
	const [another, setAnother] = useState(false);
	const { value: info, error, reload } = useLoaded(() => api.joinInfo(code), code);
	if (participant?.code === code && !another) {
		return (
			<Sheet title={participant.cohort}>
				<p>{t("join.already", { cohort: participant.cohort })}</p>
				<p class="row">
					<button type="button" class="button main" onClick={() => go("/")}>
						{t("join.go_home")}
					</button>
					<button type="button" class="button" onClick={() => setAnother(true)}>
						{t("join.as_new")}
					</button>
				</p>
			</Sheet>
		);
	}
	if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
		return (
			<Sheet title={t("error.title")}>
				<p role="alert">{t("error.not_found")}</p>
				<CodeForm />
			</Sheet>
		);
	}
	if (error !== null) return <Failure error={error} onRetry={reload} />;
	if (info === null) return <Loading />;
	return <Consent code={code} info={info} onStale={reload} />;
}

function Consent({ code, info, onStale }: { code: string; info: JoinInfo; onStale: () => void }) {
	const { language, t } = useText();
	const { store, setParticipant } = useApp();
	const titles = useTaskTitles();
	const [busy, setBusy] = useState(false);
	/* The language in which the consent text is read, which is what is recorded. */
	const shown = info.consent.text[language] === undefined ? "en" : language;
	const [message, setMessage] = useState("");

	const submit = async (event: SubmitEvent) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget as HTMLFormElement);
		if (form.get("agree") === null) {
			setMessage(t("join.agree_first"));
			return;
		}
		setBusy(true);
		setMessage("");
		try {
			const age = AGE_BANDS.find(({ band }) => band === form.get("age"))?.band ?? null;
			setParticipant(await join(store, code, info, shown, age));
			go("/");
		} catch (err) {
			setBusy(false);
			if (err instanceof ApiError && err.code === "consent_version") {
				setMessage(t("join.consent_changed"));
				onStale();
			} else {
				setMessage(errorText(err, t));
			}
		}
	};

	return (
		<Sheet title={t("join.title", { cohort: info.cohort.name })}>
			<p class="subtle">{t("join.by", { organisation: info.organisation.name })}</p>
			{info.cohort.demo && <p class="notice">{t("join.demo")}</p>}
			<p>{t("join.tasks", { tasks: new Intl.ListFormat(localeOf(language)).format(info.tasks.map((name) => titles(name))) })}</p>
			<h2>{t("join.consent")}</h2>
			<div class="consent" lang={shown} dir={directionOf(shown)}>
				{textIn(info.consent.text, shown)
					.split(/\n+/)
					.map((p) => (
						<p key={p}>{p}</p>
					))}
			</div>
			<form onSubmit={(event) => void submit(event)}>
				<label class="field">
					<span>{t("join.age")}</span>
					<select name="age">
						<option value="">{t("join.age_none")}</option>
						{AGE_BANDS.map(({ band, label }) => (
							<option key={band} value={band}>
								{label}
							</option>
						))}
					</select>
				</label>
				<label class="check">
					<input type="checkbox" name="agree" />
					<span>{t("join.agree")}</span>
				</label>
				<p class="hint bad" role="alert">
					{message}
				</p>
				<button type="submit" class="button main" disabled={busy}>
					{t(busy ? "join.busy" : "join.button")}
				</button>
			</form>
		</Sheet>
	);
}
