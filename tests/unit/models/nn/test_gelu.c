/* models/nn/gelu against libm's double precision. */
#include <float.h>
#include <math.h>

#include "models/nn/gelu.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

/* Off by this at the most, relative to max(1, |x|): a few roundings of float32. */
#define TOLERANCE 2e-7

enum { GRID = 40001 };

static double
distribution(double x)
{
	return 0.5 * erfc(-x * M_SQRT1_2);
}

static double
density(double x)
{
	return exp(-0.5 * x * x) / sqrt(2 * M_PI);
}

/* -20 .. 20 and, in the middle, every place where |x| is tiny. */
static float *
grid(void)
{
	float *x = gradient_floats(GRID);

	for (int i = 0; i < GRID; i++)
		x[i] = (float)(i - GRID / 2) * 1e-3f;
	for (int i = 0; i < 32; i++)
		x[GRID / 2 - 16 + i] = ldexpf(i % 2 ? 1.0f : -1.0f, -4 * i);
	return x;
}

START_TEST(gelu_is_x_times_the_normal_distribution)
{
	float *x = grid(), *y = gradient_floats(GRID);

	nn_gelu_forward(GRID, y, x);
	for (int i = 0; i < GRID; i++) {
		double at = (double)x[i], expected = at * distribution(at);

		ck_assert_double_eq_tol((double)y[i], expected,
					TOLERANCE * fmax(1, fabs(at)));
	}
	gradient_check_guards();
}
END_TEST

START_TEST(gelu_backward_is_the_derivative)
{
	float *x = grid(), *dx = gradient_floats(GRID), *dy = gradient_floats(GRID);

	for (int i = 0; i < GRID; i++)
		dy[i] = i % 2 ? 1.0f : -2.0f;
	nn_gelu_backward(GRID, dx, dy, x);
	for (int i = 0; i < GRID; i++) {
		double at = (double)x[i];
		double expected = distribution(at) + at * density(at);

		ck_assert_double_eq_tol((double)dx[i], (double)dy[i] * expected,
					2 * TOLERANCE * fabs((double)dy[i]));
	}
	nn_gelu_backward(GRID, dy, dy, x);
	ck_assert_mem_eq(dy, dx, GRID * sizeof(*dx));
	gradient_check_guards();
}
END_TEST

START_TEST(gelu_of_extremes)
{
	float x[] = {-FLT_MAX, -1e10f, -0.0f, 0.0f, 1e10f, FLT_MAX, NAN}, y[7], dx[7];
	float one[7] = {1, 1, 1, 1, 1, 1, 1};

	nn_gelu_forward(7, y, x);
	nn_gelu_backward(7, dx, one, x);
	for (int i = 0; i < 4; i++)
		ck_assert_float_eq(y[i], 0);
	for (int i = 4; i < 6; i++)
		ck_assert_float_eq(y[i], x[i]);
	for (int i = 0; i < 6; i++)
		ck_assert_float_eq(dx[i], i < 2 ? 0.0f : i < 4 ? 0.5f : 1.0f);
	ck_assert_float_nan(y[6]);
	ck_assert_float_nan(dx[6]);
}
END_TEST

/* Whole vectors and the rest take the same steps: a value does not depend on its place.
 */
START_TEST(gelu_of_a_value_is_the_same_anywhere)
{
	struct rng rng;

	rng_seed(&rng, 1, 0);
	for (int n = 1; n < 40; n++) {
		float *x = gradient_normals((size_t)n, 2, &rng);
		float *y = gradient_floats((size_t)n), alone;

		nn_gelu_forward(n, y, x);
		for (int i = 0; i < n; i++) {
			nn_gelu_forward(1, &alone, x + i);
			ck_assert_mem_eq(&alone, y + i, sizeof(alone));
		}
		nn_gelu_forward(n, x, x);
		ck_assert_mem_eq(x, y, (size_t)n * sizeof(*x));
	}
	gradient_check_guards();
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_test(cases, gelu_is_x_times_the_normal_distribution);
	tcase_add_test(cases, gelu_backward_is_the_derivative);
	tcase_add_test(cases, gelu_of_extremes);
	tcase_add_test(cases, gelu_of_a_value_is_the_same_anywhere);
}

Suite *
suite_gelu(void)
{
	Suite *suite = suite_create("models/nn/gelu");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
