import assert from "node:assert/strict";
import { test } from "node:test";
import { Collection, type Direction, placeAt, placeTowards } from "./collection";

test("answers are kept in order up to the most, and the last is taken back", () => {
	const c = new Collection({ most: 3 });
	assert.equal(c.enough, false);
	for (const [i, name] of ["4", "7", "4", "9"].entries()) c.press(name, 100 * i);
	assert.deepEqual(c.names, ["4", "7", "4"]);
	assert.equal(c.over, false);
	c.takeBack();
	assert.deepEqual(c.given, [{ name: "4", at_ms: 0 }, { name: "7", at_ms: 100 }]);
	assert.equal(c.enough, true);
});

test("with toggle, a second press takes a place back", () => {
	const c = new Collection({ most: 2, least: 2, toggle: true });
	for (const name of ["a", "b", "a", "c"]) c.press(name, 0);
	assert.deepEqual(c.names, ["b", "c"]);
	assert.equal(c.enough, true);
	c.press("b", 0);
	assert.equal(c.enough, false);
});

test("with auto_done the last answer is the end", () => {
	const c = new Collection({ most: 2, auto_done: true });
	c.press("a", 0);
	assert.equal(c.over, false);
	c.press("b", 0);
	assert.equal(c.over, true);
});

const PLACES = [
	{ name: "nw", x: -100, y: -90, r: 20 },
	{ name: "ne", x: 110, y: -100, r: 20 },
	{ name: "mid", x: 5, y: 3, r: 20 },
	{ name: "sw", x: -95, y: 100, r: 20 },
	{ name: "se", x: 90, y: 105, r: 20 },
];

test("a press means the nearest place, or none", () => {
	assert.equal(placeAt(PLACES, 12, -5)?.name, "mid");
	assert.equal(placeAt(PLACES, 110, -73)?.name, "ne", "a finger is a little beside it");
	assert.equal(placeAt(PLACES, 60, 0), null);
});

test("arrow keys move towards their side and go round at the end", () => {
	assert.equal(placeTowards(PLACES, null, "left"), "mid");
	assert.equal(placeTowards(PLACES, "mid", "up"), "nw");
	assert.equal(placeTowards(PLACES, "nw", "right"), "mid");
	assert.equal(placeTowards(PLACES, "ne", "right"), "nw");
	assert.equal(placeTowards(PLACES, "nw", "down"), "sw");
	assert.equal(placeTowards([], null, "down"), null);
});

test("every place is reached by arrow keys from every other", () => {
	const directions: Direction[] = ["left", "right", "up", "down"];
	for (const from of PLACES) {
		const reached = new Set([from.name]);
		for (const name of reached) for (const d of directions) reached.add(placeTowards(PLACES, name, d) ?? name);
		assert.equal(reached.size, PLACES.length, from.name);
	}
});
