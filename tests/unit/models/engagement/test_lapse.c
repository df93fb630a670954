/*
 * models/engagement/lapse against numpy and scipy (tests/reference/lapse.py), and its
 * causal rule.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/lapse.h"
#include "models/stats/rng.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define N_MAX 200

static json_t *
reference(const char *part)
{
	json_t *all, *cases;
	size_t len;
	char *text = unit_read_source("tests/reference/lapse.json", &len);

	all = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(all);
	cases = json_incref(json_object_get(all, part));
	ck_assert_uint_gt(json_array_size(cases), 0);
	json_decref(all);
	free(text);
	return cases;
}

static double
number_at(const json_t *object, const char *member, size_t at)
{
	const json_t *value = json_array_get(json_object_get(object, member), at);

	ck_assert_ptr_nonnull(value);
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

START_TEST(lapse_thresholds_agree_with_numpy)
{
	json_t *cases = reference("thresholds"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		struct sequence_trial trials[N_MAX] = {{0}};
		float mean[N_MAX], threshold[N_MAX];
		struct sequence s = {.trials = trials};

		s.n = (int)json_array_size(json_object_get(c, "mean"));
		ck_assert_int_le(s.n, N_MAX);
		for (int t = 0; t < s.n; t++) {
			mean[t] = (float)number_at(c, "mean", (size_t)t);
			trials[t].rt_ms = (float)number_at(c, "rt_ms", (size_t)t);
		}
		ck_assert_int_eq(lapse_thresholds(&s, mean, threshold), CAMP_OK);
		for (int t = 0; t < s.n; t++) {
			double expected = number_at(c, "threshold", (size_t)t);

			if (isnan(expected))
				ck_assert(isinf(threshold[t]));
			else /* the result is rounded to float32 */
				unit_close((double)threshold[t], expected, 1e-7,
					   "threshold");
		}
	}
	json_decref(cases);
}
END_TEST

/* Nothing of trial t or later, but t's condition, may enter threshold t. */
START_TEST(lapse_thresholds_do_not_know_the_future)
{
	struct sequence_trial trials[80] = {{0}}, changed[80];
	float mean[80], before[80], after[80];
	struct sequence s = {.n = 80, .trials = trials}, other = {.n = 80};
	struct rng rng;

	other.trials = changed;
	rng_seed(&rng, 7, 0);
	for (int t = 0; t < 80; t++) {
		trials[t].rt_ms = (float)(500 * exp(0.3 * rng_normal(&rng)));
		mean[t] = t % 7 ? -0.5f : NAN;
	}
	ck_assert_int_eq(lapse_thresholds(&s, mean, before), CAMP_OK);
	for (int at = 0; at < 80; at++) {
		memcpy(changed, trials, sizeof(changed));
		for (int t = at; t < 80; t++) {
			changed[t].rt_ms = t % 2 ? NAN : 9000;
			changed[t].correct = !trials[t].correct;
		}
		ck_assert_int_eq(lapse_thresholds(&other, mean, after), CAMP_OK);
		for (int t = 0; t <= at; t++)
			ck_assert(memcmp(&after[t], &before[t], sizeof(float)) == 0);
	}
	ck_assert(!isinf(before[79]));
}
END_TEST

START_TEST(lapse_thresholds_survive_every_lack_of_memory)
{
	struct sequence_trial trial = {.rt_ms = 500};
	struct sequence s = {.n = 1, .trials = &trial};
	float mean = 0, threshold;
	enum camp_err err;
	long n = 1;

	for (;; n++) {
		fail_alloc_arm(n);
		err = lapse_thresholds(&s, &mean, &threshold);
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_gt(n, 2);
}
END_TEST

START_TEST(lapse_is_an_error_or_a_slow_response)
{
	struct sequence_trial trial = {.correct = true, .rt_ms = 1000};

	ck_assert(!lapse_happened(&trial, 0));
	ck_assert(lapse_happened(&trial, -0.01f));
	ck_assert(!lapse_happened(&trial, INFINITY));
	trial.rt_ms = NAN; /* a go/no-go task's correct rejection */
	ck_assert(!lapse_happened(&trial, -1));
	trial.correct = false;
	ck_assert(lapse_happened(&trial, INFINITY));
	/* 1 - 0.9 (1 - 0.8 x 0.25) */
	ck_assert_double_eq_tol(lapse_risk(0.9, 0.8, 0.25), 0.28, 1e-15);
}
END_TEST

START_TEST(lapse_intervals_agree_with_scipy)
{
	json_t *cases = reference("intervals"), *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		double rate, correlation, level;
		int trials, low, high;
		struct lapse_interval got;

		ck_assert_int_eq(json_unpack(c, "{s:i, s:F, s:F, s:F, s:i, s:i}",
					     "trials", &trials, "rate", &rate,
					     "correlation", &correlation, "level", &level,
					     "low", &low, "high", &high),
				 0);
		got = lapse_count_interval(trials, rate, correlation, level);
		ck_assert_msg(got.low == low && got.high == high,
			      "rate %g, correlation %g: %d..%d, expected %d..%d", rate,
			      correlation, got.low, got.high, low, high);
	}
	json_decref(cases);
}
END_TEST

START_TEST(lapse_intervals_hold_at_the_ends)
{
	struct lapse_interval none = lapse_count_interval(20, 0, 0.03, 0.9);
	struct lapse_interval all = lapse_count_interval(20, 1, 0.03, 0.9);

	ck_assert(none.low == 0 && none.high == 0);
	ck_assert(all.low == 20 && all.high == 20);
}
END_TEST

START_TEST(lapse_correlation_begins_at_the_prior_and_learns)
{
	enum { WINDOW = 20, N = 20 * 200 };
	static float risk[N];
	static bool lapse[N];
	struct rng rng;
	double none, much;

	rng_seed(&rng, 11, 0);
	for (int t = 0; t < N; t++) {
		risk[t] = 0.2f;
		lapse[t] = rng_uniform(&rng) < 0.2;
	}
	ck_assert_double_eq_tol(lapse_correlation(40, WINDOW, risk, lapse),
				LAPSE_PRIOR_CORRELATION, 1e-12);
	none = lapse_correlation(N, WINDOW, risk, lapse);
	/* Rates of 0.05 or 0.35 a window: variance 0.0225 of 0.16, a correlation of .14.
	 */
	for (int w = 0; w < N / WINDOW; w++) {
		double rate = rng_uniform(&rng) < 0.5 ? 0.05 : 0.35;

		for (int t = w * WINDOW; t < (w + 1) * WINDOW; t++)
			lapse[t] = rng_uniform(&rng) < rate;
	}
	much = lapse_correlation(N, WINDOW, risk, lapse);
	/* The sd of either estimate over 200 windows is about (1 + 19 r) sqrt(2 / 200) /
	 * 19, 0.005 and 0.02. */
	ck_assert_double_lt(none, 0.02);
	ck_assert_double_gt(much, 0.07);
	ck_assert_double_lt(much, 0.21);
}
END_TEST

Suite *
suite_lapse(void)
{
	Suite *s = suite_create("models/engagement/lapse");
	TCase *t = tcase_create("all");

	tcase_add_test(t, lapse_thresholds_agree_with_numpy);
	tcase_add_test(t, lapse_thresholds_do_not_know_the_future);
	tcase_add_test(t, lapse_thresholds_survive_every_lack_of_memory);
	tcase_add_test(t, lapse_is_an_error_or_a_slow_response);
	tcase_add_test(t, lapse_intervals_agree_with_scipy);
	tcase_add_test(t, lapse_intervals_hold_at_the_ends);
	tcase_add_test(t, lapse_correlation_begins_at_the_prior_and_learns);
	suite_add_tcase(s, t);
	return s;
}
