import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf } from "./figures";

test("the figures of a file are read, rounded, and left out when they are none", () => {
	assert.equal(figuresOf("nll_correct 0.256723 nll_rt -0.075896", "en"), "NLL 0.257, RT NLL \u22120.076");
	assert.equal(figuresOf("nll_rt 0.1", "en"), "RT NLL 0.100");
	assert.equal(figuresOf("nll_correct nan", "en"), "");
	assert.equal(figuresOf(undefined, "en"), "");
});
