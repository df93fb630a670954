#include "db/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"

const char cell_column_list[] =
	"participant_id, session_id, cell, organisation_id, task, task_version, present, "
	"trial, condition, correct, rt_ms, onset_ms, difficulty, response, flags, "
	"detail, "
	"received_at";

/* Types of array elements, from PostgreSQL's pg_type. */
enum {
	OID_BOOL = 16,
	OID_CHAR = 18,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701
};

#define NULL_FIELD 0xffffffffu

/* An array's header: dimensions, has-null, element type, length, lower bound. */
#define ARRAY_HEADER 20

/* What a tuple takes apart from its details: fixed fields, and a trial's elements. */
#define TUPLE_FIXED \
	(2 + CELL_COLUMNS * 4 + 3 * 16 + 4 + 31 + 2 + 4 + 8 + 8 * ARRAY_HEADER)
#define TUPLE_TRIAL (8 + 6 + 5 + 8 + 12 + 8 + 6 + 6)

static inline char *
put_u16(char *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static inline char *
put_u32(char *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static inline char *
put_u64(char *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static inline char *
put_bytes(char *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

static inline char *
put_uuid(char *p, const struct uuid *id)
{
	return put_bytes(put_u32(p, sizeof(id->b)), id->b, sizeof(id->b));
}

static inline uint16_t
get_u16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t
get_u32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t
get_u64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static inline uint32_t
float_bits(float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static inline uint64_t
double_bits(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/* The field's length comes last, when the elements have been put. */
static inline char *
array_open(char *p, uint32_t type, size_t n, bool has_null)
{
	p = put_u32(p + 4, 1);
	p = put_u32(p, has_null);
	p = put_u32(p, type);
	p = put_u32(p, (uint32_t)n);
	return put_u32(p, 1);
}

static inline char *
array_close(char *start, char *p)
{
	put_u32(start, (uint32_t)(p - start - 4));
	return p;
}

/*
 * One array of n elements: none is the test for an element that is NULL, put its bytes.
 * all_none makes the field NULL.
 */
#define PUT_ARRAY(p, type, size, all_none, any_none, none, put) \
	do { \
		char *start_ = (p); \
		if (all_none) { \
			(p) = put_u32((p), NULL_FIELD); \
			break; \
		} \
		(p) = array_open((p), (type), n, (any_none)); \
		for (size_t i = 0; i < n; i++) { \
			if (none) { \
				(p) = put_u32((p), NULL_FIELD); \
			} else { \
				(p) = put_u32((p), (size)); \
				(p) = put; \
			} \
		} \
		(p) = array_close(start_, (p)); \
	} while (0)

static inline char *
put_byte(char *p, uint8_t v)
{
	*p = (char)v;
	return p + 1;
}

/* How many trials lack each optional value. */
struct lacks {
	size_t trial, rt_ms, onset_ms, difficulty, response, flags, detail;
	size_t detail_bytes;
};

static struct lacks
count_lacks(const struct trial *trials, size_t n)
{
	struct lacks l = {0};

	for (size_t i = 0; i < n; i++) {
		const struct trial *t = &trials[i];

		l.trial += t->trial < 0;
		l.rt_ms += isnan(t->rt_ms) != 0;
		l.onset_ms += isnan(t->onset_ms) != 0;
		l.difficulty += isnan(t->difficulty) != 0;
		l.response += t->response < 0;
		l.flags += t->flags == 0;
		l.detail += t->detail == NULL;
		l.detail_bytes += t->detail ? t->detail_len : 4;
	}
	return l;
}

/* A JSON array, an object or null a trial. */
static char *
put_detail(char *p, const struct trial *trials, size_t n)
{
	char *start = p;

	p += 4;
	for (size_t i = 0; i < n; i++) {
		*p++ = i == 0 ? '[' : ',';
		if (trials[i].detail)
			p = put_bytes(p, trials[i].detail, trials[i].detail_len);
		else
			p = put_bytes(p, "null", 4);
	}
	*p++ = ']';
	return array_close(start, p);
}

static char *
put_arrays(char *p, const struct trial *t, size_t n, const struct lacks *l)
{
	PUT_ARRAY(p, OID_INT4, 4, l->trial == n, l->trial, t[i].trial < 0,
		  put_u32(p, (uint32_t)t[i].trial));
	PUT_ARRAY(p, OID_CHAR, 1, false, false, false,
		  put_byte(p, (uint8_t)t[i].condition));
	PUT_ARRAY(p, OID_BOOL, 1, false, false, false, put_byte(p, t[i].correct));
	PUT_ARRAY(p, OID_FLOAT4, 4, l->rt_ms == n, l->rt_ms, isnan(t[i].rt_ms),
		  put_u32(p, float_bits(t[i].rt_ms)));
	PUT_ARRAY(p, OID_FLOAT8, 8, l->onset_ms == n, l->onset_ms, isnan(t[i].onset_ms),
		  put_u64(p, double_bits(t[i].onset_ms)));
	PUT_ARRAY(p, OID_FLOAT4, 4, l->difficulty == n, l->difficulty,
		  isnan(t[i].difficulty), put_u32(p, float_bits(t[i].difficulty)));
	PUT_ARRAY(p, OID_CHAR, 1, l->response == n, l->response, t[i].response < 0,
		  put_byte(p, (uint8_t)t[i].response));
	/* No flag is NULL too, as a NULL takes a bit of the row where 0 takes two bytes.
	 */
	PUT_ARRAY(p, OID_INT2, 2, l->flags == n, l->flags, t[i].flags == 0,
		  put_u16(p, t[i].flags));
	return p;
}

void
cell_encode(struct buffer *out, const struct trial_owner *owner,
	    const struct trial *trials, size_t n, int64_t received_us)
{
	struct lacks lacks = count_lacks(trials, n);
	size_t task_len = strnlen(owner->task, sizeof(owner->task) - 1);
	uint32_t present = 0;
	char *p;

	if (!buffer_reserve(out,
			    TUPLE_FIXED + n * (TUPLE_TRIAL + 1) + 1 + lacks.detail_bytes))
		return;
	for (size_t i = 0; i < n; i++)
		present |= 1u << trials[i].seq % TRIALS_PER_CELL;
	p = put_u16(out->data + out->len, CELL_COLUMNS);
	p = put_uuid(p, &owner->participant_id);
	p = put_uuid(p, &owner->session_id);
	p = put_u32(put_u32(p, 4), (uint32_t)cell_of_seq(trials[0].seq));
	p = put_uuid(p, &owner->organisation_id);
	p = put_bytes(put_u32(p, (uint32_t)task_len), owner->task, task_len);
	p = put_u16(put_u32(p, 2), (uint16_t)owner->task_version);
	p = put_u32(put_u32(p, 4), present);
	p = put_arrays(p, trials, n, &lacks);
	if (lacks.detail < n)
		p = put_detail(p, trials, n);
	else
		p = put_u32(p, NULL_FIELD);
	p = put_u64(put_u32(p, 8), (uint64_t)received_us);
	out->len = (size_t)(p - out->data);
}

int64_t
cell_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	/* From 1970 to 2000 there are 10957 days. */
	return ((int64_t)now.tv_sec - 10957ll * 86400) * 1000000 + now.tv_nsec / 1000;
}

bool
cell_row_from_tuple(struct cell_row *row, const char *data, size_t len)
{
	const char *end = data + len;

	if (len < 2 || get_u16(data) != CELL_COLUMNS)
		return false;
	data += 2;
	for (int i = 0; i < CELL_COLUMNS; i++) {
		uint32_t n;

		if (end - data < 4)
			return false;
		n = get_u32(data);
		data += 4;
		row->data[i] = data;
		row->len[i] = (int)n;
		if (n == NULL_FIELD)
			continue;
		if ((size_t)(end - data) < n)
			return false;
		data += n;
	}
	return data == end;
}

/*
 * The elements of an array field: elements[i] points at size bytes, or is NULL. A NULL
 * field gives n NULL elements. False when the array is not what the column holds.
 */
static bool
array_elements(const struct cell_row *row, enum cell_column column, uint32_t type,
	       size_t size, size_t n, const char *elements[TRIALS_PER_CELL])
{
	const char *p = row->data[column], *end;

	memset(elements, 0, TRIALS_PER_CELL * sizeof(elements[0]));
	if (row->len[column] < 0)
		return true;
	end = p + row->len[column];
	if (end - p < ARRAY_HEADER || get_u32(p) != 1 || get_u32(p + 8) != type ||
	    get_u32(p + 12) != n)
		return false;
	p += ARRAY_HEADER;
	for (size_t i = 0; i < n; i++) {
		uint32_t len;

		if (end - p < 4)
			return false;
		len = get_u32(p);
		p += 4;
		if (len == NULL_FIELD)
			continue;
		if (len != size || (size_t)(end - p) < size)
			return false;
		elements[i] = p;
		p += size;
	}
	return p == end;
}

/* Gives each trial its part of the JSON array. */
static bool
decode_detail(const struct cell_row *row, struct trial *trials, size_t n)
{
	const char *p = row->data[CELL_DETAIL], *end;

	if (row->len[CELL_DETAIL] < 0)
		return true;
	end = p + row->len[CELL_DETAIL];
	for (size_t i = 0; i < n; i++) {
		const char *start;

		if (p >= end || *p != (i == 0 ? '[' : ','))
			return false;
		start = json_text_space(p + 1, end);
		p = json_text_skip(start, end);
		if (start < p && *start == '{') {
			trials[i].detail = start;
			trials[i].detail_len = (uint32_t)(p - start);
		}
		p = json_text_space(p, end);
	}
	return end - p == 1 && *p == ']';
}

static float
get_float(const char *element)
{
	uint32_t bits;
	float v;

	if (!element)
		return NAN;
	bits = get_u32(element);
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static double
get_double(const char *element)
{
	uint64_t bits;
	double v;

	if (!element)
		return NAN;
	bits = get_u64(element);
	memcpy(&v, &bits, sizeof(v));
	return v;
}

#define FOR_ELEMENTS(column, type, size, assign) \
	do { \
		const char *e[TRIALS_PER_CELL]; \
		if (!array_elements(row, (column), (type), (size), n, e)) \
			return false; \
		for (size_t i = 0; i < n; i++) \
			assign; \
	} while (0)

static bool
decode_arrays(const struct cell_row *row, struct trial *t, size_t n)
{
	if (row->len[CELL_CONDITION] < 0 || row->len[CELL_CORRECT] < 0)
		return false;
	FOR_ELEMENTS(CELL_TRIAL, OID_INT4, 4,
		     t[i].trial = e[i] ? (int32_t)get_u32(e[i]) : -1);
	FOR_ELEMENTS(CELL_CONDITION, OID_CHAR, 1,
		     t[i].condition = e[i] ? (uint8_t)*e[i] : -1);
	FOR_ELEMENTS(CELL_CORRECT, OID_BOOL, 1, t[i].correct = e[i] && *e[i]);
	FOR_ELEMENTS(CELL_RT_MS, OID_FLOAT4, 4, t[i].rt_ms = get_float(e[i]));
	FOR_ELEMENTS(CELL_ONSET_MS, OID_FLOAT8, 8, t[i].onset_ms = get_double(e[i]));
	FOR_ELEMENTS(CELL_DIFFICULTY, OID_FLOAT4, 4, t[i].difficulty = get_float(e[i]));
	FOR_ELEMENTS(CELL_RESPONSE, OID_CHAR, 1,
		     t[i].response = e[i] ? (uint8_t)*e[i] : -1);
	FOR_ELEMENTS(CELL_FLAGS, OID_INT2, 2, t[i].flags = e[i] ? get_u16(e[i]) : 0);
	return decode_detail(row, t, n);
}

enum camp_err
cell_decode(const struct cell_row *row, struct trial trials[TRIALS_PER_CELL], size_t *n)
{
	uint32_t present;
	int32_t cell;

	*n = 0;
	if (row->len[CELL_CELL] != 4 || row->len[CELL_PRESENT] != 4)
		return CAMP_ERR_FAULT;
	cell = (int32_t)get_u32(row->data[CELL_CELL]);
	present = get_u32(row->data[CELL_PRESENT]);
	if (cell < 0 || cell > TRIAL_SEQ_MAX / TRIALS_PER_CELL || present == 0)
		return CAMP_ERR_FAULT;
	memset(trials, 0, TRIALS_PER_CELL * sizeof(*trials));
	for (int bit = 0; bit < TRIALS_PER_CELL; bit++) {
		if (present >> bit & 1)
			trials[(*n)++].seq = cell * TRIALS_PER_CELL + bit;
	}
	if (!decode_arrays(row, trials, *n)) {
		*n = 0;
		return CAMP_ERR_FAULT;
	}
	return CAMP_OK;
}

static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

bool
cell_trial_equal(const struct trial *a, const struct trial *b)
{
	if (a->seq != b->seq || a->trial != b->trial || a->condition != b->condition ||
	    a->response != b->response || a->flags != b->flags ||
	    a->correct != b->correct || !same_number(a->rt_ms, b->rt_ms) ||
	    !same_number(a->difficulty, b->difficulty) ||
	    !same_number(a->onset_ms, b->onset_ms))
		return false;
	if (!a->detail || !b->detail)
		return a->detail == b->detail;
	return a->detail_len == b->detail_len &&
	       memcmp(a->detail, b->detail, a->detail_len) == 0;
}

bool
cell_merge(struct trial trials[TRIALS_PER_CELL], size_t *n, const struct trial *offered,
	   size_t n_offered, struct trial_counts *counts,
	   const struct trial *conflicting[TRIALS_PER_CELL], size_t *n_conflicting)
{
	struct trial merged[TRIALS_PER_CELL];
	size_t i = 0, j = 0, m = 0;
	bool changed = false;

	*n_conflicting = 0;
	while (i < *n || j < n_offered) {
		if (j == n_offered || (i < *n && trials[i].seq < offered[j].seq)) {
			merged[m++] = trials[i++];
		} else if (i == *n || offered[j].seq < trials[i].seq) {
			merged[m++] = offered[j++];
			counts->stored++;
			changed = true;
		} else {
			if (cell_trial_equal(&trials[i], &offered[j])) {
				counts->repeated++;
			} else {
				counts->conflicting++;
				conflicting[(*n_conflicting)++] = &offered[j];
			}
			merged[m++] = trials[i++];
			j++;
		}
	}
	memcpy(trials, merged, m * sizeof(merged[0]));
	*n = m;
	return changed;
}

static void
add_number(struct buffer *out, const char *key, double value, int digits)
{
	if (!isnan(value))
		buffer_addf(out, ",\"%s\":%.*g", key, digits, value);
}

void
cell_trial_json(struct buffer *out, const struct trial *t)
{
	buffer_addf(out, "{\"condition\":%d,\"correct\":%s", t->condition,
		    t->correct ? "true" : "false");
	add_number(out, "rt_ms", t->rt_ms, 9);
	add_number(out, "onset_ms", t->onset_ms, 17);
	add_number(out, "difficulty", t->difficulty, 9);
	if (t->response >= 0)
		buffer_addf(out, ",\"response\":%d", t->response);
	if (t->flags)
		buffer_addf(out, ",\"flags\":%u", t->flags);
	if (t->trial >= 0)
		buffer_addf(out, ",\"trial\":%d", (int)t->trial);
	if (t->detail) {
		buffer_add_text(out, ",\"detail\":");
		buffer_add(out, t->detail, t->detail_len);
	}
	buffer_add_char(out, '}');
}
