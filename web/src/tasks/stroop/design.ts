/** Which word in which ink, balanced over colours and pairs. */
import { evenly, shuffledDesign } from "../balance";
import type { Definition, Parameters } from "../definition";
import type { Design } from "../task";

export interface Word {
	/** Names of responses: what the word says, and the colour it is written in. */
	word: string;
	ink: string;
}

function pairs(condition: string, def: Definition): Word[] {
	const names = def.responses.map((r) => r.name);
	return names.flatMap((word) =>
		names.filter((ink) => (ink === word) === (condition === "congruent")).map((ink) => ({ word, ink })),
	);
}

export function design(seed: number, p: Parameters, def: Definition): Design<Word> {
	return shuffledDesign(seed, p, def, ({ name }, n, rng) =>
		evenly(pairs(name, def), n, rng).map((stimulus) => ({ condition: name, answer: stimulus.ink, stimulus })),
	);
}
