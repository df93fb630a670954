/*
 * The app's icon as PNG, for what does not take SVG: home screens and installers. Drawn
 * from the same figures as src/icon.svg, sixteen samples a pixel, and packed by zlib.
 */
import { deflateSync } from "node:zlib";

const GROUND = [0x1d, 0x4f, 0x5c];
const LINE = [0xff, 0xff, 0xff];
const DOT = [0xff, 0xc8, 0x57];
/* On the 64 units of src/icon.svg. */
const CORNER = 14;
const TRIANGLE = [[32, 12], [54, 50], [10, 50]];
const HALF_LINE = 2.5;
const DOT_AT = [32, 38];
const DOT_RADIUS = 6;
const SAMPLES = 4;

function toSegment([x, y], [ax, ay], [bx, by]) {
	const [dx, dy] = [bx - ax, by - ay];
	const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
	return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Colour at a point of the 64 units; null outside the rounded square. */
function colourAt(x, y, full, scale) {
	if (!full) {
		const dx = Math.max(0, Math.abs(x - 32) - (32 - CORNER));
		const dy = Math.max(0, Math.abs(y - 32) - (32 - CORNER));
		if (Math.hypot(dx, dy) > CORNER) return null;
	}
	const p = [32 + (x - 32) / scale, 32 + (y - 32) / scale];
	if (Math.hypot(p[0] - DOT_AT[0], p[1] - DOT_AT[1]) <= DOT_RADIUS) return DOT;
	const near = TRIANGLE.some((a, i) => toSegment(p, a, TRIANGLE[(i + 1) % 3]) <= HALF_LINE);
	return near ? LINE : GROUND;
}

/** As PNG wants it; zlib's own is not in Node 18. */
function crc(bytes) {
	let c = 0xffffffff;
	for (const byte of bytes) {
		c ^= byte;
		for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
	}
	return (c ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const out = Buffer.alloc(body.length + 8);
	out.writeUInt32BE(data.length, 0);
	body.copy(out, 4);
	out.writeUInt32BE(crc(body), body.length + 4);
	return out;
}

/**
 * A PNG of size x size pixels, RGBA. `full`: the ground fills the square, for systems that
 * cut their own shape; `scale` shrinks the figure, so that no cut reaches it.
 */
export function iconPng(size, { full = false, scale = 1 } = {}) {
	const rows = Buffer.alloc(size * (1 + 4 * size));
	for (let y = 0; y < size; y++) {
		for (let x = 0; x < size; x++) {
			const sum = [0, 0, 0];
			let inside = 0;
			for (let s = 0; s < SAMPLES * SAMPLES; s++) {
				const at = (v, k) => (64 * (v + (k + 0.5) / SAMPLES)) / size;
				const colour = colourAt(at(x, s % SAMPLES), at(y, Math.floor(s / SAMPLES)), full, scale);
				if (colour === null) continue;
				inside++;
				for (let c = 0; c < 3; c++) sum[c] += colour[c];
			}
			const at = y * (1 + 4 * size) + 1 + 4 * x;
			for (let c = 0; c < 3; c++) rows[at + c] = inside === 0 ? 0 : Math.round(sum[c] / inside);
			rows[at + 3] = Math.round((255 * inside) / (SAMPLES * SAMPLES));
		}
	}
	const head = Buffer.alloc(13);
	head.writeUInt32BE(size, 0);
	head.writeUInt32BE(size, 4);
	head.set([8, 6, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk("IHDR", head),
		chunk("IDAT", deflateSync(rows, { level: 9 })),
		chunk("IEND", Buffer.alloc(0)),
	]);
}
