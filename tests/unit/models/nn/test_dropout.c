/* models/nn/dropout: shares, scale, streams. */
#include <math.h>
#include <string.h>

#include "models/nn/dropout.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

enum { N = 100003 };

START_TEST(dropout_drops_the_share_it_says_and_keeps_the_mean)
{
	static const float shares[] = {0.1f, 0.25f, 0.5f, 0.9f};
	float p = shares[_i], *x = gradient_floats(N), *y = gradient_floats(N);
	static uint8_t keep[N];
	int kept = 0, runs = 0;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	for (int i = 0; i < N; i++)
		x[i] = 1.0f + (float)(i % 3);
	nn_dropout_forward(N, y, keep, x, p, &rng);
	for (int i = 0; i < N; i++) {
		kept += keep[i];
		runs += i > 0 && keep[i] && keep[i - 1];
		ck_assert_float_eq_tol(y[i], keep[i] ? x[i] / (1 - p) : 0.0f, 1e-5f);
	}
	/* Five standard errors; pairs of neighbours are kept as if independent. */
	ck_assert_double_eq_tol((double)kept / N, 1.0 - (double)p, 5 * sqrt(.25 / N));
	ck_assert_double_eq_tol((double)runs / N, pow(1.0 - (double)p, 2),
				10 * sqrt(.25 / N));
	gradient_check_guards();
}
END_TEST

START_TEST(dropout_backward_passes_what_was_kept)
{
	float x[7] = {1, 2, 3, 4, 5, 6, 7}, dx[7];
	uint8_t keep[7] = {1, 0, 1, 1, 0, 0, 1};

	nn_dropout_backward(7, dx, x, keep, 0.5f);
	for (int i = 0; i < 7; i++)
		ck_assert_float_eq(dx[i], keep[i] ? 2 * x[i] : 0.0f);
	nn_dropout_backward(7, x, x, keep, 0.5f);
	ck_assert_mem_eq(x, dx, sizeof(x));
}
END_TEST

START_TEST(dropout_repeats_for_a_stream)
{
	float *x = gradient_floats(1001), *y = gradient_floats(1001);
	uint8_t keep[2][1001], other[1001];
	struct rng rng;

	for (int i = 0; i < 1001; i++)
		x[i] = 1;
	for (int i = 0; i < 2; i++) {
		rng_seed(&rng, 5, 6);
		nn_dropout_forward(1001, y, keep[i], x, 0.2f, &rng);
	}
	ck_assert_mem_eq(keep[0], keep[1], sizeof(other));
	nn_dropout_forward(1001, y, other, x, 0.2f, &rng);
	ck_assert_mem_ne(keep[0], other, sizeof(other));
	gradient_check_guards();
}
END_TEST

START_TEST(dropout_of_nothing_draws_nothing)
{
	float *x, *y = gradient_floats(9), *dx = gradient_floats(9);
	struct rng rng, before;
	uint8_t keep[9];

	rng_seed(&rng, 1, 0);
	x = gradient_normals(9, 1, &rng);
	before = rng;
	nn_dropout_forward(9, y, keep, x, 0, &rng);
	ck_assert_mem_eq(&rng, &before, sizeof(rng));
	ck_assert_mem_eq(y, x, 9 * sizeof(*x));
	nn_dropout_forward(9, x, keep, x, 0, NULL);
	nn_dropout_backward(9, dx, y, keep, 0);
	ck_assert_mem_eq(dx, y, 9 * sizeof(*x));
	gradient_check_guards();
}
END_TEST

Suite *
suite_dropout(void)
{
	Suite *suite = suite_create("models/nn/dropout");
	TCase *cases = tcase_create("dropout");

	tcase_add_loop_test(cases, dropout_drops_the_share_it_says_and_keeps_the_mean, 0,
			    4);
	tcase_add_test(cases, dropout_backward_passes_what_was_kept);
	tcase_add_test(cases, dropout_repeats_for_a_stream);
	tcase_add_test(cases, dropout_of_nothing_draws_nothing);
	suite_add_tcase(suite, cases);
	return suite;
}
