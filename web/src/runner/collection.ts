/** Several answers of one trial, and a cursor that moves among places. */
import type { Collecting, Given, Place } from "../tasks/task";

export type Direction = "left" | "right" | "up" | "down";

export class Collection {
	private list: readonly Given[] = [];

	constructor(private readonly s: Pick<Collecting, "most" | "least" | "toggle" | "auto_done">) {}

	get given(): readonly Given[] {
		return this.list;
	}

	get names(): string[] {
		return this.list.map((g) => g.name);
	}

	/** Whether the participant may say that it is all. */
	get enough(): boolean {
		return this.list.length >= (this.s.least ?? 1);
	}

	/** Whether nothing more is waited for. */
	get over(): boolean {
		return this.s.auto_done === true && this.list.length >= this.s.most;
	}

	press(name: string, at_ms: number): void {
		if (this.s.toggle === true && this.list.some((g) => g.name === name)) {
			this.list = this.list.filter((g) => g.name !== name);
		} else if (this.list.length < this.s.most) {
			this.list = [...this.list, { name, at_ms }];
		}
	}

	takeBack(): void {
		this.list = this.list.slice(0, -1);
	}
}

/** Fingers are wider than what they aim at. */
const SLACK_PX = 10;

/** The place that a press at x, y meant; null: none is near. */
export function placeAt(places: readonly Place[], x: number, y: number): Place | null {
	let best: Place | null = null;
	let nearest = Infinity;
	for (const place of places) {
		const beyond = Math.hypot(place.x - x, place.y - y) - place.r;
		if (beyond <= SLACK_PX && beyond < nearest) {
			best = place;
			nearest = beyond;
		}
	}
	return best;
}

const VECTORS: Readonly<Record<Direction, readonly [number, number]>> = {
	left: [-1, 0],
	right: [1, 0],
	up: [0, -1],
	down: [0, 1],
};

/**
 * Where an arrow key takes the cursor. Without a cursor, to the place nearest to the
 * centre; else to the nearest place on that side, by the way along and aside; where there
 * is none, to the farthest on the other side, so that one key alone goes round.
 */
export function placeTowards(places: readonly Place[], from: string | null, direction: Direction): string | null {
	const here = places.find((p) => p.name === from);
	if (here === undefined) return least(places, (p) => Math.hypot(p.x, p.y));
	const [dx, dy] = VECTORS[direction];
	const along = (p: Place) => (p.x - here.x) * dx + (p.y - here.y) * dy;
	const aside = (p: Place) => Math.abs((p.x - here.x) * dy) + Math.abs((p.y - here.y) * dx);
	/* Little more than a right angle: with wider ones some places could not be reached. */
	const ahead = places.filter((p) => p !== here && along(p) > 0 && aside(p) <= 1.2 * along(p));
	return least(ahead, (p) => along(p) + aside(p)) ?? least(places, (p) => along(p) + aside(p) / 2);
}

function least(places: readonly Place[], cost: (p: Place) => number): string | null {
	let best: Place | null = null;
	for (const place of places) if (best === null || cost(place) < cost(best)) best = place;
	return best?.name ?? null;
}
