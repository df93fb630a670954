// A task's definition, for what its stimuli look like.
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../support/server.mjs";

export const taskOf = (name) => JSON.parse(readFileSync(path.join(ROOT, "tasks", name, "task.json"), "utf8"));
