/* base/problem: pointers and limits. */
#include <string.h>

#include "base/problem.h"
#include "tests/unit/unit.h"

START_TEST(problem_add_builds_pointers)
{
	struct problem p;
	struct json_path trials = {NULL, "trials", 0}, third = {&trials, NULL, 3},
			 field = {&third, "rt_ms", 0}, odd = {&trials, "a/b~c", 0};

	problem_reset(&p);
	problem_add(&p, NULL, "wrong_type", "must be an object");
	problem_add(&p, &field, "out_of_range", "must be %d", 5);
	problem_add(&p, &odd, "unknown_field", "is not known");
	ck_assert_int_eq(p.count, 3);
	ck_assert_str_eq(p.entries[0].pointer, "");
	ck_assert_str_eq(p.entries[1].pointer, "/trials/3/rt_ms");
	ck_assert_str_eq(p.entries[1].code, "out_of_range");
	ck_assert_str_eq(p.entries[1].detail, "must be 5");
	ck_assert_str_eq(p.entries[2].pointer, "/trials/a~1b~0c");
	ck_assert(!p.truncated);
}
END_TEST

START_TEST(problem_add_counts_no_more_than_it_holds)
{
	struct problem p;

	problem_reset(&p);
	for (int i = 0; i < PROBLEM_ENTRIES_MAX; i++)
		problem_add(&p, NULL, "x", "%d", i);
	ck_assert(!p.truncated);
	problem_add(&p, NULL, "x", "one more");
	ck_assert(p.truncated);
	ck_assert_int_eq(p.count, PROBLEM_ENTRIES_MAX);
	problem_reset(&p);
	ck_assert_int_eq(p.count, 0);
	ck_assert(!p.truncated);
}
END_TEST

START_TEST(problem_cuts_between_characters)
{
	/* U+4E2D in three bytes, behind 0 to 3 bytes of ASCII. */
	for (int shift = 0; shift < 4; shift++) {
		struct problem p;
		char key[400] = "abc";
		struct json_path at = {NULL, key, 0};
		size_t n;

		key[shift] = '\0';
		for (int i = 0; i < 120; i++)
			strcat(key, "\xe4\xb8\xad");
		problem_reset(&p);
		problem_add(&p, &at, "x", "%s", key);
		problem_set_detail(&p, "%s", key);
		n = strlen(p.entries[0].pointer);
		ck_assert_uint_lt(n, PROBLEM_POINTER_SIZE);
		ck_assert_uint_eq((n - 1 - (size_t)shift) % 3, 0);
		ck_assert_uint_eq((strlen(p.entries[0].detail) - (size_t)shift) % 3, 0);
		ck_assert_uint_eq((strlen(p.detail) - (size_t)shift) % 3, 0);
	}
}
END_TEST

Suite *
suite_problem(void)
{
	Suite *s = suite_create("base/problem");
	TCase *t = tcase_create("problem");

	tcase_add_test(t, problem_add_builds_pointers);
	tcase_add_test(t, problem_add_counts_no_more_than_it_holds);
	tcase_add_test(t, problem_cuts_between_characters);
	suite_add_tcase(s, t);
	return s;
}
