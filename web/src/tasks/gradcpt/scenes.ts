/**
 * Greyscale pictures of cities and mountains, drawn by rule: the same number gives the same
 * picture on every device. Both kinds have a light sky, a horizon at about the same height
 * and a darker ground, so that brightness alone does not tell them apart.
 */
import { makeRng, type Rng } from "../rng";

export type Kind = "city" | "mountain";

export interface Scene {
	kind: Kind;
	/** 0 to 9. */
	index: number;
}

/** Side of a picture in its own pixels. */
const SIDE = 400;

const grey = (level: number): string => {
	const l = Math.round(Math.max(0, Math.min(255, level)));
	return `rgb(${l},${l},${l})`;
};
const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.next();

function sky(g: CanvasRenderingContext2D, rng: Rng): void {
	const fill = g.createLinearGradient(0, 0, 0, SIDE);
	fill.addColorStop(0, grey(between(rng, 120, 175)));
	fill.addColorStop(0.7, grey(between(rng, 205, 235)));
	g.fillStyle = fill;
	g.fillRect(0, 0, SIDE, SIDE);
	/* Thin clouds. */
	for (let i = 0; i < 4; i++) {
		g.fillStyle = "rgba(255,255,255,0.16)";
		g.beginPath();
		g.ellipse(between(rng, 0, SIDE), between(rng, 20, 130), between(rng, 40, 110), between(rng, 5, 13), 0, 0, 2 * Math.PI);
		g.fill();
	}
}

interface Block {
	x: number;
	top: number;
	width: number;
	level: number;
}

function windows(g: CanvasRenderingContext2D, rng: Rng, { x, top, width, level }: Block): void {
	const [step, size] = rng.pick([[12, 6], [14, 8], [10, 5], [17, 9]] as const);
	const lit = level + between(rng, 50, 100);
	const dark = level - 32;
	/* Rows of windows, or bands of glass. */
	const bands = rng.below(4) === 0;
	for (let y = top + 8; y < SIDE; y += step) {
		if (bands) {
			g.fillStyle = grey(lit);
			g.fillRect(x + 4, y, width - 8, size * 0.6);
			continue;
		}
		for (let left = x + 5; left + size < x + width - 2; left += step) {
			g.fillStyle = grey(rng.below(3) === 0 ? dark : lit);
			g.fillRect(left, y, size * 0.8, size);
		}
	}
}

function roof(g: CanvasRenderingContext2D, rng: Rng, { x, top, width, level }: Block): void {
	const middle = x + width / 2;
	g.fillStyle = grey(level);
	switch (rng.below(5)) {
		case 0: /* a mast */
			g.fillRect(middle - 1.5, top - 46, 3, 46);
			g.fillRect(middle - 5, top - 12, 10, 12);
			break;
		case 1: /* a step */
			g.fillRect(x + width * 0.2, top - 16, width * 0.6, 16);
			g.fillRect(x + width * 0.35, top - 30, width * 0.3, 14);
			break;
		case 2: /* a tank and a lift house */
			g.fillRect(x + width * 0.15, top - 11, width * 0.25, 11);
			g.fillRect(x + width * 0.65, top - 8, width * 0.2, 8);
			break;
		default:
	}
}

function row(g: CanvasRenderingContext2D, rng: Rng, levels: readonly [number, number], tops: readonly [number, number], widths: readonly [number, number], near: boolean): void {
	let x = -between(rng, 0, 20);
	while (x < SIDE) {
		const block = { x, top: between(rng, ...tops), width: between(rng, ...widths), level: between(rng, ...levels) };
		roof(g, rng, block);
		g.fillStyle = grey(block.level);
		g.fillRect(x, block.top, block.width, SIDE - block.top);
		if (near) windows(g, rng, block);
		/* The side away from the light. */
		g.fillStyle = "rgba(0,0,0,0.22)";
		g.fillRect(x + block.width * 0.78, block.top, block.width * 0.22, SIDE - block.top);
		x += block.width + (near && rng.below(3) === 0 ? between(rng, 3, 14) : 0);
	}
}

function city(g: CanvasRenderingContext2D, rng: Rng): void {
	const low = between(rng, 0, 40);
	row(g, rng, [165, 190], [110 + low, 220 + low], [18, 40], false);
	row(g, rng, [85, 150], [100 + low, 250], [34, 68], true);
	row(g, rng, [50, 95], [235, 320], [44, 92], true);
	/* The street. */
	g.fillStyle = grey(58);
	g.fillRect(0, SIDE - 34, SIDE, 34);
	g.fillStyle = grey(180);
	for (let x = between(rng, 0, 30); x < SIDE; x += 46) g.fillRect(x, SIDE - 18, 24, 3);
}

/** Height of a ridge at every column: peaks with straight flanks, roughened. */
function ridge(rng: Rng, peaks: number, base: number, height: number, rough: number): number[] {
	const tops = Array.from({ length: peaks }, (_, i) => ({
		x: ((i + between(rng, 0.1, 0.9)) * SIDE) / peaks,
		h: height * between(rng, 0.55, 1),
		left: between(rng, 0.6, 1.3),
		right: between(rng, 0.6, 1.3),
	}));
	let wander = 0;
	return Array.from({ length: SIDE }, (_, x) => {
		wander = 0.86 * wander + rough * rng.normal();
		const up = tops.map((p) => p.h - Math.abs(x - p.x) * (x < p.x ? p.left : p.right));
		return base - Math.max(8, ...up) + wander;
	});
}

function slopes(g: CanvasRenderingContext2D, rng: Rng, tops: readonly number[], level: number, snow: number): void {
	let patch = 0;
	for (const [x, top] of tops.entries()) {
		/* Light from the left: where the ground falls to the right it lies in shadow. */
		const ahead = tops[Math.min(SIDE - 1, x + 9)] as number;
		const behind = tops[Math.max(0, x - 9)] as number;
		const shade = Math.max(-1, Math.min(1, (ahead - behind) / 14));
		patch = 0.8 * patch + 4 * rng.normal();
		const fill = g.createLinearGradient(0, top, 0, SIDE);
		fill.addColorStop(0, grey(level - 30 * shade + patch));
		fill.addColorStop(1, grey(level - 25 + patch / 2));
		g.fillStyle = fill;
		g.fillRect(x, top, 1.5, SIDE - top);
		const depth = snow - top + 3 * patch;
		if (depth > 0) {
			g.fillStyle = grey(238 - 55 * Math.max(0, shade));
			g.fillRect(x, top, 1.5, depth * (0.75 + 0.25 * Math.sin(x / 6)));
		}
	}
}

function trees(g: CanvasRenderingContext2D, rng: Rng): void {
	for (let i = 0; i < 34; i++) {
		const x = between(rng, 0, SIDE);
		const foot = between(rng, SIDE - 60, SIDE);
		const height = between(rng, 24, 52);
		g.fillStyle = grey(between(rng, 38, 66));
		for (let part = 0; part < 3; part++) {
			const y = foot - (height * part) / 4;
			const half = height * (0.26 - 0.06 * part);
			g.beginPath();
			g.moveTo(x - half, y);
			g.lineTo(x, y - height / 2);
			g.lineTo(x + half, y);
			g.fill();
		}
	}
}

function mountain(g: CanvasRenderingContext2D, rng: Rng): void {
	const far = ridge(rng, 3 + rng.below(3), 250, between(rng, 110, 150), 0.8);
	slopes(g, rng, far, 165, 190);
	const middle = ridge(rng, 1 + rng.below(3), 300, between(rng, 170, 220), 1.6);
	slopes(g, rng, middle, 115, between(rng, 150, 205));
	const near = ridge(rng, 2 + rng.below(2), 380, between(rng, 60, 110), 1.2);
	slopes(g, rng, near, 75, 0);
	trees(g, rng);
}

/** Fades to nothing outside a circle. */
function vignette(g: CanvasRenderingContext2D): void {
	const half = SIDE / 2;
	const fade = g.createRadialGradient(half, half, half * 0.86, half, half, half * 0.99);
	fade.addColorStop(0, "rgba(0,0,0,1)");
	fade.addColorStop(1, "rgba(0,0,0,0)");
	g.globalCompositeOperation = "destination-in";
	g.fillStyle = fade;
	g.fillRect(0, 0, SIDE, SIDE);
}

const painted = new Map<string, HTMLCanvasElement>();

export const nameOf = ({ kind, index }: Scene): string => `${kind}-${index}`;

/** The picture, drawn when it is first asked for. */
export function pictureOf(scene: Scene): HTMLCanvasElement {
	const name = nameOf(scene);
	const kept = painted.get(name);
	if (kept !== undefined) return kept;
	const canvas = document.createElement("canvas");
	canvas.width = canvas.height = SIDE;
	canvas.dataset["scene"] = name;
	const g = canvas.getContext("2d");
	if (g === null) throw new Error("this browser has no canvas");
	const rng = makeRng(1000 * (scene.kind === "city" ? 1 : 2) + scene.index);
	sky(g, rng);
	if (scene.kind === "city") city(g, rng);
	else mountain(g, rng);
	vignette(g);
	painted.set(name, canvas);
	return canvas;
}
