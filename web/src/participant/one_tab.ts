/**
 * One tab plays at a time. A tab that wants to play asks the one that does to stop; that
 * one ends in good order, with every answered trial on disk, and lets the lock go.
 */
import { alone } from "../runner/outbox";

const NAME = "camp-play";
/** A tab that does not answer in this time is frozen or gone wrong, and loses the lock. */
const PATIENCE_MS = 3000;

/**
 * Runs `work` under the lock; null: another tab has it, and `insist` was not set. `asked` is
 * called when another tab wants it. Rejects as `work` does.
 */
export async function playAlone<T>(insist: boolean, asked: () => void, work: () => Promise<T>): Promise<T | null> {
	const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(NAME) : null;
	const held = () => {
		if (channel !== null) channel.onmessage = asked;
		return work();
	};
	try {
		if (!insist || !("locks" in navigator)) return await alone(NAME, held);
		channel?.postMessage("stop");
		const patience = new AbortController();
		const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
		try {
			return await navigator.locks.request(NAME, { signal: patience.signal }, () => {
				clearTimeout(timer);
				return held();
			});
		} catch (err) {
			if (!patience.signal.aborted) throw err;
			return await navigator.locks.request(NAME, { steal: true }, held);
		} finally {
			clearTimeout(timer);
		}
	} finally {
		channel?.close();
	}
}
