/** The tasks this client can play; the code of each is loaded when it is first needed. */
import type { Task } from "./task";

/* Each task hands only its own stimuli back to itself, so their type may be forgotten. */
const loaders: Readonly<Record<string, () => Promise<unknown>>> = {
	ant: () => import("./ant/run").then((m) => m.ant),
	"attentional-blink": () => import("./attentional-blink/run").then((m) => m.attentionalBlink),
	"ax-cpt": () => import("./ax-cpt/run").then((m) => m.axCpt),
	corsi: () => import("./corsi/run").then((m) => m.corsi),
	cueing: () => import("./cueing/run").then((m) => m.cueing),
	"digit-span": () => import("./digit-span/run").then((m) => m.digitSpan),
	flanker: () => import("./flanker/run").then((m) => m.flanker),
	gradcpt: () => import("./gradcpt/run").then((m) => m.gradcpt),
	mot: () => import("./mot/run").then((m) => m.mot),
	"n-back": () => import("./n-back/run").then((m) => m.nBack),
	oddball: () => import("./oddball/run").then((m) => m.oddball),
	pvt: () => import("./pvt/run").then((m) => m.pvt),
	sart: () => import("./sart/run").then((m) => m.sart),
	"speech-in-noise": () => import("./speech-in-noise/run").then((m) => m.speechInNoise),
	stroop: () => import("./stroop/run").then((m) => m.stroop),
	"task-switching": () => import("./task-switching/run").then((m) => m.taskSwitching),
	"visual-search": () => import("./visual-search/run").then((m) => m.visualSearch),
	"visual-search-2-5": () => import("./visual-search-2-5/run").then((m) => m.visualSearch25),
	"visual-search-feature": () => import("./visual-search-feature/run").then((m) => m.visualSearchFeature),
};

/* Those that are heard from files, which should be at hand without a network too. */
const fromFiles = new Set(["speech-in-noise"]);

export const playableTasks: readonly string[] = Object.keys(loaders);

export function isPlayable(name: string): boolean {
	return Object.hasOwn(loaders, name);
}

/** undefined when this client has no such task; rejects when its code cannot be fetched. */
export async function loadTask(name: string): Promise<Task | undefined> {
	return isPlayable(name) ? ((await loaders[name]?.()) as Task) : undefined;
}

/** Keeps on this device what a task plays in a language; nothing where it plays no files. */
export async function keepSounds(name: string, language: string): Promise<void> {
	if (fromFiles.has(name)) await (await loadTask(name))?.sound?.keep(language);
}
