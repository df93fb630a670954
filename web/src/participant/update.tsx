/** The service worker: registered, and a new version of the app taken when nobody plays. */
import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n/messages";

let waiting: ServiceWorker | null = null;
const listeners = new Set<() => void>();

/** Some tab of the app holds the lock under which sessions are played. */
async function playing(): Promise<boolean> {
	if (!("locks" in navigator)) return location.hash.startsWith("#/play/");
	const { held = [] } = await navigator.locks.query();
	return held.some((lock) => lock.name === "camp-play");
}

function found(worker: ServiceWorker | null): void {
	waiting = worker;
	for (const listener of listeners) listener();
}

async function register(): Promise<void> {
	const registration = await navigator.serviceWorker.register("/sw.js");
	/* This page came with the newest files already; only the worker is behind. */
	if (registration.waiting !== null && !(await playing())) registration.waiting.postMessage("activate");
	registration.addEventListener("updatefound", () => {
		const worker = registration.installing;
		worker?.addEventListener("statechange", () => {
			/* Without a worker before it, it is no update. */
			if (worker.state === "installed" && navigator.serviceWorker.controller !== null) found(worker);
			if (worker.state === "redundant" || worker.state === "activated") found(null);
		});
	});
}

/** Without it the app only loses starting offline. */
export function startWorker(): void {
	if ("serviceWorker" in navigator) register().catch(() => undefined);
}

/** Offers the new version; not shown on a page that plays. */
export function Update() {
	const { t } = useText();
	const [worker, setWorker] = useState(waiting);
	useEffect(() => {
		const listener = () => setWorker(waiting);
		listeners.add(listener);
		return () => void listeners.delete(listener);
	}, []);
	if (worker === null) return null;
	const load = async () => {
		if (await playing()) return;
		navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
		worker.postMessage("activate");
	};
	return (
		<div class="update" role="status">
			<p class="notice">
				{t("update.ready")}{" "}
				<button type="button" class="button small" onClick={() => void load()}>
					{t("update.load")}
				</button>
			</p>
		</div>
	);
}
