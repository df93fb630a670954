/* models/stats/rng: same seed same numbers, and the distributions' moments. */
#include <math.h>
#include <string.h>

#include "models/stats/rng.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define DRAWS 200000

/*
 * A mean of DRAWS numbers of sd 1 is off by more than this for one seed in a million. The
 * seeds are fixed, so no test fails by chance.
 */
#define FIVE_ERRORS (5 / sqrt(DRAWS))

START_TEST(rng_repeats_for_a_seed_and_differs_between_streams)
{
	struct rng a, b, other;

	rng_seed(&a, 42, 7);
	rng_seed(&b, 42, 7);
	rng_seed(&other, 7, 42);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = rng_next(&a);

		ck_assert_uint_eq(x, rng_next(&b));
		ck_assert_uint_ne(x, rng_next(&other));
	}
}
END_TEST

/* Worked out with Python's integers. */
START_TEST(rng_is_xoshiro256_plus_plus)
{
	static const uint64_t expected[] = {41943041, 58720359, 3588806011781223,
					    3591011842654386};
	struct rng rng = {{1, 2, 3, 4}};

	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(rng_next(&rng), expected[i]);
}
END_TEST

/* `spread` is the sd of (x - mean)^2: root of the fourth moment less squared variance. */
static void
check_moments(double (*draw)(struct rng *), double mean, double variance, double spread)
{
	double sum = 0, squares = 0;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	for (int i = 0; i < DRAWS; i++) {
		double x = draw(&rng);

		sum += x;
		squares += (x - mean) * (x - mean);
	}
	unit_close(sum / DRAWS, mean, sqrt(variance) * FIVE_ERRORS, "mean");
	unit_close(squares / DRAWS, variance, spread * FIVE_ERRORS, "variance");
}

START_TEST(rng_distributions_have_their_moments)
{
	check_moments(rng_uniform, 0.5, 1 / 12.0, sqrt(1 / 80.0 - 1 / 144.0));
	check_moments(rng_normal, 0, 1, sqrt(2));
	check_moments(rng_exponential, 1, 1, sqrt(8));
}
END_TEST

START_TEST(rng_below_is_even_and_in_range)
{
	int counts[7] = {0};
	struct rng rng;

	rng_seed(&rng, 2, 0);
	for (int i = 0; i < DRAWS; i++) {
		uint32_t x = rng_below(&rng, 7);

		ck_assert_uint_lt(x, 7);
		counts[x]++;
	}
	/* 0.35 is the sd of a coin of 1/7. */
	for (int i = 0; i < 7; i++)
		unit_close(counts[i] / (double)DRAWS, 1 / 7.0, 0.35 * FIVE_ERRORS,
			   "share");
	ck_assert_uint_eq(rng_below(&rng, 1), 0);
}
END_TEST

START_TEST(rng_shuffle_gives_every_order_alike)
{
	int counts[27] = {0}, orders = 0;
	struct rng rng;

	rng_seed(&rng, 3, 0);
	for (int i = 0; i < DRAWS; i++) {
		int x[3] = {0, 1, 2};

		rng_shuffle(&rng, x, 3);
		ck_assert_int_eq(1 << x[0] | 1 << x[1] | 1 << x[2], 7);
		counts[9 * x[0] + 3 * x[1] + x[2]]++;
	}
	for (int i = 0; i < 27; i++) {
		if (counts[i] == 0)
			continue;
		orders++;
		unit_close(counts[i] / (double)DRAWS, 1 / 6.0, 0.373 * FIVE_ERRORS,
			   "share");
	}
	ck_assert_int_eq(orders, 6);
}
END_TEST

Suite *
suite_rng(void)
{
	Suite *s = suite_create("models/stats/rng");
	TCase *t = tcase_create("rng");

	tcase_add_test(t, rng_repeats_for_a_seed_and_differs_between_streams);
	tcase_add_test(t, rng_is_xoshiro256_plus_plus);
	tcase_add_test(t, rng_distributions_have_their_moments);
	tcase_add_test(t, rng_below_is_even_and_in_range);
	tcase_add_test(t, rng_shuffle_gives_every_order_alike);
	suite_add_tcase(s, t);
	return s;
}
