/** The frame around every page, and which page the address means. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { focusMain, SkipLink } from "../page/skip_link";
import { usePageTitle } from "../page/title";
import { LanguageSwitch } from "../i18n/language_switch";
import { type Language, LanguageContext, useText } from "../i18n/messages";
import { usePageLanguage } from "../i18n/page_language";
import type { Outbox } from "../runner/outbox";
import type { Participant, Store } from "../runner/store";
import { Between } from "./between";
import { AppContext, useApp } from "./context";
import { Home } from "./home";
import { Join } from "./join";
import { lazy } from "./lazy";
import { Play } from "./play";
import { Result } from "./result";
import { Update } from "./update";
import { Welcome } from "./welcome";

type Route =
	| { page: "join"; code: string }
	| { page: "play" | "result" | "next"; id: string }
	| { page: "home" | "progress" };

const Progress = lazy(() => import("./progress").then((m) => m.Progress));

function routeOf(path: string, hash: string): Route {
	const inner = /^#\/(play|result|next)\/([0-9a-f-]{36})$/.exec(hash);
	if (inner !== null) return { page: inner[1] as "play" | "result" | "next", id: inner[2] as string };
	if (hash === "#/progress") return { page: "progress" };
	const code = /^\/join\/([A-Za-z0-9]+)\/?$/.exec(path);
	if (code !== null) return { page: "join", code: (code[1] as string).toUpperCase() };
	return { page: "home" };
}

/** Goes to a page of the app and keeps the query, which may hold overrides. */
export function go(path: string): void {
	history.pushState(null, "", path.startsWith("#") ? `/${location.search}${path}` : path + location.search);
	dispatchEvent(new PopStateEvent("popstate"));
}

function useRoute(): Route {
	const [route, setRoute] = useState(() => routeOf(location.pathname, location.hash));
	useEffect(() => {
		const update = () => setRoute(routeOf(location.pathname, location.hash));
		addEventListener("popstate", update);
		addEventListener("hashchange", update);
		return () => {
			removeEventListener("popstate", update);
			removeEventListener("hashchange", update);
		};
	}, []);
	return route;
}

interface RootProps {
	store: Store;
	outbox: Outbox;
	known: Participant | null;
	first: Language;
}

export function Root({ store, outbox, known, first }: RootProps) {
	const [participant, setParticipant] = useState(known);
	const [language, choose] = usePageLanguage(first, (l) => void store.set("language", l));
	const app = useMemo(() => ({ store, outbox, participant, setParticipant }), [participant]);
	return (
		<LanguageContext.Provider value={language}>
			<AppContext.Provider value={app}>
				<Frame onLanguage={choose} />
			</AppContext.Provider>
		</LanguageContext.Provider>
	);
}

function Frame({ onLanguage }: { onLanguage: (l: Language) => void }) {
	const { t } = useText();
	const { participant } = useApp();
	const route = useRoute();
	const first = useRef(true);
	useEffect(() => {
		/* A page that is gone to is read from its start; the first one is where it is. */
		if (!first.current && route.page !== "play") focusMain();
		first.current = false;
		scrollTo(0, 0);
	}, [route]);
	usePageTitle(`${location.pathname}${location.hash}`);
	if (route.page === "play" && participant !== null) return <Play key={route.id} id={route.id} />;
	return (
		<>
			<SkipLink />
			<header class="top">
				<a
					class="brand"
					href="/"
					onClick={(event) => {
						event.preventDefault();
						go("/");
					}}
				>
					{t("app.name")}
				</a>
				<LanguageSwitch onChange={onLanguage} />
			</header>
			<Update />
			{participant !== null && route.page !== "join" && <Tabs page={route.page} />}
			<main class="page" id="main" tabIndex={-1}>
				{route.page === "join" ? (
					<Join key={route.code} code={route.code} />
				) : participant === null ? (
					<Welcome />
				) : route.page === "result" ? (
					<Result key={route.id} id={route.id} />
				) : route.page === "next" ? (
					<Between key={route.id} id={route.id} />
				) : route.page === "progress" ? (
					<Progress />
				) : (
					<Home />
				)}
			</main>
		</>
	);
}

/** The app's two places; a result belongs to neither. */
function Tabs({ page }: { page: string }) {
	const { t } = useText();
	const tab = (name: string, path: string, text: string) => (
		<a
			href={path}
			aria-current={page === name ? "page" : undefined}
			onClick={(event) => {
				event.preventDefault();
				go(path);
			}}
		>
			{text}
		</a>
	);
	return (
		<nav class="tabs" aria-label={t("nav.label")}>
			{tab("home", "/", t("nav.today"))}
			{tab("progress", "#/progress", t("nav.progress"))}
		</nav>
	);
}
