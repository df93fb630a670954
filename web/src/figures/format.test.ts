import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRange, intervalOf } from "./format";

test("the interval that is drawn is the one that was sent, and none when none was", () => {
	/* Not as far on either side, as a share's is: no rule of this client's would make it. */
	assert.deepEqual(intervalOf({ interval: [0.722, 1] }), [0.722, 1]);
	assert.equal(intervalOf({ interval: null }), null);
	assert.equal(intervalOf({}), null);
});

test("a range stays on one line, from low to high", () => {
	assert.equal(formatRange([0.722, 1], "proportion", "en"), "72%\u00a0–\u00a0100%");
	assert.equal(formatRange([-1.25, 3], "ms/item", "en"), "\u22121.3\u00a0–\u00a03.0");
	assert.ok(/^\u2066[^ ]+\u2069$/.test(formatRange([1, 2], "items", "ar")));
});
