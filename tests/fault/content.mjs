// What a trial of these tests holds: a pure function of seed, session and seq, so that what
// was sent can be told from what is stored without keeping either.

/** A 32-bit hash of integers (murmur3's mixing). */
export function hash(...words) {
	let h = 0x9747b28c;
	for (const word of words) {
		let k = Math.imul(word | 0, 0xcc9e2d51);
		k = (k << 15) | (k >>> 17);
		h ^= Math.imul(k, 0x1b873593);
		h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
	}
	h ^= h >>> 16;
	h = Math.imul(h, 0x85ebca6b);
	h ^= h >>> 13;
	h = Math.imul(h, 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}

/** A stream of numbers in [0, 1), for what clients and faults do next. */
export function makeRandom(...seed) {
	let n = 0;
	const random = () => hash(...seed, n++) / 2 ** 32;
	random.below = (limit) => Math.floor(random() * limit);
	random.between = (low, high) => low + random() * (high - low);
	return random;
}

const FLAGS = ["touch", "frames_dropped", "blurred", "resumed", "catch", "timeout"];

function detailOf(h) {
	const set = Array.from({ length: 5 }, (_, i) => ((h >> i) & 1 ? "R" : "L")).join("");
	if (h % 64 === 0) return { note: `na\u00efve "${set}" \\ \u8bcd\n`, n: -1.5 };
	return h % 8 === 0 ? undefined : { set };
}

/**
 * makeContent(seed, task) gives trial(session, seq, variant): a trial as a client sends it.
 * Variant 0 is the truth; others differ from it and are sent to provoke conflicts. Optional
 * fields come and go by whole cells, as PostgreSQL keeps an array away that holds nothing.
 */
export function makeContent(seed, task) {
	return function trial(session, seq, variant = 0) {
		const h = (field) => hash(seed, session, seq, variant, field);
		const cell = hash(seed, session, seq >> 5, 99);
		const t = {
			seq,
			condition: task.conditions[h(1) % task.conditions.length],
			correct: h(2) % 10 > 0,
			rt_ms: h(3) % 20 === 0 ? null : 200 + variant * 2000 + (h(4) % 12000) / 10,
		};
		if (variant > 0) t.rt_ms = 2000 + variant + (h(4) % 1000) / 10;
		if (cell & 1) t.onset_ms = (seq % 4096) * 2000 + (h(5) % 20000) / 10;
		if (cell & 2 && h(6) % 16 > 0) t.response = task.responses[h(7) % task.responses.length];
		if (cell & 4) t.difficulty = (h(8) % 2000) / 1000 - 0.5;
		if (cell & 8) t.flags = FLAGS.filter((_, i) => (h(9) >> (4 * i)) % 16 === 0);
		if (cell & 16) t.trial = seq + 1;
		const detail = cell & 96 ? detailOf(h(10)) : undefined;
		if (detail) t.detail = detail;
		return t;
	};
}

const none = (v) => v === undefined || v === null;
const sameNumber = (stored, sent, round = (x) => x) =>
	none(sent) ? none(stored) : !none(stored) && round(stored) === round(sent);

/** Names the first field in which a stored trial differs from the one sent, or null. */
export function difference(stored, sent, task) {
	const flags = (sent.flags ?? []).reduce((bits, name) => bits | (1 << FLAGS.indexOf(name)), 0);
	const checks = {
		trial: sameNumber(stored.trial, sent.trial),
		condition: stored.condition === task.conditions.indexOf(sent.condition),
		correct: stored.correct === sent.correct,
		rt_ms: sameNumber(stored.rt_ms, sent.rt_ms, Math.fround),
		onset_ms: sameNumber(stored.onset_ms, sent.onset_ms),
		difficulty: sameNumber(stored.difficulty, sent.difficulty, Math.fround),
		response: sameNumber(stored.response, none(sent.response) ? null : task.responses.indexOf(sent.response)),
		flags: (stored.flags ?? 0) === flags,
		detail: JSON.stringify(stored.detail ?? null) === JSON.stringify(sent.detail ?? null),
	};
	return Object.keys(checks).find((field) => !checks[field]) ?? null;
}
