/** What every page of the participant app can reach. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import type { Key, Values } from "../i18n/messages";
import type { Outbox, OutboxStatus } from "../runner/outbox";
import type { Participant, Store } from "../runner/store";

export interface App {
	store: Store;
	outbox: Outbox;
	participant: Participant | null;
	setParticipant: (p: Participant) => void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
	const app = useContext(AppContext);
	if (app === null) throw new Error("used outside the app");
	return app;
}

export function useOutbox(): OutboxStatus {
	const { outbox } = useApp();
	const [status, setStatus] = useState(outbox.status);
	useEffect(() => outbox.subscribe(setStatus), [outbox]);
	return status;
}

/** A failure in the reader's words. */
export function errorText(err: unknown, t: (key: Key, values?: Values) => string): string {
	if (err instanceof ApiError) {
		if (err.status === 0) return t("error.offline");
		if (err.status === 401 || err.status === 403) return t("error.token");
		if (err.status === 404) return t("error.not_found");
		if (err.retry) return t("error.server");
		return t("error.unknown", { detail: err.message });
	}
	if (err instanceof DOMException) return t("error.storage");
	return t("error.unknown", { detail: err instanceof Error ? err.message : String(err) });
}

/** Loads something once per change of `key`; `reload` tries again. */
export function useLoaded<T>(load: () => Promise<T>, key: unknown): { value: T | null; error: unknown; reload: () => void } {
	const [value, setValue] = useState<T | null>(null);
	const [error, setError] = useState<unknown>(null);
	const [round, setRound] = useState(0);
	useEffect(() => {
		let current = true;
		setError(null);
		load().then(
			(v) => void (current && setValue(v)),
			(err: unknown) => void (current && setError(err)),
		);
		return () => {
			current = false;
		};
	}, [key, round]);
	return { value, error, reload: () => setRound((n) => n + 1) };
}
