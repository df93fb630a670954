import assert from "node:assert/strict";
import { test } from "node:test";
import { mostOf, nextSpan, sequence, streamOf, type SpanRule } from "./span";
import type { Played } from "./task";

const RULE: SpanRule = { conditions: ["forward", "backward"], start: 3, perLength: 2, longest: 6 };

function lengths(rule: SpanRule, correct: (n: number, length: number) => boolean): string[] {
	const played: Played[] = [];
	const out: string[] = [];
	for (let t = nextSpan(played, rule); t !== null; t = nextSpan(played, rule)) {
		out.push(`${t.condition[0]}${t.length}`);
		const right = correct(played.length, t.length);
		played.push({ condition: t.condition, correct: right, response: null, rt_ms: null, difficulty: t.length });
	}
	return out;
}

test("two trials a length, longer and longer, to the longest, in each condition", () => {
	const all = lengths(RULE, () => true);
	assert.equal(all.join(" "), "f3 f3 f4 f4 f5 f5 f6 f6 b3 b3 b4 b4 b5 b5 b6 b6");
	assert.equal(all.length, mostOf(RULE));
});

test("two failures at one length end a condition, one does not", () => {
	assert.equal(lengths(RULE, (_, length) => length < 4).join(" "), "f3 f3 f4 f4 b3 b3 b4 b4");
	assert.equal(lengths({ ...RULE, conditions: ["forward"] }, (n) => n % 2 === 0).length, 8);
	assert.equal(lengths(RULE, () => false).join(" "), "f3 f3 b3 b3");
});

test("of more than two trials a length, the second failure is enough; of one, the first", () => {
	const rule = { ...RULE, conditions: ["forward"] };
	assert.equal(lengths({ ...rule, perLength: 4 }, () => false).length, 2);
	assert.equal(lengths({ ...rule, perLength: 1 }, (_, length) => length < 5).join(" "), "f3 f4 f5");
});

test("nothing comes twice before all came, nor after itself", () => {
	const all = [1, 2, 3, 4, 5, 6, 7, 8, 9];
	for (let i = 0; i < 200; i++) {
		const out = sequence(all, 12, streamOf(99, i));
		assert.equal(new Set(out.slice(0, 9)).size, 9);
		assert.equal(new Set(out.slice(9)).size, 3);
		assert.ok(out.every((x, k) => k === 0 || x !== out[k - 1]));
	}
	assert.notDeepEqual(sequence(all, 9, streamOf(99, 0)), sequence(all, 9, streamOf(99, 1)));
});
