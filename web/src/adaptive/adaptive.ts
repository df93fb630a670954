/*
 * Adaptive difficulty in the browser: the same C as the server's, with the same bits
 * (models/adaptive, models/wasm/adaptive.c, whose other side this is). The server replays
 * a session's trials and expects the very difficulties that next() gave, so trials must
 * carry them as they are. Nothing imports this statically: a task that adapts loads it.
 */

export type Kind = "weighted" | "up_down" | "questplus" | "ability" | "blocks";

/** The member "adaptive" of a task's definition; what is left out has its default. */
export interface AdaptiveConfig {
	kind: Kind;
	/** Of the rules of decision. */
	version: number;
	/** Levels: min, min + step, ... up to max. */
	min: number;
	max: number;
	step: number;
	/** 1: greater values are harder; -1: smaller ones are. */
	harder?: 1 | -1;
	/** Share correct in practice trials. */
	target?: number;
	/** Every other number of models/adaptive/config.def. */
	[field: string]: number | string | undefined;
}

/** Members for the task and for people rather than for the module. */
const NOT_FIELDS = new Set(["kind", "parameter", "unit"]);

/** What an earlier session found out; slope_sd 0: the slope was not estimated. */
export interface Ability {
	location: number;
	location_sd: number;
	slope: number;
	slope_sd: number;
}

export interface Estimate extends Ability {
	/** The difficulty at which practice settles, and the share correct there. */
	threshold: number;
	threshold_sd: number;
	settles_at: number;
	guess: number;
	lapse: number;
	trials: number;
	correct: number;
	probes: number;
	probes_correct: number;
	reversals: number;
	/** NaN before the fourth reversal, and the fifth. */
	reversal_mean: number;
	reversal_error: number;
}

/** As much of a stored trial as decides the next. */
export interface AdaptiveTrial {
	difficulty?: number | null;
	correct: boolean;
}

/* Addresses are bytes into the memory; texts end with a zero; address 0 is none. */
interface Exports {
	memory: WebAssembly.Memory;
	adaptive_field(i: number): number;
	adaptive_kind(i: number): number;
	adaptive_member(i: number): number;
	adaptive_config(): number;
	adaptive_open(): number;
	adaptive_start(seed: number, location: number, locationSd: number, slope: number, slopeSd: number): void;
	adaptive_next(): number;
	adaptive_is_probe(): number;
	adaptive_outcome(difficulty: number, correct: number): void;
	adaptive_estimate(): number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Fetched and compiled once for a page; the service worker keeps it for offline use. */
export function adaptiveModule(): Promise<WebAssembly.Module> {
	if (compiled === undefined) {
		compiled = WebAssembly.compileStreaming(fetch(ADAPTIVE_MODULE));
		/* A network that failed once may answer the next time. */
		compiled.catch(() => (compiled = undefined));
	}
	return compiled;
}

/** The difficulty of one session's trials. */
export class Adaptive {
	private readonly members: string[];

	private constructor(private readonly exports: Exports) {
		this.members = this.names(exports.adaptive_member);
	}

	/** Refuses (Error, one sentence) a configuration that cannot be used. */
	static async open(config: AdaptiveConfig, module = adaptiveModule()): Promise<Adaptive> {
		const instance = await WebAssembly.instantiate(await module);
		const a = new Adaptive(instance.exports as unknown as Exports);
		a.configure(config);
		return a;
	}

	/** Begins a session with its seed, from an earlier one's ability or as a newcomer's. */
	start(seed: number, ability: Ability | null): void {
		const { location, location_sd, slope, slope_sd } =
			ability ?? { location: 0, location_sd: 0, slope: 0, slope_sd: 0 };
		this.exports.adaptive_start(seed | 0, location, location_sd, slope, slope_sd);
	}

	/** The difficulty of the next trial, a float; the same until outcome(). */
	next(): number {
		return this.exports.adaptive_next();
	}

	/** Whether the next trial measures rather than practises. */
	isProbe(): boolean {
		return this.exports.adaptive_is_probe() !== 0;
	}

	/** `difficulty`: what was shown, next()'s. */
	outcome(difficulty: number, correct: boolean): void {
		this.exports.adaptive_outcome(difficulty, correct ? 1 : 0);
	}

	/** After a reload: goes through the trials that were kept. */
	resume(trials: readonly AdaptiveTrial[]): void {
		for (const { difficulty, correct } of trials) {
			if (typeof difficulty === "number") this.outcome(difficulty, correct);
		}
	}

	estimate(): Estimate {
		const values = this.doubles(this.exports.adaptive_estimate(), this.members.length);
		return Object.fromEntries(this.members.map((name, i) => [name, values[i]])) as unknown as Estimate;
	}

	private configure(config: AdaptiveConfig): void {
		const kind = this.names(this.exports.adaptive_kind).indexOf(config.kind);
		const fields = this.names(this.exports.adaptive_field);
		const values = this.doubles(this.exports.adaptive_config(), fields.length);
		if (kind < 0) throw new Error(`there is no kind "${config.kind}"`);
		values[fields.indexOf("kind")] = kind;
		for (const [name, value] of Object.entries(config)) {
			if (NOT_FIELDS.has(name) || value === undefined) continue;
			const field = fields.indexOf(name);
			if (field < 0 || typeof value !== "number") throw new Error(`"${name}" is no number of adaptive difficulty`);
			values[field] = value;
		}
		const wrong = this.exports.adaptive_open();
		if (wrong !== 0) throw new Error(this.text(wrong));
	}

	private names(nameOf: (i: number) => number): string[] {
		const list: string[] = [];
		for (let at = nameOf(0); at !== 0; at = nameOf(list.length)) list.push(this.text(at));
		return list;
	}

	/* Made anew each time, as a memory that grows leaves its old views empty. */
	private doubles(at: number, n: number): Float64Array {
		return new Float64Array(this.exports.memory.buffer, at, n);
	}

	private text(at: number): string {
		const bytes = new Uint8Array(this.exports.memory.buffer, at);
		return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
	}
}
