/**
 * Service worker of the participant app: lets it start without a network.
 *
 * It keeps the shell and the hashed files of one build. Pages come from the network when
 * it answers and from the shell otherwise; hashed files never change, so the kept copy is
 * as good, and what is asked for besides, such as a task's sounds, is kept from then on.
 * The API is left alone: answers there have their own care (model.ts, outbox.ts).
 *
 * A new version waits until the page says that no session runs (update.ts), and the files of
 * the version before it stay, as another tab may still load parts of it.
 */
declare const SHELL_FILES: string[];
declare const SHELL_VERSION: string;

interface Event2 extends Event {
	waitUntil(p: Promise<unknown>): void;
}
interface Fetch extends Event2 {
	readonly request: Request;
	respondWith(p: Promise<Response>): void;
}
interface Scope {
	readonly clients: { claim(): Promise<void> };
	skipWaiting(): Promise<void>;
	addEventListener(type: "install" | "activate", listener: (e: Event2) => void): void;
	addEventListener(type: "message", listener: (e: Event2 & { readonly data: unknown }) => void): void;
	addEventListener(type: "fetch", listener: (e: Fetch) => void): void;
}
const scope = self as unknown as Scope;

const CACHE = `camp-${SHELL_VERSION}`;
/** What the shell does not name: sounds of the language played. */
const MORE = "camp-more";
const ACTIVATE = "activate";
const SHELL = "/";
/** A page should not hang on a dead network when its copy is at hand. */
const PATIENCE_MS = 4000;

scope.addEventListener("install", (event) => {
	event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL_FILES)));
});

scope.addEventListener("message", (event) => {
	if (event.data === ACTIVATE) event.waitUntil(scope.skipWaiting());
});

scope.addEventListener("activate", (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(outdated(names).map((n) => caches.delete(n))))
			.then(() => scope.clients.claim()),
	);
});

/** All but this version's and the one before it; keys come in the order they were made. */
function outdated(names: readonly string[]): string[] {
	return names.filter((n) => n.startsWith("camp-") && n !== CACHE && n !== MORE).slice(0, -1);
}

/** Hashed files never change: those outside the shell are kept once they were here. */
async function asset(request: Request): Promise<Response> {
	const kept = await caches.match(request);
	if (kept !== undefined) return kept;
	const fresh = await fetch(request);
	if (fresh.status === 200) {
		const copy = fresh.clone();
		void caches.open(MORE).then((cache) => cache.put(request, copy)).catch(() => undefined);
	}
	return fresh;
}

async function page(request: Request): Promise<Response> {
	const kept = await (await caches.open(CACHE)).match(SHELL);
	const abort = new AbortController();
	const timer = kept === undefined ? undefined : setTimeout(() => abort.abort(), PATIENCE_MS);
	try {
		const fresh = await fetch(request.url, { signal: abort.signal, cache: "no-cache" });
		return fresh.status >= 500 && kept !== undefined ? kept : fresh;
	} catch (err) {
		if (kept !== undefined) return kept;
		throw err;
	} finally {
		clearTimeout(timer);
	}
}

scope.addEventListener("fetch", (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== "GET" || url.origin !== location.origin) return;
	if (request.mode === "navigate" && (url.pathname === "/" || url.pathname.startsWith("/join/"))) {
		event.respondWith(page(request));
	} else if (url.pathname.startsWith("/assets/")) {
		event.respondWith(asset(request));
	} else if (url.pathname === "/app.webmanifest") {
		event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
	}
});
