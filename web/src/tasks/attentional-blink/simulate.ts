import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Stream } from "./design";

/** Share of X seen at lags 1 to 8 by someone who blinks as people customarily do. */
const SEEN = [0.78, 0.56, 0.58, 0.66, 0.74, 0.8, 0.85, 0.87];
const FIRST_RIGHT = 0.87;
const FALSE_ALARMS = 0.08;

export function simulate(spec: TrialSpec<Stream>, rng: Rng): { response: string | null; rt_ms: number } {
	const lag = /^lag-(\d)$/.exec(spec.condition);
	const right = rng.next() < FIRST_RIGHT;
	const seen = rng.next() < (lag === null ? FALSE_ALARMS : (SEEN[Number(lag[1]) - 1] ?? 0));
	const rt_ms = Math.max(250, 900 * Math.exp(0.3 * rng.normal()));
	return { response: `t1-${right ? "right" : "wrong"}-${seen ? "x" : "none"}`, rt_ms };
}
