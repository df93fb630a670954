/**
 * A small random generator whose sequence is the same in every browser: designs are
 * remade from the session's seed after a reload, so it may use 32-bit integers only.
 *
 * Source: Doty-Humphrey's sfc32 (PractRand), seeded through Steele's splitmix32.
 */
export interface Rng {
	/** Uniform in [0, 1), 32 bits. */
	next(): number;
	/** Uniform integer in [0, n). */
	below(n: number): number;
	/** Standard normal, by the polar method. */
	normal(): number;
	/** A new array in random order. */
	shuffle<T>(items: readonly T[]): T[];
	pick<T>(items: readonly T[]): T;
}

export function makeRng(seed: number): Rng {
	let mix = seed | 0;
	const split = () => {
		mix = (mix + 0x9e3779b9) | 0;
		let z = mix ^ (mix >>> 16);
		z = Math.imul(z, 0x21f0aaad);
		z ^= z >>> 15;
		z = Math.imul(z, 0x735a2d97);
		return (z ^ (z >>> 15)) | 0;
	};
	let a = split();
	let b = split();
	let c = split();
	let counter = 1;
	const next32 = () => {
		const sum = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (((c << 21) | (c >>> 11)) + sum) | 0;
		return sum >>> 0;
	};
	for (let i = 0; i < 12; i++) next32();

	const next = () => next32() / 4294967296;
	const below = (n: number) => Math.floor(next() * n);
	return {
		next,
		below,
		normal() {
			for (;;) {
				const x = 2 * next() - 1;
				const y = 2 * next() - 1;
				const s = x * x + y * y;
				if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s);
			}
		},
		shuffle<T>(items: readonly T[]): T[] {
			const out = items.slice();
			for (let i = out.length - 1; i > 0; i--) {
				const j = below(i + 1);
				const held = out[i] as T;
				out[i] = out[j] as T;
				out[j] = held;
			}
			return out;
		},
		pick<T>(items: readonly T[]): T {
			if (items.length === 0) throw new RangeError("nothing to pick from");
			return items[below(items.length)] as T;
		},
	};
}
