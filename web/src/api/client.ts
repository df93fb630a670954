/**
 * The server, as functions: one per route.
 *
 * Every failure is an ApiError. `retry` tells whether the same request may succeed later
 * (no network, overload, a fault of the server); anything else needs a person or a fix.
 */
import type {
	CompleteRequest,
	Engagement,
	JoinAnswer,
	JoinInfo,
	JoinRequest,
	Me,
	Model,
	ModelList,
	ModelRun,
	ModelRunRequest,
	MintedSession,
	Plan,
	Problem,
	Progress,
	SessionEngagement,
	SessionScore,
	SessionsRequest,
	TaskSummary,
	TrialBody,
	TrialCounts,
} from "./types";

const ROOT = "/api/v1";
const TIMEOUT_MS = 15_000;
const RETRY_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

export class ApiError extends Error {
	/** 0: no answer came. */
	readonly status: number;
	readonly code: string;
	readonly retry: boolean;
	readonly retryAfterMs: number | null;
	readonly problem: Problem | null;

	constructor(status: number, problem: Problem | null, retryAfterMs: number | null) {
		super(problem?.detail ?? problem?.title ?? (status === 0 ? "no answer" : `status ${status}`));
		this.status = status;
		this.code = problem?.code ?? (status === 0 ? "offline" : `http_${status}`);
		this.retry = status === 0 || RETRY_STATUS.has(status);
		this.retryAfterMs = retryAfterMs;
		this.problem = problem;
	}
}

/** Retry-After in its two forms, seconds or a date; null when absent or senseless. */
export function parseRetryAfter(text: string | null, nowMs: number): number | null {
	if (text === null) return null;
	if (/^\d{1,6}$/.test(text.trim())) return Number(text) * 1000;
	const at = Date.parse(text);
	return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

interface Options {
	token?: string;
	key?: string;
	body?: unknown;
	/** Sent as it is, in place of a JSON body. */
	file?: Blob;
	/** Lets an upload outlive the page; browsers allow 64 KiB of such bodies. */
	keepalive?: boolean;
}

function isProblem(value: unknown): value is Problem {
	return typeof value === "object" && value !== null && "code" in value;
}

async function call<T>(method: "GET" | "POST", path: string, options: Options = {}): Promise<T> {
	const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
	if (options.token !== undefined) headers["Authorization"] = `Bearer ${options.token}`;
	if (options.key !== undefined) headers["Idempotency-Key"] = options.key;
	const init: RequestInit = { method, headers, cache: "no-cache", credentials: "omit" };
	if (options.body !== undefined) {
		headers["Content-Type"] = "application/json";
		init.body = JSON.stringify(options.body);
		init.keepalive = options.keepalive === true && (init.body as string).length < 60_000;
	}
	if (options.file !== undefined) {
		headers["Content-Type"] = "application/octet-stream";
		init.body = options.file;
	}
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
	init.signal = abort.signal;
	try {
		const response = await fetch(ROOT + path, init);
		const json: unknown = await response.json().catch(() => null);
		if (response.ok && json !== null) return json as T;
		const wait = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
		throw new ApiError(response.ok ? 502 : response.status, isProblem(json) ? json : null, wait);
	} catch (err) {
		throw err instanceof ApiError ? err : new ApiError(0, null, null);
	} finally {
		clearTimeout(timer);
	}
}

const at = (text: string) => encodeURIComponent(text);

export const api = {
	tasks: () => call<{ tasks: TaskSummary[] }>("GET", "/tasks"),
	/** The definition is checked by tasks/definition.ts. */
	task: (name: string) => call<unknown>("GET", `/tasks/${at(name)}`),
	joinInfo: (code: string) => call<JoinInfo>("GET", `/join/${at(code)}`),
	join: (key: string, body: JoinRequest) =>
		call<JoinAnswer>("POST", "/join", { key, body }),
	me: (token: string) => call<Me>("GET", "/me", { token }),
	plan: (token: string) => call<Plan>("GET", "/me/plan", { token }),
	progress: (token: string) => call<Progress>("GET", "/me/progress", { token }),
	mintSessions: (token: string, key: string, body: SessionsRequest) =>
		call<{ sessions: MintedSession[] }>("POST", "/sessions", { token, key, body }),
	trials: (session: string, token: string, trials: TrialBody[], keepalive: boolean) =>
		call<TrialCounts>("POST", `/sessions/${at(session)}/trials`, { token, body: { trials }, keepalive }),
	complete: (session: string, token: string, body: CompleteRequest) =>
		call<SessionScore>("POST", `/sessions/${at(session)}/complete`, { token, body }),
	score: (session: string, token: string) =>
		call<SessionScore>("GET", `/sessions/${at(session)}/score`, { token }),
	sessionEngagement: (session: string, token: string) =>
		call<SessionEngagement>("GET", `/sessions/${at(session)}/engagement`, { token }),
	models: (token: string) => call<ModelList>("GET", "/models", { token }),
	uploadModel: (token: string, file: Blob) => call<Model>("POST", "/models", { token, file }),
	activateModel: (model: string, token: string) => call<Model>("POST", `/models/${at(model)}/activate`, { token }),
	modelRuns: (token: string) => call<{ runs: ModelRun[] }>("GET", "/model-runs", { token }),
	modelRun: (run: string, token: string) => call<ModelRun>("GET", `/model-runs/${at(run)}`, { token }),
	startRun: (token: string, key: string, body: ModelRunRequest) =>
		call<ModelRun>("POST", "/model-runs", { token, key, body }),
	cancelRun: (run: string, token: string) => call<ModelRun>("POST", `/model-runs/${at(run)}/cancel`, { token }),
	engagement: (cohort: string, token: string) =>
		call<Engagement>("GET", `/cohorts/${at(cohort)}/engagement`, { token }),
};

/** A fresh Idempotency-Key; also works where crypto.randomUUID is missing (plain http). */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
