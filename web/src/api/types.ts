/** What travels over /api/v1, as server/openapi.yaml describes it. */

export type Texts = Record<string, string>;

export interface TaskSummary {
	name: string;
	version: number;
	title: Texts;
	summary: Texts;
	href: string;
}

export interface JoinInfo {
	cohort: { name: string; demo: boolean };
	organisation: { name: string };
	consent: { version: number; text: Texts };
	tasks: string[];
}

export interface JoinAnswer {
	participant_id: string;
	token: string;
	expires_at: string;
}

export interface SessionSummary {
	id: string;
	task: string;
	task_version: number;
	label: string | null;
	state: "open" | "complete";
	trials: number | null;
	created_at: string;
	completed_at: string | null;
}

export interface Me {
	participant_id: string;
	cohort: { name: string };
	organisation: { name: string };
	pseudonym: string | null;
	consent_version: number;
	joined_at: string;
	tasks: string[];
	sessions: SessionSummary[];
}

export interface MintedSession {
	id: string;
	task: string;
	task_version: number;
	seed: number;
	token: string;
	expires_at: string;
}

export type TrialFlag = "touch" | "frames_dropped" | "blurred" | "resumed" | "catch" | "timeout";

/** One trial as it is uploaded; times in milliseconds, rounded to float32 but onset_ms. */
export interface TrialBody {
	seq: number;
	condition: string;
	correct: boolean;
	rt_ms: number | null;
	onset_ms?: number;
	response?: string;
	difficulty?: number;
	flags?: TrialFlag[];
	detail?: Record<string, unknown>;
}

export interface TrialCounts {
	stored: number;
	repeated: number;
	conflicting: number;
}

export interface ScoreEstimate {
	value: number | null;
	standard_error: number | null;
	n: number;
}

export interface ScoreValue extends ScoreEstimate {
	name: string;
	unit: string;
	raw: ScoreEstimate;
}

export interface SessionScore {
	session: string;
	task: string;
	task_version: number;
	scorer_version: number;
	completed_at: string;
	trials: number;
	usable: boolean;
	excluded: { rules: Record<string, number>; session: string[] };
	scores: ScoreValue[];
}

export interface GroupScore {
	name: string;
	unit: string;
	participants: number;
	mean: number | null;
	standard_error: number | null;
	interval: [number, number] | null;
	level: number;
}

export interface TaskGroup {
	task: string;
	suppressed: boolean;
	participants: number | null;
	sessions: number | null;
	trials: number | null;
	scores: GroupScore[] | null;
}

export interface DayGroup {
	day: string;
	suppressed: boolean;
	participants: number | null;
	sessions: number | null;
	trials: number | null;
	tasks: TaskGroup[] | null;
}

export interface Engagement {
	cohort: { id: string; name: string; demo: boolean };
	organisation: { name: string };
	as_of: string;
	threshold: number;
	suppressed: boolean;
	participants: number | null;
	sessions: number | null;
	trials: number | null;
	tasks: TaskGroup[];
	days: DayGroup[];
}

export interface Problem {
	type?: string;
	title?: string;
	status: number;
	detail?: string;
	code: string;
	trace_id?: string;
	errors?: { pointer: string; code: string; detail?: string }[];
	missing?: { from: number; to: number }[];
}
