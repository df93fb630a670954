/*
 * models/nn/kernels: the products of every set, also those that the layers leave to
 * OpenBLAS on this machine, and how sets are chosen.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "models/nn/gemm.h"
#include "models/nn/kernels/kernels.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

/* rows, columns, depth; depths beyond the kernels' blocks of 256 too */
static const int sizes[][3] = {
	{1, 1, 1},    {2, 16, 16},  {3, 5, 7},     {4, 17, 33},   {5, 15, 64},
	{6, 16, 256}, {7, 31, 257}, {13, 48, 600}, {128, 64, 64}, {50, 33, 128},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct product_case {
	int n, cols, depth;
	float *y, *start, *a, *b, *bias;
};

static struct product_case
make(int i, uint64_t seed)
{
	struct product_case c = {.n = sizes[i][0],
				 .cols = sizes[i][1],
				 .depth = sizes[i][2]};
	size_t n = (size_t)c.n, cols = (size_t)c.cols, depth = (size_t)c.depth;
	struct rng rng;

	rng_seed(&rng, seed, (uint64_t)i);
	c.start = gradient_normals(n * cols, 1, &rng);
	c.y = gradient_floats(n * cols);
	c.a = gradient_normals(n * depth, 1, &rng);
	c.b = gradient_normals(cols * depth, 1, &rng);
	c.bias = gradient_normals(cols, 1, &rng);
	return c;
}

/* y[r][j] = first + sum_k a(r, k) b(k, j), where a and b lie as their strides say. */
static void
check(const struct product_case *c, int a_row, int a_step, int b_step, int b_col,
      const float *start, int start_row)
{
	for (int r = 0; r < c->n; r++) {
		for (int j = 0; j < c->cols; j++) {
			double sum = start ? (double)start[r * start_row + j] : 0;
			double sizes_of_terms = fabs(sum);

			for (int k = 0; k < c->depth; k++) {
				double term = (double)c->a[r * a_row + k * a_step] *
					      (double)c->b[k * b_step + j * b_col];

				sum += term;
				sizes_of_terms += fabs(term);
			}
			ck_assert_double_eq_tol((double)c->y[r * c->cols + j], sum,
						4 * FLT_EPSILON * sizes_of_terms);
		}
	}
}

static void
begin(const struct product_case *c, bool add)
{
	if (add)
		memcpy(c->y, c->start, (size_t)(c->n * c->cols) * sizeof(*c->y));
}

START_TEST(product_nt_is_the_product_with_the_transposed)
{
	struct product_case c = make(_i, 1);

	for (int add = 0; add < 2; add++) {
		begin(&c, add);
		nn_kernels()->product_nt(c.n, c.cols, c.depth, c.y, c.a, c.b, NULL, add);
		check(&c, c.depth, 1, 1, c.depth, add ? c.start : NULL, c.cols);
	}
	nn_kernels()->product_nt(c.n, c.cols, c.depth, c.y, c.a, c.b, c.bias, false);
	check(&c, c.depth, 1, 1, c.depth, c.bias, 0);
	gradient_check_guards();
}
END_TEST

/* Whole panels only; several rows and one take different loops. */
START_TEST(product_packed_is_the_product_with_the_transposed)
{
	static const int outs[] = {16, 48, 64, 80, 192};
	static const int rows[] = {1, 2, 7, 31};

	for (int i = 0; i < 5 * 4; i++) {
		struct product_case c = {.n = rows[i % 4],
					 .cols = outs[i / 4],
					 .depth = 1 + 37 * _i};
		size_t n = (size_t)c.n, cols = (size_t)c.cols, depth = (size_t)c.depth;
		float *packed = gradient_floats(cols * depth);
		struct rng rng;

		rng_seed(&rng, 6, (uint64_t)i);
		c.y = gradient_floats(n * cols);
		c.a = gradient_normals(n * depth, 1, &rng);
		c.b = gradient_normals(cols * depth, 1, &rng);
		c.bias = gradient_normals(cols, 1, &rng);
		nn_kernels()->pack(c.cols, c.depth, packed, c.b);
		nn_kernels()->product_packed(c.n, c.cols, c.depth, c.y, c.a, packed,
					     NULL);
		check(&c, c.depth, 1, 1, c.depth, NULL, 0);
		nn_kernels()->product_packed(c.n, c.cols, c.depth, c.y, c.a, packed,
					     c.bias);
		check(&c, c.depth, 1, 1, c.depth, c.bias, 0);
		gradient_check_guards();
	}
}
END_TEST

START_TEST(product_nn_is_the_product)
{
	struct product_case c = make(_i, 2);

	for (int add = 0; add < 2; add++) {
		begin(&c, add);
		nn_kernels()->product_nn(c.n, c.cols, c.depth, c.y, c.a, c.b, add);
		check(&c, c.depth, 1, c.cols, 1, add ? c.start : NULL, c.cols);
	}
	gradient_check_guards();
}
END_TEST

START_TEST(product_tn_is_the_product_of_the_transposed)
{
	struct product_case c = make(_i, 3);

	for (int add = 0; add < 2; add++) {
		begin(&c, add);
		nn_kernels()->product_tn(c.n, c.cols, c.depth, c.y, c.a, c.b, add);
		check(&c, 1, c.n, c.cols, 1, add ? c.start : NULL, c.cols);
	}
	gradient_check_guards();
}
END_TEST

/* models/nn/gemm.h, whoever multiplies: kernels or OpenBLAS. */
START_TEST(gemm_is_the_product)
{
	struct product_case c = make(_i, 4);

	for (int add = 0; add < 2; add++) {
		begin(&c, add);
		nn_gemm_nt(c.n, c.cols, c.depth, c.y, c.a, c.b, add);
		check(&c, c.depth, 1, 1, c.depth, add ? c.start : NULL, c.cols);
		begin(&c, add);
		nn_gemm_nn(c.n, c.cols, c.depth, c.y, c.a, c.b, add);
		check(&c, c.depth, 1, c.cols, 1, add ? c.start : NULL, c.cols);
		begin(&c, add);
		nn_gemm_tn(c.n, c.cols, c.depth, c.y, c.a, c.b, add);
		check(&c, 1, c.n, c.cols, 1, add ? c.start : NULL, c.cols);
	}
	nn_gemm_affine(c.n, c.cols, c.depth, c.y, c.a, c.b, c.bias);
	check(&c, c.depth, 1, 1, c.depth, c.bias, 0);
	gradient_check_guards();
}
END_TEST

START_TEST(sums_of_columns_and_of_arrays)
{
	struct rng rng;

	rng_seed(&rng, 5, 0);
	for (int cols = 1; cols < 40; cols += 3) {
		size_t n = 7 * (size_t)cols;
		float *y = gradient_normals(n, 1, &rng),
		      *z = gradient_normals(n, 1, &rng);
		float *sum = gradient_zeros((size_t)cols), *both = gradient_floats(n);

		for (int i = 0; i < cols; i++)
			sum[i] = 1;
		nn_kernels()->add_columns(7, cols, sum, y);
		nn_kernels()->add((int)n, both, y, z);
		for (int i = 0; i < cols; i++) {
			double expected = 1;

			for (int r = 0; r < 7; r++)
				expected += (double)y[r * cols + i];
			ck_assert_double_eq_tol((double)sum[i], expected, 5e-6);
		}
		for (size_t i = 0; i < n; i++)
			ck_assert_float_eq(both[i], y[i] + z[i]);
	}
	gradient_check_guards();
}
END_TEST

START_TEST(kernels_are_found_by_name_and_the_best_are_used)
{
	const struct nn_kernels *plain = nn_kernels_find("plain");
	const struct nn_kernels *avx2 = nn_kernels_find("avx2");

	ck_assert_ptr_nonnull(plain);
	ck_assert_ptr_null(nn_kernels_find("abacus"));
	nn_kernels_use(NULL);
	ck_assert_ptr_eq(nn_kernels(), avx2 ? avx2 : plain);
	nn_kernels_use(plain);
	ck_assert_ptr_eq(nn_kernels(), plain);
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, product_nt_is_the_product_with_the_transposed, 0,
			    N_SIZES);
	tcase_add_loop_test(cases, product_packed_is_the_product_with_the_transposed, 0,
			    8);
	tcase_add_loop_test(cases, product_nn_is_the_product, 0, N_SIZES);
	tcase_add_loop_test(cases, product_tn_is_the_product_of_the_transposed, 0,
			    N_SIZES);
	tcase_add_loop_test(cases, gemm_is_the_product, 0, N_SIZES);
	tcase_add_test(cases, sums_of_columns_and_of_arrays);
	tcase_add_test(cases, kernels_are_found_by_name_and_the_best_are_used);
}

Suite *
suite_kernels(void)
{
	Suite *suite = suite_create("models/nn/kernels");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
