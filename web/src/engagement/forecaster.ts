/*
 * The attention model in the browser: forecasts of trials and the engagement score, computed
 * by the same C sources as on the server (models/wasm/engagement.c, whose other side this
 * is). Nothing else imports this statically: it is loaded when a page needs it.
 */

/** What is expected of one trial before it happens; mu and sigma are of ln(RT in seconds). */
export interface Forecast {
	/** P(correct) */
	p: number;
	/** Moments of the distribution of ln RT. */
	mu: number;
	sigma: number;
	/** Its components: (1 - slow) N(mu1, sigma1) + slow N(mu1 + delta, sigma2). */
	mu1: number;
	sigma1: number;
	slow: number;
	delta: number;
	sigma2: number;
}

/** What is known of a trial before it starts. */
export interface TrialAhead {
	condition: string;
	onset_ms?: number | null;
	set_size?: number | null;
	load?: number | null;
	soa_ms?: number | null;
	difficulty?: number | null;
}

export interface TrialDone extends TrialAhead {
	correct: boolean;
	/** null: no response */
	rt_ms: number | null;
}

/** Expected lapse-free trials per 100, with a 90 % interval for the next 20. */
export interface Score {
	value: number;
	low: number;
	high: number;
	/** Among the last 20 trials. */
	lapses: number;
}

export interface Run {
	forecasts: Forecast[];
	/** Of a lapse, for each trial. */
	risks: number[];
	/** null before 20 trials. */
	score: Score | null;
}

export type By = "model" | "linear";

/* The module's exports; addresses are bytes into its memory, texts end with a zero. */
interface Exports {
	memory: WebAssembly.Memory;
	_initialize(): void;
	engagement_reserve(bytes: number): number;
	engagement_load(bytes: number): number;
	engagement_why(): number;
	engagement_text(): number;
	engagement_version(): number;
	engagement_task(): number;
	engagement_condition(task: number): number;
	engagement_start(task: number): number;
	engagement_next(
		condition: number, onsetMs: number,
		setSize: number, load: number, soaMs: number, difficulty: number,
	): number;
	engagement_outcome(correct: number, rtMs: number): number;
	engagement_judge(): number;
	engagement_run(by: number): number;
	engagement_forecasts(): number;
	engagement_risks(): number;
	engagement_score(): number;
}

const FORECAST_FLOATS = 8;
const BY: Record<By, number> = { model: 0, linear: 1 };

let compiled: Promise<WebAssembly.Module> | undefined;

/** Fetched and compiled once for a page. */
export function forecasterModule(): Promise<WebAssembly.Module> {
	compiled ??= WebAssembly.compileStreaming(fetch(ENGAGEMENT_MODULE));
	return compiled;
}

/** One model and one session's trials at a time. */
export class Forecaster {
	private readonly conditions = new Map<string, number>();
	private task = 0;
	private trials = 0;

	private constructor(private readonly exports: Exports) {}

	/** Refuses (Error, one sentence) what is no model file. */
	static async open(model: Uint8Array, module = forecasterModule()): Promise<Forecaster> {
		const instance = await WebAssembly.instantiate(await module);
		const f = new Forecaster(instance.exports as unknown as Exports);
		f.exports._initialize();
		f.reserve(model);
		f.must(f.exports.engagement_load(model.length) === 0);
		return f;
	}

	/** Identifies the model file. */
	get version(): string {
		return this.readText(this.exports.engagement_version());
	}

	/** The model file's text of a key, such as "encoder". */
	text(key: string): string | null {
		this.reserveText(key);
		const at = this.exports.engagement_text();
		return at === 0 ? null : this.readText(at);
	}

	/** Whether the model was trained on the task; others work with less to go by. */
	knows(task: string): boolean {
		this.reserveText(task);
		return this.exports.engagement_task() !== 0;
	}

	/** Begins a session; trials of the one before are forgotten. */
	start(task: string): void {
		this.reserveText(task);
		this.task = this.exports.engagement_task();
		this.conditions.clear();
		this.trials = 0;
		this.must(this.exports.engagement_start(this.task) === 0);
	}

	/** Forecasts the trial that comes next; outcome() must follow. */
	next(trial: TrialAhead): Forecast {
		const at = this.exports.engagement_next(
			this.condition(trial.condition),
			trial.onset_ms ?? NaN, trial.set_size ?? NaN, trial.load ?? NaN,
			trial.soa_ms ?? NaN, trial.difficulty ?? NaN,
		);
		this.must(at !== 0);
		return this.readForecast(at);
	}

	/** What became of it; rt_ms null: no response. */
	outcome({ correct, rt_ms }: Pick<TrialDone, "correct" | "rt_ms">): void {
		this.must(this.exports.engagement_outcome(correct ? 1 : 0, rt_ms ?? NaN) === 0);
		this.trials++;
	}

	/** The score after the trials so far; null before 20. */
	score(): Score | null {
		this.must(this.exports.engagement_judge() === 0);
		return this.readScore();
	}

	/** All trials so far at once, each forecast from those before it, and the score. */
	run(by: By = "model"): Run {
		this.must(this.exports.engagement_run(BY[by]) === 0);
		const first = this.exports.engagement_forecasts();
		const forecasts = Array.from({ length: this.trials }, (_, i) =>
			this.readForecast(first + i * FORECAST_FLOATS * 4),
		);
		const risks = this.floats(this.exports.engagement_risks(), this.trials);
		return { forecasts, risks: [...risks], score: this.readScore() };
	}

	private condition(name: string): number {
		let index = this.conditions.get(name);
		if (index === undefined) {
			this.reserveText(name);
			index = this.exports.engagement_condition(this.task);
			this.conditions.set(name, index);
		}
		return index;
	}

	private must(done: boolean): void {
		if (!done) throw new Error(this.readText(this.exports.engagement_why()));
	}

	private reserve(bytes: Uint8Array): void {
		const at = this.exports.engagement_reserve(bytes.length);
		if (at === 0) throw new Error("out of memory");
		new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
	}

	private reserveText(text: string): void {
		this.reserve(new TextEncoder().encode(`${text.replaceAll("\0", "")}\0`));
	}

	private readText(at: number): string {
		const bytes = new Uint8Array(this.exports.memory.buffer, at);
		return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
	}

	private floats(at: number, n: number): Float32Array {
		return new Float32Array(this.exports.memory.buffer, at, at === 0 ? 0 : n);
	}

	private readForecast(at: number): Forecast {
		const [p, mu, sigma, mu1, sigma1, slow, delta, sigma2] =
			this.floats(at, FORECAST_FLOATS) as unknown as Tuple8;
		return { p, mu, sigma, mu1, sigma1, slow, delta, sigma2 };
	}

	private readScore(): Score | null {
		const [defined, value, low, high, lapses] =
			new Float64Array(this.exports.memory.buffer, this.exports.engagement_score(), 5) as unknown as Tuple5;
		return defined ? { value, low, high, lapses } : null;
	}
}

type Tuple5 = [number, number, number, number, number];
type Tuple8 = [number, number, number, number, number, number, number, number];
