/* models/nn/quant and weights: scales, exact sums, the error that 8 bits allow. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/quant.h"
#include "models/nn/weights.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

/* n, in, out */
static const int sizes[][3] = {
	{1, 1, 1}, {3, 7, 5}, {2, 33, 31}, {9, 64, 192}, {5, 256, 64}, {4, 300, 13},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct quant_case {
	int n, in, out;
	float *x, *w, *b, *y, *scales;
	int8_t *w8, *x8;
};

static struct quant_case
make(const int size[3], struct rng *rng)
{
	size_t n = (size_t)size[0], in = (size_t)size[1], out = (size_t)size[2];

	return (struct quant_case){
		.n = size[0],
		.in = size[1],
		.out = size[2],
		.x = gradient_normals(n * in, 1, rng),
		.w = gradient_normals(out * in, 1, rng),
		.b = gradient_normals(out, 1, rng),
		.y = gradient_floats(n * out),
		.scales = gradient_floats(out),
		.w8 = (int8_t *)gradient_floats((out * in + 3) / 4),
		.x8 = (int8_t *)gradient_floats((in + 3) / 4),
	};
}

START_TEST(quant_rows_use_the_whole_range_and_round_to_nearest)
{
	struct quant_case c;
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(sizes[_i], &rng);
	memset(c.w, 0, (size_t)c.in * sizeof(*c.w)); /* a row of zeros */
	nn_quant_rows(c.out, c.in, c.w8, c.scales, c.w);
	for (int o = 0; o < c.out; o++) {
		int largest = 0;

		for (int i = 0; i < c.in; i++) {
			int q = c.w8[o * c.in + i];

			largest = abs(q) > largest ? abs(q) : largest;
			ck_assert_double_eq_tol((double)q * (double)c.scales[o],
						(double)c.w[o * c.in + i],
						.50001 * (double)c.scales[o] + 1e-30);
		}
		ck_assert_int_eq(largest, o ? 127 : 0);
	}
	gradient_check_guards();
}
END_TEST

/*
 * The integers' sum is exact, so a product of values that are whole multiples of their
 * scales is right to float32's rounding.
 */
START_TEST(quant_linear_of_representable_values_is_exact)
{
	struct quant_case c;
	struct rng rng;

	rng_seed(&rng, 2, (uint64_t)_i);
	c = make(sizes[_i], &rng);
	for (int i = 0; i < c.n * c.in; i++)
		c.x[i] = i % c.in ? (float)rng_below(&rng, 255) - 127 : 127;
	for (int i = 0; i < c.out * c.in; i++)
		c.w[i] = i % c.in ? (float)rng_below(&rng, 255) - 127 : -127;
	nn_quant_rows(c.out, c.in, c.w8, c.scales, c.w);
	nn_quant_linear(c.n, c.in, c.out, c.y, c.x8, c.x, c.w8, c.scales, NULL);
	for (int r = 0; r < c.n; r++)
		for (int o = 0; o < c.out; o++) {
			double sum = gradient_dot((size_t)c.in, c.x + r * c.in,
						  c.w + o * c.in);

			ck_assert_double_eq_tol((double)c.y[r * c.out + o], sum,
						1e-6 * fabs(sum) + 1e-3);
		}
	gradient_check_guards();
}
END_TEST

/*
 * Rounding errs by up to half a step, uniformly: variance of step^2 / 12 for each of the
 * `in` terms, in x and in w. Six standard errors.
 */
START_TEST(quant_linear_errs_as_eight_bits_must)
{
	struct quant_case c;
	struct rng rng;

	rng_seed(&rng, 3, (uint64_t)_i);
	c = make(sizes[_i], &rng);
	nn_quant_rows(c.out, c.in, c.w8, c.scales, c.w);
	nn_quant_linear(c.n, c.in, c.out, c.y, c.x8, c.x, c.w8, c.scales, c.b);
	for (int r = 0; r < c.n; r++)
		for (int o = 0; o < c.out; o++) {
			const float *x = c.x + r * c.in, *w = c.w + o * c.in;
			size_t in = (size_t)c.in;
			double sum = (double)c.b[o] + gradient_dot(in, x, w);
			double x_step = 4.0 / 127, w_step = (double)c.scales[o];
			double sd = sqrt((gradient_dot(in, x, x) * w_step * w_step +
					  gradient_dot(in, w, w) * x_step * x_step) /
					 12);

			ck_assert_double_eq_tol((double)c.y[r * c.out + o], sum,
						6 * sd + 1e-5);
		}
	gradient_check_guards();
}
END_TEST

/* However many rows come at once, and in whichever way they are multiplied. */
START_TEST(quant_linear_of_a_row_is_the_same_bits_alone)
{
	struct quant_case c;
	float *alone;
	struct rng rng;

	rng_seed(&rng, 5, (uint64_t)_i);
	c = make(sizes[_i], &rng);
	alone = gradient_floats((size_t)c.out);
	nn_quant_rows(c.out, c.in, c.w8, c.scales, c.w);
	nn_quant_linear(c.n, c.in, c.out, c.y, c.x8, c.x, c.w8, c.scales, c.b);
	for (int r = 0; r < c.n; r++) {
		nn_quant_linear(1, c.in, c.out, alone, c.x8, c.x + r * c.in, c.w8,
				c.scales, c.b);
		ck_assert_mem_eq(alone, c.y + r * c.out, (size_t)c.out * sizeof(*alone));
	}
	gradient_check_guards();
}
END_TEST

START_TEST(weights_linear_takes_int8_where_there_is_one)
{
	enum { OUT = 5, IN = 33 };
	struct quant_case c;
	struct nn_weights weights;
	float *expected;
	struct rng rng;

	rng_seed(&rng, 4, 0);
	c = make((const int[]){3, IN, OUT}, &rng);
	expected = gradient_floats(3 * OUT);
	weights = (struct nn_weights){.base = c.w};
	nn_weights_linear(&weights, 0, NN_NO_BIAS, 3, IN, OUT, c.y, c.x, NULL);
	for (int i = 0; i < 3 * OUT; i++)
		ck_assert_float_eq_tol(c.y[i],
				       (float)gradient_dot(IN, c.x + i / OUT * IN,
							   c.w + i % OUT * IN),
				       1e-4f);
	nn_quant_rows(OUT, IN, c.w8, c.scales, c.w);
	nn_quant_linear(3, IN, OUT - 1, expected, c.x8, c.x, c.w8 + IN, c.scales + 1,
			c.w + 7);
	/* From the second row on: the matrix at offset IN, its first scale at IN too. */
	float *scales = gradient_zeros(IN + OUT);
	memcpy(scales + IN, c.scales + 1, (OUT - 1) * sizeof(*scales));
	weights.int8 = c.w8;
	weights.scales = scales;
	nn_weights_linear(&weights, IN, 7, 3, IN, OUT - 1, c.y, c.x, c.x8);
	ck_assert_mem_eq(c.y, expected, 3 * (OUT - 1) * sizeof(*c.y));
	gradient_check_guards();
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, quant_rows_use_the_whole_range_and_round_to_nearest, 0,
			    N_SIZES);
	tcase_add_loop_test(cases, quant_linear_of_representable_values_is_exact, 0,
			    N_SIZES);
	tcase_add_loop_test(cases, quant_linear_errs_as_eight_bits_must, 0, N_SIZES);
	tcase_add_loop_test(cases, quant_linear_of_a_row_is_the_same_bits_alone, 0,
			    N_SIZES);
	tcase_add_test(cases, weights_linear_takes_int8_where_there_is_one);
}

Suite *
suite_quant(void)
{
	Suite *suite = suite_create("models/nn/quant");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
