/** The page of models: what serves, what is stored, what is being trained. For operators. */
import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../api/client";
import type { Model, ModelList, ModelRun } from "../api/types";
import { SkipLink } from "../page/skip_link";
import { LanguageSwitch } from "../i18n/language_switch";
import { isKey, type Language, LanguageContext, localeOf, useText } from "../i18n/messages";
import { keepLanguage, usePageLanguage } from "../i18n/page_language";
import { figuresOf } from "./figures";
import { Runs } from "./runs";

const REFRESH_MS = 2_000;

export function Models({ first }: { first: Language }) {
	const [language, choose] = usePageLanguage(first, keepLanguage);
	return (
		<LanguageContext.Provider value={language}>
			<Frame onLanguage={choose} />
		</LanguageContext.Provider>
	);
}

interface Known {
	list: ModelList;
	runs: ModelRun[];
}

type Failure = "token" | "offline" | "server";

function failureOf(err: unknown): Failure {
	if (!(err instanceof ApiError)) return "server";
	if (err.status === 0) return "offline";
	return err.status === 401 ? "token" : "server";
}

/** What the server says, asked again and again while the page is looked at. */
function useKnown(token: string): { known: Known | null; failure: Failure | null; reload: () => void } {
	const [known, setKnown] = useState<Known | null>(null);
	const [failure, setFailure] = useState<Failure | null>(null);
	const [round, setRound] = useState(0);
	useEffect(() => {
		if (token === "") return;
		let timer: ReturnType<typeof setTimeout>;
		let gone = false;
		const load = async () => {
			try {
				const [list, { runs }] = await Promise.all([api.models(token), api.modelRuns(token)]);
				if (gone) return;
				setKnown({ list, runs });
				setFailure(null);
			} catch (err) {
				if (gone) return;
				setFailure(failureOf(err));
				if (failureOf(err) === "token") return;
			}
			timer = setTimeout(tick, REFRESH_MS);
		};
		const tick = () => {
			if (document.visibilityState === "visible") void load();
			else document.addEventListener("visibilitychange", tick, { once: true });
		};
		void load();
		return () => {
			gone = true;
			clearTimeout(timer);
			document.removeEventListener("visibilitychange", tick);
		};
	}, [token, round]);
	return { known, failure, reload: () => setRound((n) => n + 1) };
}

function Frame({ onLanguage }: { onLanguage: (l: Language) => void }) {
	const { t } = useText();
	/* From the fragment, which no server sees, or typed; kept for this tab only. */
	const [token, setToken] = useState(() => location.hash.slice(1) || sessionStorage.getItem("operator") || "");
	const { known, failure, reload } = useKnown(token);
	useEffect(() => {
		document.title = `${t("models.title")} · ${t("app.name")}`;
		if (known !== null) sessionStorage.setItem("operator", token);
		if (failure === "token") sessionStorage.removeItem("operator");
	}, [known === null, failure, t]);
	const ask = token === "" || failure === "token";
	return (
		<>
			<SkipLink />
			<header class="top">
				<span class="brand">{t("app.name")}</span>
				<LanguageSwitch onChange={onLanguage} />
			</header>
			<main class="cohort models" id="main" tabIndex={-1}>
				<h1>{t("models.title")}</h1>
				{ask ? (
					<AskToken refused={failure === "token"} onToken={setToken} />
				) : known !== null ? (
					<>
						<p class="stale" role="status">
							{failure !== null && t("cohort.stale")}
						</p>
						<Serving list={known.list} />
						<Stored list={known.list} token={token} onChange={reload} />
						<Runs runs={known.runs} token={token} onChange={reload} />
						<footer class="subtle">
							<p>{t("models.honest")}</p>
						</footer>
					</>
				) : failure !== null ? (
					<div class="notice bad" role="alert">
						<p>{t(failure === "offline" ? "error.offline" : "error.server")}</p>
					</div>
				) : (
					<p class="loading" role="status">
						{t("loading")}
					</p>
				)}
			</main>
		</>
	);
}

function AskToken({ refused, onToken }: { refused: boolean; onToken: (token: string) => void }) {
	const { t } = useText();
	const [text, setText] = useState("");
	return (
		<form
			class="panel-card note"
			onSubmit={(event) => {
				event.preventDefault();
				onToken(text.trim());
			}}
		>
			<h2>{t("models.token_title")}</h2>
			<p>{t("models.token_text")}</p>
			{refused && (
				<p class="notice bad" role="alert">
					{t("models.bad_token")}
				</p>
			)}
			<p class="row">
				<input
					type="password"
					dir="ltr"
					autocomplete="off"
					aria-label={t("models.token_title")}
					value={text}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
				<button type="submit" class="button main" disabled={text.trim() === ""}>
					{t("models.token_open")}
				</button>
			</p>
		</form>
	);
}

function Serving({ list }: { list: ModelList }) {
	const { t } = useText();
	const { serving } = list;
	return (
		<section class="panel-card" data-serving={serving.version ?? ""}>
			<h2>{t("models.serving")}</h2>
			{serving.version === null ? (
				<p>{t("models.serving_none")}</p>
			) : (
				<p>
					<code>{serving.version}</code> · {serving.encoder} · {t(`models.source.${serving.source}`)}
				</p>
			)}
			{serving.problem !== null && (
				<p class="notice bad" role="alert">
					{serving.problem}
				</p>
			)}
		</section>
	);
}


function Stored({ list, token, onChange }: { list: ModelList; token: string; onChange: () => void }) {
	const { language, t } = useText();
	const when = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" });
	const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
	const attempt = (work: Promise<Model>, text: (model: Model) => string) => {
		work.then(
			(model) => {
				setSaid({ text: text(model), bad: false });
				onChange();
			},
			(err: unknown) => setSaid({ text: err instanceof Error ? err.message : String(err), bad: true }),
		);
	};
	return (
		<section class="panel-card">
			<h2>{t("models.list")}</h2>
			{list.models.length === 0 ? (
				<p class="subtle">{t("models.none")}</p>
			) : (
				<div class="scroll" tabIndex={0} role="region" aria-label={t("models.list")}>
					<table>
						<thead>
							<tr>
								<th scope="col">{t("models.version")}</th>
								<th scope="col">{t("models.encoder")}</th>
								<th scope="col">{t("models.source")}</th>
								<th scope="col">{t("models.stored")}</th>
								<th scope="col">{t("models.size")}</th>
								<th scope="col">{t("models.figures")}</th>
								<th scope="col">{t("models.state")}</th>
							</tr>
						</thead>
						<tbody>
							{list.models.map((m) => {
								const source = `models.source.${m.source}`;
								return (
									<tr key={m.id} data-model={m.version}>
										<th scope="row">
											<code>{m.version}</code>
										</th>
										<td>{m.encoder}</td>
										<td>{isKey(source) ? t(source) : m.source}</td>
										<td>{when.format(new Date(m.created_at))}</td>
										<td>{t("models.bytes", { kb: Math.ceil(m.bytes / 1024) })}</td>
										<td>{figuresOf(m.metadata["validation"], language) || "–"}</td>
										<td>
											{m.active ? (
												<strong class="badge">{t("models.active")}</strong>
											) : (
												<button
													type="button"
													class="button small"
													onClick={() => attempt(api.activateModel(m.id, token), () => "")}
												>
													{t("models.activate")}
												</button>
											)}
										</td>
									</tr>
								);
							})}
						</tbody>
					</table>
				</div>
			)}
			<p class="row">
				<label class="button file">
					{t("models.upload")}
					<input
						type="file"
						class="only-heard"
						accept=".safetensors"
						onChange={(event) => {
							const input = event.currentTarget;
							const file = input.files?.[0];
							if (file !== undefined) attempt(api.uploadModel(token, file), (m) => t("models.uploaded", { version: m.version }));
							input.value = "";
						}}
					/>
				</label>
				<span class="subtle">{t("models.upload_hint")}</span>
			</p>
			<p class={said?.bad ? "notice bad" : "subtle"} role="status" hidden={said === null || said.text === ""}>
				{said?.text}
			</p>
		</section>
	);
}
