/**
 * Sound files kept for times without a network. They are large and one language is enough,
 * so they are no part of the shell that every installed app keeps; the service worker
 * answers with what is kept here.
 */

/** The service worker's, for what the shell does not name (sw.ts). */
const CACHE = "camp-more";

/** Keeps a sound file; `current` are all of this build, and other sound files are of an earlier one. */
export async function keepSound(file: string, current: readonly string[]): Promise<void> {
	/* Only where the page is secure; elsewhere there is no service worker either. */
	if (!("caches" in globalThis)) return;
	const cache = await caches.open(CACHE);
	const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
	for (const name of kept) if (name.endsWith(".wav") && !current.includes(name)) await cache.delete(name);
	if (!kept.has(file)) await cache.add(file);
}
