/** Plays a session: loads it, holds the one-tab lock, and draws the pages between trials. */
import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Key, type Language, LanguageContext, translate, useText, type Values } from "../i18n/messages";
import { type Page, type PlayerTexts, playSession } from "../runner/session";
import type { LocalSession } from "../runner/store";
import { type Definition, type Instructions, textIn } from "../tasks/definition";
import { loadTask } from "../tasks/registry";
import { type App, AppContext, useApp } from "./context";
import { Example } from "./example";
import { loadDefinition } from "./model";
import { playAlone } from "./one_tab";
import { Failure, Loading, OutboxNotice } from "./parts";
import { go } from "./root";

/** elsewhere: another tab plays, or has taken over from this one. */
type State = { kind: "loading" | "playing" } | { kind: "elsewhere"; key: Key } | { kind: "message"; key: Key } | { kind: "failed"; error: unknown };

function textsFor(language: Language, definition: Definition): PlayerTexts {
	const t = (key: Key, values?: Values) => translate(language, key, values);
	return {
		canvas: t("task.canvas", { task: textIn(definition.title, language) }),
		answers: t("task.answers"),
		pause: t("task.pause"),
		correct: t("task.correct"),
		wrong: t("task.wrong"),
		practice: t("task.practice"),
		progress: (done, total, waiting) =>
			(total === null ? t("task.progress_open", { done }) : t("task.progress", { done, total })) +
			(waiting > 0 ? ` · ${t("outbox.waiting", { n: waiting })}` : ""),
		remove: t("task.remove"),
		done: t("task.done"),
		check: (label) => t("task.check", { answer: label }),
	};
}

export function Play({ id }: { id: string }) {
	const { language, t } = useText();
	const app = useApp();
	const root = useRef<HTMLDivElement>(null);
	const [state, setState] = useState<State>({ kind: "loading" });
	/** How often the participant asked to play here. */
	const [wishes, setWishes] = useState(0);

	useEffect(() => {
		const element = root.current;
		if (element === null) return;
		const gone = new AbortController();
		let given = false;
		const giveUp = () => {
			given = true;
			gone.abort();
		};
		const played = playAlone(wishes > 0, giveUp, () => playHere(app, id, language, element, setState, gone.signal));
		played.then(
			(ran) => {
				if (ran === null) setState({ kind: "elsewhere", key: "home.other_tab" });
				else if (given) setState({ kind: "elsewhere", key: "play.elsewhere" });
			},
			(error: unknown) =>
				setState(given ? { kind: "elsewhere", key: "play.elsewhere" } : { kind: "failed", error }),
		);
		return () => gone.abort();
	}, [id, wishes]);

	return (
		<main class="play">
			<div ref={root} class="player" />
			{state.kind === "loading" && <Loading />}
			{state.kind === "elsewhere" && (
				<div class="page" data-play="elsewhere">
					<p class="notice">{t(state.key)}</p>
					<p class="row">
						<button
							type="button"
							class="button main"
							onClick={() => {
								setState({ kind: "loading" });
								setWishes((n) => n + 1);
							}}
						>
							{t("play.use_here")}
						</button>
						<HomeButton />
					</p>
				</div>
			)}
			{state.kind === "message" && (
				<div class="page">
					<p class="notice">{t(state.key)}</p>
					<HomeButton />
				</div>
			)}
			{state.kind === "failed" && (
				<div class="page">
					<Failure error={state.error} />
					<HomeButton />
				</div>
			)}
		</main>
	);
}

function HomeButton() {
	const { t } = useText();
	return (
		<button type="button" class="button" onClick={() => go("/")}>
			{t("result.home")}
		</button>
	);
}

/** An item of a programme's session is followed by the next; anything else by its result. */
const afterPlay = (session: LocalSession): string => `#/${session.item ? "next" : "result"}/${session.id}`;

async function playHere(
	app: App,
	id: string,
	language: Language,
	root: HTMLElement,
	setState: (s: State) => void,
	signal: AbortSignal,
): Promise<true> {
	const session = await app.store.session(id);
	if (session === undefined || session.state === "played" || session.state === "complete") {
		go(session === undefined ? `#/result/${id}` : afterPlay(session));
		return true;
	}
	const task = await loadTask(session.task);
	const definition = await loadDefinition(app.store, session.task);
	if (task === undefined || definition.version !== session.task_version) {
		setState({ kind: "message", key: "task.changed" });
		return true;
	}
	if (signal.aborted) return true;
	setState({ kind: "playing" });
	const outcome = await playSession({
		root,
		store: app.store,
		outbox: app.outbox,
		session,
		task,
		definition,
		language,
		texts: textsFor(language, definition),
		signal,
		showPage: (display, page) => showPage(display, page, { app, session, definition, language }),
	});
	if (signal.aborted) return true;
	go(outcome === "played" ? afterPlay(session) : "/");
	return true;
}

interface PageContext {
	app: App;
	session: LocalSession;
	definition: Definition;
	language: Language;
}

async function showPage(display: HTMLElement, page: Page, context: PageContext): Promise<"go" | "leave"> {
	if (page.kind === "sound" || (page.kind === "pause" && page.sound_lost === true)) {
		const { showSound } = await import("./sound_pages");
		return showSound(display, page.kind === "sound" ? page.check : null, context.language);
	}
	return new Promise((resolve) => {
		const done = (answer: "go" | "leave") => {
			render(null, display);
			resolve(answer);
		};
		/* A tree of its own inside jsPsych's display, so it brings the contexts along. */
		render(
			<LanguageContext.Provider value={context.language}>
				<AppContext.Provider value={context.app}>
					<TaskPage page={page} context={context} done={done} />
				</AppContext.Provider>
			</LanguageContext.Provider>,
			display,
		);
	});
}

function TaskPage({ page, context, done }: { page: Page; context: PageContext; done: (a: "go" | "leave") => void }) {
	const { definition, session } = context;
	const { language, t } = useText();
	const button = useRef<HTMLButtonElement>(null);
	/* Before the page is painted: the first press of the space bar must find it. */
	useLayoutEffect(() => button.current?.focus({ preventScroll: true }), []);
	const words = definition.instructions[language] ?? (definition.instructions["en"] as Instructions);
	const goLabel =
		page.kind === "practice" ? t("task.start_practice") : page.kind === "test" ? t("task.start_test") : t("continue");
	const canLeave = page.kind !== "practice" && page.kind !== "test";
	return (
		<section class="sheet task-page" data-page={page.kind}>
			{page.kind === "intro" && (
				<>
					<h1>{textIn(definition.title, language)}</h1>
					{words.intro.map((p) => (
						<p key={p}>{p}</p>
					))}
					<Example definition={definition} language={language} label={t("task.example")} />
				</>
			)}
			{page.kind === "practice" && (
				<>
					<h1>{t("task.practice_title")}</h1>
					<p>{words.practice}</p>
					<HowToAnswer words={words} />
				</>
			)}
			{page.kind === "test" && (
				<>
					<h1>{t("task.test_title")}</h1>
					<p>{words.test}</p>
					<HowToAnswer words={words} />
				</>
			)}
			{page.kind === "resume" && (
				<>
					<h1>{t("task.resume_title")}</h1>
					<p>
						{session.total === null
							? t("task.resume_open", { done: session.next })
							: t("task.resume_text", { done: session.next, total: session.total })}
					</p>
					<HowToAnswer words={words} />
				</>
			)}
			{page.kind === "break" && (
				<>
					<h1>{t("task.break_title")}</h1>
					<p>
						{page.blocks === null
							? t("task.break_open")
							: t("task.break_text", { block: page.block, blocks: page.blocks })}
					</p>
				</>
			)}
			{page.kind === "pause" && (
				<>
					<h1>{t("task.pause_title")}</h1>
					<p>{t("task.pause_text")}</p>
				</>
			)}
			{(page.kind === "break" || page.kind === "pause") && <OutboxNotice quiet />}
			<p class="row">
				<button ref={button} type="button" class="button main" onClick={() => done("go")}>
					{goLabel}
				</button>
				{canLeave && (
					<button type="button" class="button" onClick={() => done("leave")}>
						{t("task.leave")}
					</button>
				)}
			</p>
			{matchMedia("(any-pointer: fine)").matches && <p class="subtle">{t("task.space")}</p>}
		</section>
	);
}

/** Both ways where the device has both, so that nobody must guess. */
function HowToAnswer({ words }: { words: Instructions }) {
	const touch = matchMedia("(any-pointer: coarse)").matches;
	const keys = matchMedia("(any-pointer: fine)").matches || !touch;
	return (
		<>
			{keys && <p>{words.keyboard}</p>}
			{touch && <p>{words.touch}</p>}
		</>
	);
}
