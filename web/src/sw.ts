/**
 * Service worker of the participant app: lets it start without a network.
 *
 * It keeps the shell and the hashed files of one build. Pages come from the network when
 * it answers and from the shell otherwise; hashed files never change, so the kept copy is
 * as good. The API is left alone: answers there have their own care (model.ts, outbox.ts).
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
	addEventListener(type: "fetch", listener: (e: Fetch) => void): void;
}
const scope = self as unknown as Scope;

const CACHE = `camp-${SHELL_VERSION}`;
const SHELL = "/";
/** A page should not hang on a dead network when its copy is at hand. */
const PATIENCE_MS = 4000;

scope.addEventListener("install", (event) => {
	event.waitUntil(
		caches
			.open(CACHE)
			.then((cache) => cache.addAll(SHELL_FILES))
			.then(() => scope.skipWaiting()),
	);
});

scope.addEventListener("activate", (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))))
			.then(() => scope.clients.claim()),
	);
});

async function page(request: Request): Promise<Response> {
	const kept = await caches.match(SHELL);
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
		event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
	}
});
