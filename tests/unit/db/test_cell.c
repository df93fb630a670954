/* db/cell: rows to and fro, and what merging makes of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/cell.h"
#include "db/hints.h"
#include "tests/unit/unit.h"

static const struct trial_owner owner = {.task = "stroop", .task_version = 3};

static struct trial
bare(int32_t seq)
{
	return (struct trial){.seq = seq,
			      .trial = -1,
			      .condition = 2,
			      .response = -1,
			      .rt_ms = NAN,
			      .difficulty = NAN,
			      .onset_ms = NAN};
}

static struct trial
full(int32_t seq)
{
	static const char detail[] = "{\"a\":\"],[\",\"b\":[{},null]}";

	return (struct trial){.seq = seq,
			      .trial = TRIAL_NUMBER_MAX,
			      .condition = 255,
			      .response = 254,
			      .flags = 0x3f,
			      .correct = true,
			      .rt_ms = 512.4f,
			      .difficulty = -1000000.0f,
			      .onset_ms = 86400000.0,
			      .detail = detail,
			      .detail_len = sizeof(detail) - 1};
}

/* Encodes, decodes and compares. */
static void
there_and_back(const struct trial *trials, size_t n)
{
	struct trial back[TRIALS_PER_CELL];
	struct buffer tuple = {0};
	struct cell_row row;
	size_t n_back;

	cell_encode(&tuple, &owner, trials, n, 1);
	ck_assert(!tuple.failed);
	ck_assert(cell_row_from_tuple(&row, tuple.data, tuple.len));
	ck_assert_int_eq(row.len[CELL_TASK], 6);
	ck_assert_mem_eq(row.data[CELL_TASK], "stroop", 6);
	ck_assert_int_eq(cell_decode(&row, back, &n_back), CAMP_OK);
	ck_assert_uint_eq(n_back, n);
	for (size_t i = 0; i < n; i++)
		ck_assert(cell_trial_equal(&trials[i], &back[i]));
	buffer_clear(&tuple);
}

START_TEST(cell_comes_back_as_it_went)
{
	struct trial trials[TRIALS_PER_CELL];

	for (int seq = 0; seq < TRIALS_PER_CELL; seq++)
		trials[seq] = seq % 3 ? full(96 + seq) : bare(96 + seq);
	there_and_back(trials, TRIALS_PER_CELL);
	there_and_back(trials, 1);
	there_and_back(trials + 31, 1);
	trials[0] = bare(TRIAL_SEQ_MAX);
	there_and_back(trials, 1);
	trials[0] = full(0);
	trials[1] = bare(31);
	there_and_back(trials, 2);
}
END_TEST

START_TEST(cell_without_a_value_has_a_null_column)
{
	static const enum cell_column optional[] = {CELL_TRIAL,    CELL_RT_MS,
						    CELL_ONSET_MS, CELL_DIFFICULTY,
						    CELL_RESPONSE, CELL_FLAGS,
						    CELL_DETAIL};
	struct trial trials[2] = {bare(5), bare(9)};
	struct buffer tuple = {0};
	struct cell_row row;

	cell_encode(&tuple, &owner, trials, 2, 1);
	ck_assert(cell_row_from_tuple(&row, tuple.data, tuple.len));
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		ck_assert_int_eq(row.len[optional[i]], -1);
	ck_assert_int_ge(row.len[CELL_CONDITION], 0);
	ck_assert_int_ge(row.len[CELL_CORRECT], 0);
	ck_assert_mem_eq(row.data[CELL_PRESENT], "\0\0\x02\x20", 4);
	buffer_clear(&tuple);
}
END_TEST

START_TEST(cell_that_is_damaged_does_not_decode)
{
	struct trial trials[2] = {full(5), full(9)}, back[TRIALS_PER_CELL];
	struct buffer tuple = {0};
	struct cell_row row;
	size_t n;

	cell_encode(&tuple, &owner, trials, 2, 1);
	for (size_t len = 0; len < tuple.len; len++)
		ck_assert(!cell_row_from_tuple(&row, tuple.data, len));
	/* Whatever a byte is turned into: refused or decoded, never out of bounds. */
	for (size_t i = 0; i < tuple.len; i++) {
		char *copy = malloc(tuple.len);

		memcpy(copy, tuple.data, tuple.len);
		copy[i] = (char)(copy[i] ^ 0x5a);
		if (cell_row_from_tuple(&row, copy, tuple.len))
			(void)!cell_decode(&row, back, &n);
		free(copy);
	}
	ck_assert(cell_row_from_tuple(&row, tuple.data, tuple.len));
	row.len[CELL_CORRECT] = -1;
	ck_assert_int_eq(cell_decode(&row, back, &n), CAMP_ERR_FAULT);
	ck_assert_uint_eq(n, 0);
	buffer_clear(&tuple);
}
END_TEST

START_TEST(cell_trial_equal_sees_every_field)
{
	struct trial a = full(1), b;

	b = a;
	ck_assert(cell_trial_equal(&a, &b));
#define DIFFERS(field, value) \
	do { \
		b = a; \
		b.field = (value); \
		ck_assert(!cell_trial_equal(&a, &b)); \
		ck_assert(!cell_trial_equal(&b, &a)); \
	} while (0)
	DIFFERS(seq, 2);
	DIFFERS(trial, -1);
	DIFFERS(condition, 1);
	DIFFERS(response, -1);
	DIFFERS(flags, 0);
	DIFFERS(correct, false);
	DIFFERS(rt_ms, 512.5f);
	DIFFERS(rt_ms, NAN);
	DIFFERS(difficulty, NAN);
	DIFFERS(onset_ms, 1.0);
	DIFFERS(detail, NULL);
	DIFFERS(detail, "{\"a\":\"],[\",\"b\":[{},true]}");
	DIFFERS(detail_len, 2);
	a = bare(1);
	b = bare(1);
	ck_assert(cell_trial_equal(&a, &b));
}
END_TEST

/* Merges seqs from..from+n_offered into 10..19; the rt of every third offered differs. */
static void
merge_range(int32_t from, int n_offered, int stored, int repeated, int conflicting)
{
	struct trial trials[TRIALS_PER_CELL], offered[TRIALS_PER_CELL];
	const struct trial *refused[TRIALS_PER_CELL];
	struct trial_counts counts = {0};
	size_t n = 10, n_refused;
	bool changed;

	for (int i = 0; i < 10; i++)
		trials[i] = full(10 + i);
	for (int i = 0; i < n_offered; i++) {
		offered[i] = full(from + i);
		if (offered[i].seq % 3 == 0)
			offered[i].rt_ms = 1;
	}
	changed = cell_merge(trials, &n, offered, (size_t)n_offered, &counts, refused,
			     &n_refused);
	ck_assert_int_eq(counts.stored, stored);
	ck_assert_int_eq(counts.repeated, repeated);
	ck_assert_int_eq(counts.conflicting, conflicting);
	ck_assert_int_eq(changed, stored > 0);
	ck_assert_uint_eq(n, (size_t)(10 + stored));
	ck_assert_uint_eq(n_refused, (size_t)conflicting);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_lt(trials[i - 1].seq, trials[i].seq);
	for (size_t i = 0; i < n; i++)
		if (trials[i].seq >= 10 && trials[i].seq < 20)
			ck_assert(trials[i].rt_ms == 512.4f);
}

START_TEST(cell_merge_keeps_what_is_there)
{
	merge_range(10, 10, 0, 7, 3);
	merge_range(0, 10, 10, 0, 0);
	merge_range(20, 12, 12, 0, 0);
	merge_range(0, 32, 22, 7, 3);
	merge_range(15, 10, 5, 3, 2);
	merge_range(12, 1, 0, 0, 1);
	merge_range(13, 1, 0, 1, 0);
}
END_TEST

START_TEST(cell_trial_json_names_what_is_there)
{
	struct trial t = full(4), nothing = bare(4);
	struct buffer out = {0};

	cell_trial_json(&out, &t);
	buffer_add_char(&out, '\0');
	ck_assert_str_eq(out.data,
			 "{\"condition\":255,\"correct\":true,\"rt_ms\":512.400024,"
			 "\"onset_ms\":86400000,\"difficulty\":-1000000,\"response\":254,"
			 "\"flags\":63,\"trial\":1000000,"
			 "\"detail\":{\"a\":\"],[\",\"b\":[{},null]}}");
	buffer_reset(&out);
	cell_trial_json(&out, &nothing);
	buffer_add_char(&out, '\0');
	ck_assert_str_eq(out.data, "{\"condition\":2,\"correct\":false}");
	buffer_clear(&out);
}
END_TEST

START_TEST(hints_tell_similar_ids_apart)
{
	struct hints *h = hints_new();
	struct uuid id = {{0x01, 0x9a}};
	int wrong = 0;

	ck_assert_ptr_nonnull(h);
	for (int i = 0; i < 1000; i++) {
		id.b[15] = (uint8_t)i;
		id.b[14] = (uint8_t)(i >> 8);
		hints_add(h, &id, i % 4, 1u << i % 4);
		hints_add(h, &id, i % 4, 1u << 31);
	}
	for (int i = 0; i < 1000; i++) {
		id.b[15] = (uint8_t)i;
		id.b[14] = (uint8_t)(i >> 8);
		/* A later one may have taken the slot; with a weak hash most would. */
		wrong += hints_get(h, &id, i % 4) != (1u << i % 4 | 1u << 31);
		wrong += hints_get(h, &id, i % 4 + 1) != 0;
	}
	ck_assert_int_le(wrong, 5);
	hints_free(h);
}
END_TEST

Suite *
suite_cell(void)
{
	Suite *s = suite_create("db/cell");
	TCase *t = tcase_create("cell");

	tcase_add_test(t, cell_comes_back_as_it_went);
	tcase_add_test(t, cell_without_a_value_has_a_null_column);
	tcase_add_test(t, cell_that_is_damaged_does_not_decode);
	tcase_add_test(t, cell_trial_equal_sees_every_field);
	tcase_add_test(t, cell_merge_keeps_what_is_there);
	tcase_add_test(t, cell_trial_json_names_what_is_there);
	tcase_add_test(t, hints_tell_similar_ids_apart);
	suite_add_tcase(s, t);
	return s;
}
