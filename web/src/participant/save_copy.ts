/** Saves what the server refused or does not have yet as a file, so that no answer depends on this browser. */
import type { LocalSession, Store } from "../runner/store";

export async function saveCopy(store: Store, sessions: readonly LocalSession[]): Promise<void> {
	const copies = await Promise.all(
		sessions.map(async (s) => ({
			session: s.id,
			task: s.task,
			task_version: s.task_version,
			problem: s.problem,
			trials: (await store.trials(s.id)).map((t) => t.body),
		})),
	);
	const url = URL.createObjectURL(new Blob([JSON.stringify(copies, null, 1)], { type: "application/json" }));
	const link = document.createElement("a");
	link.href = url;
	link.download = "attention-camp-trials.json";
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
