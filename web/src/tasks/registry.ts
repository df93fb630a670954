/** The tasks this client can play. */
import { stroop } from "./stroop/run";
import type { Task } from "./task";
import { visualSearch } from "./visual-search/run";

/* Each task hands only its own stimuli back to itself, so their type may be forgotten. */
const tasks = [visualSearch, stroop] as unknown as readonly Task[];

export function taskByName(name: string): Task | undefined {
	return tasks.find((t) => t.name === name);
}
