import type { Definition } from "../definition";
import type { Rng } from "../rng";
import type { TrialSpec } from "../task";
import type { Word } from "./design";

/** A Stroop effect of about 80 ms, with 2 % and 5 % errors, which say the word. */
export function simulate(spec: TrialSpec<Word>, rng: Rng, def: Definition): { response: string | null; rt_ms: number } {
	const conflict = spec.stimulus.word !== spec.stimulus.ink;
	const mean = 640 + (conflict ? 80 : 0);
	const rt_ms = Math.max(220, mean * Math.exp(0.17 * rng.normal()));
	if (rng.next() >= (conflict ? 0.05 : 0.02)) return { response: spec.answer, rt_ms };
	const others = def.responses.map((r) => r.name).filter((n) => n !== spec.answer);
	return { response: conflict ? spec.stimulus.word : rng.pick(others), rt_ms };
}
