/**
 * jsPsych plugins of our own: jsPsych keeps the timeline, the task or page does the rest.
 *
 * jsPsych copies a trial's description deeply and empties the display after each trial, so
 * both plugins take one function, which closes over what must not be copied.
 */
import { type JsPsychPlugin, ParameterType, type TrialType } from "jspsych";

const info = {
	name: "frame-locked",
	version: "1.0.0",
	parameters: {
		/** Shows the trial, waits for the answer, and keeps it. */
		perform: { type: ParameterType.FUNCTION, default: undefined },
	},
	data: {},
	citations: { apa: "", bibtex: "" },
} as const;
type Info = typeof info;

export class FrameLockedPlugin implements JsPsychPlugin<Info> {
	static readonly info = info;

	async trial(_display: HTMLElement, trial: TrialType<Info>, onLoad?: () => void): Promise<void> {
		onLoad?.();
		await (trial.perform as () => Promise<void>)();
	}
}

const pageInfo = {
	name: "page",
	version: "1.0.0",
	parameters: {
		/** Fills the display and resolves when the participant goes on. */
		show: { type: ParameterType.FUNCTION, default: undefined },
	},
	data: {},
	citations: { apa: "", bibtex: "" },
} as const;
type PageInfo = typeof pageInfo;

export class PagePlugin implements JsPsychPlugin<PageInfo> {
	static readonly info = pageInfo;

	async trial(display: HTMLElement, trial: TrialType<PageInfo>, onLoad?: () => void): Promise<void> {
		onLoad?.();
		await (trial.show as (display: HTMLElement) => Promise<void>)(display);
	}
}
