/**
 * Where the discs are at each moment: from a seed, the same on every machine and at every
 * display rate. Lengths are in field sides with the origin in the centre, times in seconds.
 *
 * Only sums, products, quotients and square roots are used, which every browser rounds
 * alike; sines and logarithms they do not.
 */
import { makeRng, type Rng } from "../rng";

export interface Motion {
	seed: number;
	discs: number;
	/** Field sides a second. */
	speed: number;
	move_ms: number;
}

/** Time between two computed places; what lies between is drawn on the straight line. */
export const STEP_MS = 10;
/** Discs start farther apart than this, and turn away from those that are nearer. */
const NEAR = 0.16;
/** No two centres come nearer than this many radii. */
export const CLEARANCE = 2.3;
/** How sharply discs turn away from each other, and wander; by what happens in one side's way. */
const REPULSION = 14;
const WANDER = 5;

/** x and y of each disc, one disc after the other; one list for each step. */
export type Places = Float64Array;

function unitVector(rng: Rng): [number, number] {
	for (;;) {
		const x = 2 * rng.next() - 1;
		const y = 2 * rng.next() - 1;
		const length = Math.sqrt(x * x + y * y);
		if (length > 0.1 && length <= 1) return [x / length, y / length];
	}
}

function startPlaces({ discs }: Motion, radius: number, rng: Rng): Places {
	const room = 1 - 2 * radius;
	const p = new Float64Array(2 * discs);
	/* Should it be too dense for the distance, chance in a thousand, start anew. */
	for (let placed = 0, tries = 0; placed < discs; tries++) {
		if (tries % 500 === 499) placed = 0;
		const x = (rng.next() - 0.5) * room;
		const y = (rng.next() - 0.5) * room;
		let free = true;
		for (let j = 0; j < placed; j++) {
			const dx = x - (p[2 * j] as number);
			const dy = y - (p[2 * j + 1] as number);
			free &&= dx * dx + dy * dy >= NEAR * NEAR;
		}
		if (!free) continue;
		p[2 * placed] = x;
		p[2 * placed + 1] = y;
		placed++;
	}
	return p;
}

/** Turns the directions: away from near discs, and a little by chance. */
function steer(p: Places, v: Places, way: number, rng: Rng): void {
	const n = p.length / 2;
	for (let i = 0; i < n; i++) {
		const [wx, wy] = unitVector(rng);
		let ax = WANDER * wx;
		let ay = WANDER * wy;
		for (let j = 0; j < n; j++) {
			const dx = (p[2 * i] as number) - (p[2 * j] as number);
			const dy = (p[2 * i + 1] as number) - (p[2 * j + 1] as number);
			const d = Math.sqrt(dx * dx + dy * dy);
			if (j === i || d >= NEAR || d === 0) continue;
			const force = (REPULSION * (NEAR - d)) / (NEAR * d);
			ax += force * dx;
			ay += force * dy;
		}
		const x = (v[2 * i] as number) + way * ax;
		const y = (v[2 * i + 1] as number) + way * ay;
		const length = Math.sqrt(x * x + y * y);
		if (length < 1e-6) continue;
		v[2 * i] = x / length;
		v[2 * i + 1] = y / length;
	}
}

/** One step of the way, with bounces from the edges. */
function advance(p: Places, v: Places, way: number, edge: number): void {
	for (let k = 0; k < p.length; k++) {
		let at = (p[k] as number) + way * (v[k] as number);
		if (at > edge || at < -edge) {
			at = at > edge ? 2 * edge - at : -2 * edge - at;
			v[k] = -(v[k] as number);
		}
		p[k] = at;
	}
}

/** Moves discs that came too near apart, along the line between them. */
function part(p: Places, least: number, edge: number): boolean {
	const n = p.length / 2;
	let moved = false;
	for (let i = 0; i < n; i++) {
		for (let j = i + 1; j < n; j++) {
			const dx = (p[2 * i] as number) - (p[2 * j] as number);
			const dy = (p[2 * i + 1] as number) - (p[2 * j + 1] as number);
			const d = Math.sqrt(dx * dx + dy * dy);
			if (d >= least) continue;
			const push = (0.5 * (least - d) + 1e-6) / Math.max(d, 1e-9);
			const clamp = (x: number) => Math.max(-edge, Math.min(edge, x));
			p[2 * i] = clamp((p[2 * i] as number) + push * dx);
			p[2 * i + 1] = clamp((p[2 * i + 1] as number) + push * dy);
			p[2 * j] = clamp((p[2 * j] as number) - push * dx);
			p[2 * j + 1] = clamp((p[2 * j + 1] as number) - push * dy);
			moved = true;
		}
	}
	return moved;
}

/** Places at 0, STEP_MS, 2 STEP_MS ... up to the end of the movement. */
export function pathsOf(motion: Motion, radius: number): Places[] {
	const rng = makeRng(motion.seed);
	const edge = 0.5 - radius;
	const way = (motion.speed * STEP_MS) / 1000;
	const p = startPlaces(motion, radius, rng);
	const v = new Float64Array(p.length);
	for (let i = 0; i < motion.discs; i++) v.set(unitVector(rng), 2 * i);
	const all = [p.slice()];
	for (let t = 0; t < motion.move_ms; t += STEP_MS) {
		steer(p, v, way, rng);
		advance(p, v, way, edge);
		for (let tries = 0; tries < 20 && part(p, CLEARANCE * radius, edge); tries++);
		all.push(p.slice());
	}
	return all;
}

/** Places at a moment between two steps; before the first and after the last, those. */
export function placesAt(paths: readonly Places[], elapsed_ms: number): Places {
	const at = Math.max(0, Math.min(elapsed_ms / STEP_MS, paths.length - 1));
	const before = paths[Math.floor(at)] as Places;
	const after = paths[Math.ceil(at)] as Places;
	const share = at - Math.floor(at);
	return before.map((x, k) => x + share * ((after[k] as number) - x));
}
