#include "server/trial_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/decimal.h"
#include "base/json_text.h"
#include "server/trial_scan_internal.h"

/*
 * How the scanner reads: every function takes the place p and returns the place behind
 * what it read, or NULL for "not for me". It guesses that the members of a trial come in
 * the order of the trial before, so that a key costs one comparison of 16 bytes.
 */

#define KEY_BYTES 16 /* no key with its quotes and colon is longer */
#define NAMES_KEPT 8
#define DETAIL_KEYS_MAX 16

struct key_pattern {
	char text[KEY_BYTES], mask[KEY_BYTES];
	int len;
};

/* clang-format off */
#define MASK_6  "\xff\xff\xff\xff\xff\xff"
#define MASK_7  MASK_6 "\xff"
#define MASK_8  MASK_7 "\xff"
/* clang-format on */

static const struct key_pattern key_patterns[TRIAL_FIELDS] = {
	[TRIAL_FIELD_SEQ] = {"\"seq\":", MASK_6, 6},
	[TRIAL_FIELD_CONDITION] = {"\"condition\":", MASK_6 MASK_6, 12},
	[TRIAL_FIELD_CORRECT] = {"\"correct\":", MASK_6 "\xff\xff\xff\xff", 10},
	[TRIAL_FIELD_RT_MS] = {"\"rt_ms\":", MASK_8, 8},
	[TRIAL_FIELD_ONSET_MS] = {"\"onset_ms\":", MASK_6 "\xff\xff\xff\xff\xff", 11},
	[TRIAL_FIELD_RESPONSE] = {"\"response\":", MASK_6 "\xff\xff\xff\xff\xff", 11},
	[TRIAL_FIELD_DIFFICULTY] = {"\"difficulty\":", MASK_6 MASK_7, 13},
	[TRIAL_FIELD_FLAGS] = {"\"flags\":", MASK_8, 8},
	[TRIAL_FIELD_TRIAL] = {"\"trial\":", MASK_8, 8},
	[TRIAL_FIELD_DETAIL] = {"\"detail\":", MASK_6 "\xff\xff\xff", 9},
};

/* A name seen in this body and its code, so that most look-ups are one comparison. */
struct known_name {
	uint64_t low, high;
	int code;
};

struct name_cache {
	int n;
	struct known_name names[NAMES_KEPT];
};

struct scan {
	const char *end;
	const struct task_definition *def;
	struct trial_batch *batch;
	int n_order;
	uint8_t order[TRIAL_FIELDS]; /* fields of the trial before */
	struct name_cache conditions, responses;
};

static inline const char *
skip_space(const char *p, const char *end)
{
	if (p < end && (unsigned char)*p <= ' ')
		return json_text_space(p, end);
	return p;
}

/* Reads one byte that must be there. */
static inline const char *
expect(const char *p, const char *end, char c)
{
	p = skip_space(p, end);
	return p < end && *p == c ? p + 1 : NULL;
}

/*
 * p is behind the opening quote; returns the place of the closing one. Refuses escapes,
 * control characters and everything beyond ASCII.
 */
static inline const char *
plain_string(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'),
		      blank = _mm_set1_epi8(' ');

	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* The comparison is signed, so bytes from 0x80 are below the blank. */
		__m128i bad = _mm_or_si128(_mm_cmpeq_epi8(v, backslash),
					   _mm_cmplt_epi8(v, blank));
		unsigned quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quote));
		unsigned stops = quotes | (unsigned)_mm_movemask_epi8(bad);

		if (stops) {
			unsigned first = (unsigned)__builtin_ctz(stops);

			return quotes >> first & 1 ? p + first : NULL;
		}
		p += 16;
	}
#endif
	for (; p < end; p++) {
		if (*p == '"')
			return p;
		if (*p == '\\' || *p < ' ' || (signed char)*p < 0)
			return NULL;
	}
	return NULL;
}

static inline const char *
small_integer(const char *p, const char *end, int32_t max, int32_t *out)
{
	int32_t value = 0;
	const char *start = p;

	while (p < end && p - start < 8 && (unsigned)(*p - '0') < 10)
		value = 10 * value + (*p++ - '0');
	if (p == start || (*start == '0' && p - start > 1) || value > max)
		return NULL;
	*out = value;
	return p;
}

static inline bool
starts_with(const char *p, const char *end, const char *four)
{
	return end - p >= 4 && memcmp(p, four, 4) == 0;
}

/* A number in range, or null, which leaves *out alone. */
static inline const char *
nullable_decimal(const char *p, const char *end, double min, double max, double *out)
{
	double value;

	if (starts_with(p, end, "null"))
		return p + 4;
	p = decimal_read(p, end, &value);
	if (!p || value < min || value > max)
		return NULL;
	*out = value + 0.0; /* -0 becomes 0 */
	return p;
}

static int
look_up(const struct scan *s, enum trial_field field, const char *name, size_t len)
{
	return field == TRIAL_FIELD_CONDITION ? task_condition_code(s->def, name, len)
					      : task_response_code(s->def, name, len);
}

/* A name of the definition; its code fits, there are at most TASK_NAMES_MAX. */
static inline const char *
name_code(struct scan *s, const char *p, enum trial_field field, int16_t *out)
{
	static const char masks[32] = MASK_8 MASK_8;
	struct name_cache *cache =
		field == TRIAL_FIELD_CONDITION ? &s->conditions : &s->responses;
	uint64_t low, high, mask[2];
	const char *name, *quote;
	size_t len;
	int code;

	if (p == s->end || *p != '"')
		return NULL;
	name = p + 1;
	quote = plain_string(name, s->end);
	if (!quote)
		return NULL;
	len = (size_t)(quote - name);
	if (len > 15 || s->end - name < 16) {
		code = look_up(s, field, name, len);
		*out = (int16_t)code;
		return code < 0 ? NULL : quote + 1;
	}
	memcpy(&low, name, 8);
	memcpy(&high, name + 8, 8);
	memcpy(mask, masks + 16 - len, 16);
	low &= mask[0];
	high &= mask[1];
	for (int i = 0; i < cache->n; i++) {
		if (cache->names[i].low == low && cache->names[i].high == high) {
			*out = (int16_t)cache->names[i].code;
			return quote + 1;
		}
	}
	code = look_up(s, field, name, len);
	if (code < 0)
		return NULL;
	if (cache->n < NAMES_KEPT)
		cache->names[cache->n++] = (struct known_name){low, high, code};
	*out = (int16_t)code;
	return quote + 1;
}

static const char *
flag_list(const char *p, const char *end, uint16_t *out)
{
	uint16_t flags = 0, bit;
	const char *quote;

	if (end - p >= 2 && p[0] == '[' && p[1] == ']')
		return p + 2;
	p = expect(p, end, '[');
	if (!p)
		return NULL;
	for (;;) {
		p = expect(p, end, '"');
		quote = p ? plain_string(p, end) : NULL;
		if (!quote)
			return NULL;
		bit = trial_flag_from_name(p, (size_t)(quote - p));
		if (!bit || (flags & bit))
			return NULL;
		flags |= bit;
		p = skip_space(quote + 1, end);
		if (p == end)
			return NULL;
		if (*p == ']')
			break;
		if (*p++ != ',')
			return NULL;
	}
	*out = flags;
	return p + 1;
}

struct detail_scan {
	const char *end;
	bool spaced; /* white space was met */
};

static const char *detail_value(struct detail_scan *d, const char *p, int depth);

static inline const char *
detail_space(struct detail_scan *d, const char *p)
{
	if (p < d->end && (unsigned char)*p <= ' ') {
		d->spaced = true;
		return json_text_space(p, d->end);
	}
	return p;
}

/* p is behind the brace; refuses repeated keys. */
static const char *
detail_object(struct detail_scan *d, const char *p, int depth)
{
	struct {
		const char *text;
		size_t len;
	} keys[DETAIL_KEYS_MAX];
	int n = 0;

	if (depth > JSON_DEPTH_MAX)
		return NULL;
	p = detail_space(d, p);
	if (p < d->end && *p == '}')
		return p + 1;
	for (;;) {
		const char *quote;

		if (p == d->end || *p != '"' || n == DETAIL_KEYS_MAX)
			return NULL;
		quote = plain_string(p + 1, d->end);
		if (!quote)
			return NULL;
		keys[n].text = p + 1;
		keys[n].len = (size_t)(quote - p - 1);
		for (int i = 0; i < n; i++) {
			if (keys[i].len == keys[n].len &&
			    memcmp(keys[i].text, keys[n].text, keys[n].len) == 0)
				return NULL;
		}
		n++;
		p = detail_space(d, quote + 1);
		if (p == d->end || *p != ':')
			return NULL;
		p = detail_value(d, detail_space(d, p + 1), depth);
		if (!p)
			return NULL;
		p = detail_space(d, p);
		if (p == d->end)
			return NULL;
		if (*p == '}')
			return p + 1;
		if (*p != ',')
			return NULL;
		p = detail_space(d, p + 1);
	}
}

/* p is behind the bracket. */
static const char *
detail_array(struct detail_scan *d, const char *p, int depth)
{
	if (depth > JSON_DEPTH_MAX)
		return NULL;
	p = detail_space(d, p);
	if (p < d->end && *p == ']')
		return p + 1;
	for (;;) {
		p = detail_value(d, p, depth);
		if (!p)
			return NULL;
		p = detail_space(d, p);
		if (p == d->end)
			return NULL;
		if (*p == ']')
			return p + 1;
		if (*p != ',')
			return NULL;
		p = detail_space(d, p + 1);
	}
}

static const char *
detail_value(struct detail_scan *d, const char *p, int depth)
{
	double ignored;

	if (p == d->end)
		return NULL;
	switch (*p) {
	case '"':
		p = plain_string(p + 1, d->end);
		return p ? p + 1 : NULL;
	case '{':
		return detail_object(d, p + 1, depth + 1);
	case '[':
		return detail_array(d, p + 1, depth + 1);
	case 't':
		return starts_with(p, d->end, "true") ? p + 4 : NULL;
	case 'f':
		return starts_with(p + 1, d->end, "alse") ? p + 5 : NULL;
	case 'n':
		return starts_with(p, d->end, "null") ? p + 4 : NULL;
	default:
		return decimal_read(p, d->end, &ignored);
	}
}

/* The body is level 1, its array 2, the trial 3. */
#define DETAIL_DEPTH 4

static const char *
detail_text(struct scan *s, const char *p, struct trial *t)
{
	struct detail_scan d = {s->end, false};
	struct buffer *text = &s->batch->text;
	const char *start = p;
	size_t at = text->len;

	if (starts_with(p, s->end, "null"))
		return p + 4;
	if (p == s->end || *p != '{')
		return NULL;
	p = detail_object(&d, p + 1, DETAIL_DEPTH);
	if (!p)
		return NULL;
	if (d.spaced) {
		/* An offset until all is read, as the text may still move. */
		json_text_compact(text, start, p);
		if (text->failed)
			return NULL;
		t->detail = NULL;
		t->detail_len = (uint32_t)(text->len - at);
	} else {
		t->detail = start;
		t->detail_len = (uint32_t)(p - start);
	}
	return t->detail_len <= TRIAL_DETAIL_BYTES_MAX ? p : NULL;
}

static const char *
field_value(struct scan *s, const char *p, enum trial_field field, struct trial *t)
{
	const char *end = s->end;
	double value = NAN;

	switch (field) {
	case TRIAL_FIELD_SEQ:
		return small_integer(p, end, TRIAL_SEQ_MAX, &t->seq);
	case TRIAL_FIELD_TRIAL:
		if (starts_with(p, end, "null"))
			return p + 4;
		return small_integer(p, end, TRIAL_NUMBER_MAX, &t->trial);
	case TRIAL_FIELD_CONDITION:
		return name_code(s, p, field, &t->condition);
	case TRIAL_FIELD_RESPONSE:
		if (starts_with(p, end, "null"))
			return p + 4;
		return name_code(s, p, field, &t->response);
	case TRIAL_FIELD_CORRECT:
		t->correct = starts_with(p, end, "true");
		if (t->correct)
			return p + 4;
		return p < end && *p == 'f' && starts_with(p + 1, end, "alse") ? p + 5
									       : NULL;
	case TRIAL_FIELD_RT_MS:
		p = nullable_decimal(p, end, 0, TRIAL_RT_MS_MAX, &value);
		t->rt_ms = (float)value;
		return p;
	case TRIAL_FIELD_DIFFICULTY:
		p = nullable_decimal(p, end, -TRIAL_DIFFICULTY_MAX, TRIAL_DIFFICULTY_MAX,
				     &value);
		t->difficulty = (float)value;
		return p;
	case TRIAL_FIELD_ONSET_MS:
		return nullable_decimal(p, end, 0, TRIAL_ONSET_MS_MAX, &t->onset_ms);
	case TRIAL_FIELD_FLAGS:
		return flag_list(p, end, &t->flags);
	case TRIAL_FIELD_DETAIL:
		return detail_text(s, p, t);
	case TRIAL_FIELDS:
		break;
	}
	return NULL;
}

/* True when the key at p, with its quotes and colon, is this field's. */
static inline bool
key_is(const char *p, const char *end, const struct key_pattern *key)
{
	uint64_t text[2], mask[2], body[2];

	if (end - p < KEY_BYTES)
		return end - p >= key->len && memcmp(p, key->text, (size_t)key->len) == 0;
	memcpy(body, p, KEY_BYTES);
	memcpy(text, key->text, KEY_BYTES);
	memcpy(mask, key->mask, KEY_BYTES);
	return (((body[0] & mask[0]) ^ text[0]) | ((body[1] & mask[1]) ^ text[1])) == 0;
}

/* Reads a key and its colon; guess is the field of this place in the trial before. */
static inline const char *
field_key(const char *p, const char *end, unsigned guess, unsigned *field)
{
	const struct key_pattern *key = &key_patterns[guess];

	if (key_is(p, end, key)) {
		*field = guess;
		return p + key->len;
	}
	for (unsigned f = 0; f < TRIAL_FIELDS; f++) {
		size_t quoted;

		key = &key_patterns[f];
		quoted = (size_t)key->len - 1;
		if ((size_t)(end - p) > quoted && memcmp(p, key->text, quoted) == 0) {
			*field = f;
			return expect(p + quoted, end, ':');
		}
	}
	return NULL;
}

/* p is behind the brace of the trial's object. */
static inline const char *
one_trial(struct scan *s, const char *p, struct trial *t)
{
	const unsigned required = 1u << TRIAL_FIELD_SEQ | 1u << TRIAL_FIELD_CONDITION |
				  1u << TRIAL_FIELD_CORRECT | 1u << TRIAL_FIELD_RT_MS;
	unsigned seen = 0, field;
	int place = 0;

	*t = (struct trial){.trial = -1,
			    .response = -1,
			    .rt_ms = NAN,
			    .difficulty = NAN,
			    .onset_ms = NAN};
	for (;;) {
		p = skip_space(p, s->end);
		p = field_key(p, s->end, s->order[place], &field);
		if (!p || (seen >> field & 1))
			return NULL;
		seen |= 1u << field;
		s->order[place] = (uint8_t)field;
		place += place < TRIAL_FIELDS - 1;
		p = field_value(s, skip_space(p, s->end), field, t);
		if (!p)
			return NULL;
		p = skip_space(p, s->end);
		if (p == s->end)
			return NULL;
		if (*p == '}')
			return (seen & required) == required ? p + 1 : NULL;
		if (*p++ != ',')
			return NULL;
	}
}

static bool
reserve_trial(struct trial_batch *batch)
{
	size_t cap = batch->cap ? 2 * batch->cap : 32;
	struct trial *trials;

	if (batch->n < batch->cap)
		return true;
	trials = realloc(batch->trials, cap * sizeof(*trials));
	if (!trials)
		return false;
	batch->trials = trials;
	batch->cap = cap;
	return true;
}

struct trial *
trial_batch_add(struct trial_batch *batch)
{
	return reserve_trial(batch) ? &batch->trials[batch->n++] : NULL;
}

static int
compare_seq(const void *a, const void *b)
{
	const struct trial *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

bool
trial_batch_sort(struct trial_batch *batch)
{
	struct trial *t = batch->trials;
	size_t i = 1;

	while (i < batch->n && t[i - 1].seq < t[i].seq)
		i++;
	if (i >= batch->n)
		return true;
	qsort(t, batch->n, sizeof(*t), compare_seq);
	for (i = 1; i < batch->n; i++) {
		if (t[i - 1].seq == t[i].seq)
			return false;
	}
	return true;
}

/* Compacted details follow one another in the text, in the order of reading. */
void
trial_batch_place_text(struct trial_batch *batch)
{
	const char *at = batch->text.data;

	for (size_t i = 0; i < batch->n && at; i++) {
		struct trial *t = &batch->trials[i];

		if (t->detail_len > 0 && !t->detail) {
			t->detail = at;
			at += t->detail_len;
		}
	}
}

static const char *
all_trials(struct scan *s, const char *p)
{
	struct trial_batch *batch = s->batch;

	for (;;) {
		struct trial *t = NULL;

		p = expect(p, s->end, '{');
		if (p && batch->n < TRIALS_PER_REQUEST_MAX)
			t = trial_batch_add(batch);
		p = t ? one_trial(s, p, t) : NULL;
		if (!p)
			return NULL;
		p = skip_space(p, s->end);
		if (p == s->end)
			return NULL;
		if (*p == ']')
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

void
trial_batch_reset(struct trial_batch *batch)
{
	batch->n = 0;
	buffer_reset(&batch->text);
}

void
trial_batch_clear(struct trial_batch *batch)
{
	free(batch->trials);
	buffer_clear(&batch->text);
	*batch = (struct trial_batch){0};
}

bool
trial_scan_fast(struct trial_batch *batch, const struct task_definition *def,
		const char *body, size_t len)
{
	/* The order of the API's documentation is the first guess. */
	struct scan s = {.end = body + len,
			 .def = def,
			 .batch = batch,
			 .order = {TRIAL_FIELD_SEQ, TRIAL_FIELD_CONDITION,
				   TRIAL_FIELD_CORRECT, TRIAL_FIELD_RT_MS,
				   TRIAL_FIELD_ONSET_MS, TRIAL_FIELD_RESPONSE,
				   TRIAL_FIELD_DIFFICULTY, TRIAL_FIELD_FLAGS,
				   TRIAL_FIELD_DETAIL, TRIAL_FIELD_TRIAL}};
	const char *p = expect(body, s.end, '{');

	trial_batch_reset(batch);
	p = p ? skip_space(p, s.end) : NULL;
	if (!p || s.end - p < 8 || memcmp(p, "\"trials\"", 8) != 0)
		return false;
	p = expect(p + 8, s.end, ':');
	p = p ? expect(p, s.end, '[') : NULL;
	p = p ? all_trials(&s, p) : NULL;
	p = p ? expect(p, s.end, '}') : NULL;
	if (p && skip_space(p, s.end) == s.end) {
		trial_batch_place_text(batch);
		if (trial_batch_sort(batch))
			return true;
	}
	trial_batch_reset(batch);
	return false;
}

enum camp_err
trial_scan(struct trial_batch *batch, const struct task_definition *def, const char *body,
	   size_t len, struct problem *why)
{
	problem_reset(why);
	if (len > 0 && trial_scan_fast(batch, def, body, len))
		return CAMP_OK;
	return trial_scan_jansson(batch, def, body, len, why);
}
