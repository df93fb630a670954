/** The titles of tasks in the reader's language. */
import { api } from "../api/client";
import type { TaskSummary } from "../api/types";
import { useText } from "../i18n/messages";
import { textIn } from "../tasks/definition";
import { useApp, useLoaded } from "./context";

/** Answers a task's title, or its name until the list is here. */
export function useTaskTitles(): (name: string) => string {
	const { language } = useText();
	const { store } = useApp();
	const { value } = useLoaded(async () => {
		try {
			const { tasks } = await api.tasks();
			await store.set("tasks", tasks);
			return tasks;
		} catch {
			return (await store.get<TaskSummary[]>("tasks")) ?? [];
		}
	}, null);
	return (name) => {
		const task = value?.find((x) => x.name === name);
		return task === undefined ? name : textIn(task.title, language);
	};
}
