/*
 * models/stats: describe, line, detection, interval against numpy and scipy
 * (tests/reference/statistics.py), and at their edges.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/describe.h"
#include "models/stats/detection.h"
#include "models/stats/interval.h"
#include "models/stats/line.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* Two ways to sum a few hundred numbers differ by less than this; see statistics.py. */
#define TOLERANCE 1e-9

static json_t *
reference(const char *part)
{
	json_t *all, *cases;
	size_t len;
	char *text = unit_read_source("tests/reference/statistics.json", &len);

	all = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(all);
	cases = json_incref(json_object_get(all, part));
	ck_assert_uint_gt(json_array_size(cases), 0);
	json_decref(all);
	free(text);
	return cases;
}

static double
number(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	ck_assert_msg(value != NULL, "no member '%s'", member);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

static size_t
numbers(const json_t *object, const char *member, double *out, size_t max)
{
	const json_t *array = json_object_get(object, member);
	size_t n = json_array_size(array);

	ck_assert_uint_le(n, max);
	for (size_t i = 0; i < n; i++)
		out[i] = json_number_value(json_array_get(array, i));
	return n;
}

START_TEST(describe_agrees_with_numpy)
{
	json_t *cases = reference("describe"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double x[256], median;
		size_t n = numbers(c, "x", x, 256);
		struct stat_estimate mean = stat_mean_estimate(x, n);

		unit_close(mean.value, number(c, "mean"), TOLERANCE, "mean");
		unit_close(mean.standard_error, sqrt(number(c, "variance") / (double)n),
			   TOLERANCE, "standard error");
		ck_assert_int_eq(mean.n, (int)n);
		unit_close(stat_variance(x, n), number(c, "variance"), TOLERANCE,
			   "variance");
		median = stat_median(x, n);
		unit_close(median, number(c, "median"), TOLERANCE, "median");
		unit_close(stat_mad(x, n, median), number(c, "mad"), TOLERANCE, "MAD");
	}
	json_decref(cases);
}
END_TEST

START_TEST(describe_of_nothing_is_not_defined)
{
	double none[1] = {0}, one[1] = {4};

	unit_close(stat_mean(none, 0), NAN, 0, "mean");
	unit_close(stat_median(none, 0), NAN, 0, "median");
	unit_close(stat_variance(one, 1), NAN, 0, "variance");
	unit_close(stat_proportion(0, 0).value, NAN, 0, "share");
	unit_close(stat_proportion(0, 0).standard_error, NAN, 0, "its error");
}
END_TEST

/* Puts x[0..n) into the order of that number, 0 .. n! - 1. */
static void
permute(double *x, int n, int order)
{
	for (int i = n; i > 1; i--) {
		int k = order % i;
		double t = x[i - 1];

		order /= i;
		x[i - 1] = x[k];
		x[k] = t;
	}
}

/* Seven numbers with repeats: selection has many branches. */
START_TEST(median_is_that_of_the_sorted_for_every_order)
{
	static const double values[7] = {5, 1, 4, 1, 3, 9, 4};
	static const double medians[8] = {0, 5, 3, 4, 2.5, 3, 3.5, 4};
	int orders = 1;

	for (int n = 1; n <= 7; n++) {
		orders *= n;
		for (int o = 0; o < orders; o++) {
			double x[7];

			memcpy(x, values, sizeof(x));
			permute(x, n, o);
			ck_assert_double_eq(stat_median(x, (size_t)n), medians[n]);
		}
	}
}
END_TEST

START_TEST(proportion_of_all_or_none_is_not_certain)
{
	struct stat_estimate all = stat_proportion(8, 8), none = stat_proportion(0, 8);

	ck_assert_double_eq(all.value, 1);
	ck_assert_double_eq(none.value, 0);
	ck_assert_double_gt(all.standard_error, 0.05);
	unit_close(none.standard_error, all.standard_error, 1e-15, "symmetry");
}
END_TEST

START_TEST(line_agrees_with_scipy)
{
	json_t *cases = reference("line"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double x[256], y[256];
		size_t n = numbers(c, "x", x, 256);
		struct stat_line line;

		ck_assert_uint_eq(numbers(c, "y", y, 256), n);
		line = stat_line_fit(x, y, n);
		unit_close(line.slope.value, number(c, "slope"), TOLERANCE, "slope");
		unit_close(line.intercept.value, number(c, "intercept"), TOLERANCE,
			   "intercept");
		unit_close(line.slope.standard_error, number(c, "slope_se"), TOLERANCE,
			   "slope's error");
		unit_close(line.intercept.standard_error, number(c, "intercept_se"),
			   TOLERANCE, "intercept's error");
		unit_close(line.residual_sd, number(c, "residual_sd"), TOLERANCE,
			   "residual sd");
		ck_assert_int_eq(line.slope.n, (int)n);
	}
	json_decref(cases);
}
END_TEST

START_TEST(line_is_not_defined_without_two_different_x)
{
	double x[3] = {6, 6, 6}, y[3] = {1, 2, 3};

	for (size_t n = 0; n <= 3; n++) {
		struct stat_line line = stat_line_fit(x, y, n);

		unit_close(line.slope.value, NAN, 0, "slope");
		unit_close(line.intercept.value, NAN, 0, "intercept");
		ck_assert_int_eq(line.slope.n, (int)n);
	}
}
END_TEST

START_TEST(line_through_two_points_has_no_error)
{
	double x[2] = {3, 18}, y[2] = {500, 650};
	struct stat_line line = stat_line_fit(x, y, 2);

	unit_close(line.slope.value, 10, 1e-12, "slope");
	unit_close(line.intercept.value, 470, 1e-12, "intercept");
	unit_close(line.slope.standard_error, NAN, 0, "slope's error");
	unit_close(line.intercept.standard_error, NAN, 0, "intercept's error");
}
END_TEST

START_TEST(ratio_needs_a_denominator_above_zero)
{
	struct stat_estimate a = {20, 2, 80}, b = {10, 0.5, 70}, zero = {0, 1, 70},
			     minus = {-3, 1, 70};

	unit_close(stat_ratio(a, b).value, 2, 1e-15, "ratio");
	/* 2 sqrt((2 / 20)^2 + (0.5 / 10)^2) */
	unit_close(stat_ratio(a, b).standard_error, 0.223606797749979, 1e-12,
		   "its error");
	ck_assert_int_eq(stat_ratio(a, b).n, 150);
	unit_close(stat_ratio(a, zero).value, NAN, 0, "over zero");
	unit_close(stat_ratio(a, minus).value, NAN, 0, "over less than zero");
	unit_close(stat_ratio(zero, b).value, 0, 0, "of zero");
	unit_close(stat_ratio(zero, b).standard_error, 0.1, 1e-15, "error of zero");
}
END_TEST

START_TEST(detection_agrees_with_scipy)
{
	json_t *cases = reference("detection"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double n[4];
		struct stat_detection d;

		ck_assert_uint_eq(numbers(c, "counts", n, 4), 4);
		d = stat_detection((int)n[0], (int)n[1], (int)n[2], (int)n[3]);
		unit_close(d.d_prime.value, number(c, "d_prime"), TOLERANCE, "d'");
		unit_close(d.d_prime.standard_error, number(c, "d_prime_se"), TOLERANCE,
			   "error of d'");
		unit_close(d.criterion.value, number(c, "criterion"), TOLERANCE, "c");
		unit_close(d.criterion.standard_error, number(c, "criterion_se"),
			   TOLERANCE, "error of c");
		ck_assert_int_eq(d.d_prime.n, (int)(n[1] + n[3]));
	}
	json_decref(cases);
}
END_TEST

START_TEST(detection_needs_trials_of_both_kinds)
{
	unit_close(stat_detection(3, 4, 0, 0).d_prime.value, NAN, 0, "no noise");
	unit_close(stat_detection(0, 0, 1, 4).criterion.value, NAN, 0, "no signal");
}
END_TEST

START_TEST(interval_agrees_with_scipy)
{
	json_t *cases = reference("interval"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		struct stat_interval got =
			stat_mean_interval(number(c, "mean"), number(c, "sd"),
					   (int)number(c, "n"), number(c, "level"));

		unit_close(got.low, number(c, "low"), TOLERANCE, "low");
		unit_close(got.high, number(c, "high"), TOLERANCE, "high");
	}
	json_decref(cases);
}
END_TEST

START_TEST(interval_is_not_defined_from_bad_numbers)
{
	static const struct {
		double sd, level;
		int n;
	} bad[] = {{1, 0.95, 1},  {1, 0.95, 0}, {1, 0.95, -4}, {NAN, 0.95, 9},
		   {-1, 0.95, 9}, {1, 0, 9},    {1, 1, 9},     {1, NAN, 9}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct stat_interval got =
			stat_mean_interval(5, bad[i].sd, bad[i].n, bad[i].level);

		unit_close(got.low, NAN, 0, "low");
		unit_close(got.high, NAN, 0, "high");
	}
	unit_close(stat_mean_interval(5, 0, 3, 0.95).low, 5, 0, "no spread, low");
	unit_close(stat_mean_interval(5, 0, 3, 0.95).high, 5, 0, "no spread, high");
}
END_TEST

Suite *
suite_statistics(void)
{
	Suite *s = suite_create("models/stats");
	TCase *t = tcase_create("statistics");

	tcase_add_test(t, describe_agrees_with_numpy);
	tcase_add_test(t, describe_of_nothing_is_not_defined);
	tcase_add_test(t, median_is_that_of_the_sorted_for_every_order);
	tcase_add_test(t, proportion_of_all_or_none_is_not_certain);
	tcase_add_test(t, line_agrees_with_scipy);
	tcase_add_test(t, line_is_not_defined_without_two_different_x);
	tcase_add_test(t, line_through_two_points_has_no_error);
	tcase_add_test(t, ratio_needs_a_denominator_above_zero);
	tcase_add_test(t, detection_agrees_with_scipy);
	tcase_add_test(t, detection_needs_trials_of_both_kinds);
	tcase_add_test(t, interval_agrees_with_scipy);
	tcase_add_test(t, interval_is_not_defined_from_bad_numbers);
	suite_add_tcase(s, t);
	return s;
}
