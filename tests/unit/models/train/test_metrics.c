/*
 * models/train/metrics against their definitions in numpy (tests/reference/metrics.py),
 * and at their edges.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "models/train/metrics.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* Integration and another order of summation change less than this; see metrics.py. */
#define TOLERANCE 1e-9
#define N_MAX 1000

static json_t *
reference(const char *part)
{
	json_t *all, *cases;
	size_t len;
	char *text = unit_read_source("tests/reference/metrics.json", &len);

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
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static size_t
numbers(const json_t *object, const char *member, double out[N_MAX])
{
	const json_t *array = json_object_get(object, member);
	size_t n = json_array_size(array);

	ck_assert_uint_le(n, N_MAX);
	for (size_t i = 0; i < n; i++)
		out[i] = json_number_value(json_array_get(array, i));
	return n;
}

START_TEST(metrics_of_probabilities_agree_with_numpy)
{
	json_t *cases = reference("pairs"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		static double p[N_MAX], happened[N_MAX];
		static struct metric_pair pairs[N_MAX];
		size_t n = numbers(c, "p", p);

		ck_assert_uint_eq(numbers(c, "happened", happened), n);
		for (size_t k = 0; k < n; k++)
			pairs[k] = (struct metric_pair){p[k], happened[k] > 0};
		unit_close(metric_log_loss(pairs, n), number(c, "log_loss"), TOLERANCE,
			   "log loss");
		unit_close(metric_brier(pairs, n), number(c, "brier"), TOLERANCE,
			   "Brier score");
		unit_close(metric_ece(pairs, n), number(c, "ece"), TOLERANCE, "ECE");
		unit_close(metric_auc(pairs, n), number(c, "auc"), TOLERANCE, "AUC");
	}
	json_decref(cases);
}
END_TEST

START_TEST(metrics_of_responses_agree_with_numpy)
{
	json_t *cases = reference("responses"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double y = number(c, "y"), pit;
		struct forecast f = {.mu1 = (float)number(c, "mu1"),
				     .sigma1 = (float)number(c, "sigma1"),
				     .slow = (float)number(c, "slow"),
				     .delta = (float)number(c, "delta"),
				     .sigma2 = (float)number(c, "sigma2")};

		pit = metric_rt_cdf(&f, y);
		unit_close(metric_rt_nll(&f, y), number(c, "nll"), TOLERANCE, "NLL");
		unit_close(pit, number(c, "cdf"), TOLERANCE, "CDF");
		unit_close(metric_rt_crps(&f, y), number(c, "crps"), TOLERANCE, "CRPS");
		ck_assert(metric_coverage(&pit, 1) ==
			  (json_is_true(json_object_get(c, "inside")) ? 1.0 : 0.0));
	}
	json_decref(cases);
}
END_TEST

/* Where the density is 0 in double precision the logarithm still has its value. */
START_TEST(metric_rt_nll_keeps_far_tails)
{
	struct forecast one = {.mu1 = 0, .sigma1 = 0.125f};
	struct forecast two = {.sigma1 = 0.125f, .slow = 0.5f, .sigma2 = 0.125f};
	double expected = 0.5 * 800 * 800 + log(0.125) + log(2 * M_PI) / 2;

	unit_close(metric_rt_nll(&one, 100), expected, TOLERANCE, "one normal");
	unit_close(metric_rt_nll(&two, 100), expected, TOLERANCE, "two equal ones");
}
END_TEST

START_TEST(metrics_of_transforms_agree_with_numpy)
{
	json_t *cases = reference("uniform"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double u[N_MAX];
		size_t n = numbers(c, "u", u);

		unit_close(metric_coverage(u, n), number(c, "coverage"), TOLERANCE,
			   "coverage");
		unit_close(metric_ks_uniform(u, n), number(c, "ks"), TOLERANCE, "KS");
	}
	json_decref(cases);
}
END_TEST

START_TEST(metrics_of_means_agree_with_numpy)
{
	json_t *cases = reference("regression"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double y[N_MAX], m[N_MAX];
		size_t n = numbers(c, "y", y);

		ck_assert_uint_eq(numbers(c, "m", m), n);
		unit_close(metric_r2(y, m, n), number(c, "r2"), TOLERANCE, "R2");
		unit_close(metric_rmse(y, m, n), number(c, "rmse"), TOLERANCE, "RMSE");
		unit_close(metric_correlation(y, m, n), number(c, "r"), TOLERANCE, "r");
	}
	json_decref(cases);
}
END_TEST

START_TEST(metrics_of_nothing_are_not_defined)
{
	struct metric_pair same[2] = {{0.5, true}, {0.7, true}};
	double x[2] = {1, 1}, y[2] = {1, 2};

	ck_assert_double_nan(metric_auc(same, 2));
	ck_assert_double_nan(metric_auc(same, 0));
	ck_assert_double_nan(metric_log_loss(same, 0));
	ck_assert_double_nan(metric_brier(same, 0));
	ck_assert_double_nan(metric_ece(same, 0));
	ck_assert_double_nan(metric_coverage(x, 0));
	ck_assert_double_nan(metric_ks_uniform(x, 0));
	ck_assert_double_nan(metric_r2(x, y, 2));
	ck_assert_double_nan(metric_r2(x, y, 0));
	ck_assert_double_nan(metric_rmse(x, y, 0));
	ck_assert_double_nan(metric_correlation(x, y, 2));
}
END_TEST

Suite *
suite_train_metrics(void)
{
	Suite *s = suite_create("models/train/metrics");
	TCase *t = tcase_create("all");

	tcase_add_test(t, metrics_of_probabilities_agree_with_numpy);
	tcase_add_test(t, metrics_of_responses_agree_with_numpy);
	tcase_add_test(t, metric_rt_nll_keeps_far_tails);
	tcase_add_test(t, metrics_of_transforms_agree_with_numpy);
	tcase_add_test(t, metrics_of_means_agree_with_numpy);
	tcase_add_test(t, metrics_of_nothing_are_not_defined);
	suite_add_tcase(s, t);
	return s;
}
