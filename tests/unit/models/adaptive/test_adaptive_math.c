/* models/adaptive/math: against mpmath (tests/reference/adaptive.py), and at the edges.
 */
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/adaptive/math.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* The reference is rounded correctly; an error below 1 ulp gives it or a neighbour. */
#define NEIGHBOURS 1

static int64_t
order(double x)
{
	int64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

static void
check_table(const char *name, double (*f)(double))
{
	size_t len, i;
	char *text = unit_read_source("tests/reference/adaptive.json", &len);
	json_t *all = json_loadb(text, len, 0, NULL), *list, *pair;

	list = json_object_get(all, name);
	ck_assert_uint_gt(json_array_size(list), 300);
	json_array_foreach(list, i, pair)
	{
		double x = strtod(json_string_value(json_array_get(pair, 0)), NULL);
		double expected =
			strtod(json_string_value(json_array_get(pair, 1)), NULL);
		double got = f(x);

		ck_assert_msg(llabs(order(got) - order(expected)) <= NEIGHBOURS,
			      "%s(%a) = %a, expected %a", name, x, got, expected);
	}
	json_decref(all);
	free(text);
}

START_TEST(adaptive_exp_is_within_one_place_of_mpmath)
{
	check_table("exp", adaptive_exp);
}
END_TEST

START_TEST(adaptive_log_is_within_one_place_of_mpmath)
{
	check_table("log", adaptive_log);
}
END_TEST

START_TEST(adaptive_math_keeps_to_its_header_at_the_edges)
{
	ck_assert(adaptive_exp(0) == 1);
	ck_assert(isfinite(adaptive_exp(709.78)));
	ck_assert(isinf(adaptive_exp(709.79)));
	ck_assert(isinf(adaptive_exp(HUGE_VAL)));
	ck_assert(adaptive_exp(-708) >= DBL_MIN);
	ck_assert(adaptive_exp(-708.1) == 0);
	ck_assert(adaptive_exp(-HUGE_VAL) == 0);
	ck_assert(isnan(adaptive_exp(NAN)));
	ck_assert(adaptive_log(1) == 0);
	ck_assert(adaptive_log(0) == -HUGE_VAL);
	ck_assert(adaptive_log(DBL_MIN / 2) == -HUGE_VAL);
	ck_assert(isnan(adaptive_log(-1)));
	ck_assert(isnan(adaptive_log(NAN)));
	ck_assert(adaptive_log(HUGE_VAL) == HUGE_VAL);
	ck_assert(adaptive_entropy(0) == 0);
	ck_assert(adaptive_entropy(1) == 0);
	unit_close(adaptive_entropy(0.5), log(2), 1e-15, "entropy of a coin");
}
END_TEST

Suite *
suite_adaptive_math(void)
{
	Suite *s = suite_create("models/adaptive/math");
	TCase *t = tcase_create("math");

	tcase_add_test(t, adaptive_exp_is_within_one_place_of_mpmath);
	tcase_add_test(t, adaptive_log_is_within_one_place_of_mpmath);
	tcase_add_test(t, adaptive_math_keeps_to_its_header_at_the_edges);
	suite_add_tcase(s, t);
	return s;
}
