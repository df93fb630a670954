/** A row of five arrows or bars, as flanker tasks show it. */
export type Side = "left" | "right";

const other: Readonly<Record<Side, Side>> = { left: "right", right: "left" };

const SIGNS = 5;
const MIDDLE = 2;

/** A shaft and, for an arrow, a head of half its length. */
function sign(g: CanvasRenderingContext2D, x: number, y: number, length: number, side: Side | null): void {
	const half = length / 2;
	g.beginPath();
	g.moveTo(x - half, y);
	g.lineTo(x + half, y);
	if (side !== null) {
		const tip = side === "right" ? half : -half;
		const back = side === "right" ? -0.38 * length : 0.38 * length;
		g.moveTo(x + tip + back, y - 0.32 * length);
		g.lineTo(x + tip, y);
		g.lineTo(x + tip + back, y + 0.32 * length);
	}
	g.stroke();
}

export interface RowOfSigns {
	target: Side;
	/** null: plain bars. */
	flankers: Side | null;
	/** Of the row's middle from the canvas's, downwards. */
	y: number;
	/** Of a sign, and between two; CSS pixels. */
	length: number;
	gap: number;
	colour: string;
}

export function drawSigns(g: CanvasRenderingContext2D, row: RowOfSigns): void {
	g.strokeStyle = row.colour;
	g.lineWidth = Math.max(2, row.length * 0.13);
	g.lineCap = "round";
	g.lineJoin = "round";
	for (let i = 0; i < SIGNS; i++) {
		const side = i === MIDDLE ? row.target : row.flankers;
		sign(g, (i - MIDDLE) * (row.length + row.gap), row.y, row.length, side);
	}
}

/** What stands beside the target: bars when neutral, else the same way or the other. */
export function flankersOf(congruency: string, target: Side): Side | null {
	if (congruency === "neutral") return null;
	return congruency === "congruent" ? target : other[target];
}
