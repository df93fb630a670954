/* models/nn/attention against PyTorch and central differences; and that it is causal. */
#include <math.h>
#include <string.h>

#include "models/nn/attention.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"

/* n, heads, width, stride (0: q, k and v apart; else side by side), causal. */
static const struct nn_attention sizes[] = {
	{1, 1, 1, 0, true},     {1, 4, 16, 0, true},   {5, 2, 3, 0, true},
	{5, 2, 3, 0, false},    {23, 4, 16, 0, true},  {23, 4, 16, 0, false},
	{128, 4, 16, 0, true},  {128, 4, 32, 0, true}, {37, 1, 20, 0, true},
	{130, 2, 16, 0, false}, {77, 3, 7, 0, true},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct attention_case {
	struct nn_attention d;
	size_t row, rows, squares; /* floats of a row, of all, of the weights */
	float *qkv, *dqkv, *y, *dy, *weights, *scratch;
};

static struct attention_case
make(struct nn_attention d, float sd, struct rng *rng)
{
	size_t row = (size_t)d.heads * (size_t)d.width, n = (size_t)d.n;
	struct attention_case c = {.d = d, .row = row, .rows = n * row};

	c.d.stride = (int)(3 * row);
	c.squares = (size_t)d.heads * n * n;
	c.qkv = gradient_normals(3 * c.rows, sd, rng);
	c.dqkv = gradient_floats(3 * c.rows);
	c.y = gradient_floats(c.rows);
	c.dy = gradient_normals(c.rows, 1, rng);
	c.weights = gradient_floats(c.squares);
	c.scratch = gradient_floats(nn_attention_scratch(c.d));
	return c;
}

static void
forward(struct attention_case *c, float *y, float *weights)
{
	nn_attention_forward(c->d, y, weights, c->scratch, c->qkv, c->qkv + c->row,
			     c->qkv + 2 * c->row);
}

static void
backward(struct attention_case *c)
{
	nn_attention_backward(c->d, c->dqkv, c->dqkv + c->row, c->dqkv + 2 * c->row,
			      c->scratch, c->dy, c->weights, c->qkv, c->qkv + c->row,
			      c->qkv + 2 * c->row);
}

static double
loss(void *arg)
{
	struct attention_case *c = arg;

	forward(c, c->y, c->weights);
	return gradient_dot(c->rows, c->y, c->dy);
}

/* The definition, in double. */
static void
check_row(const struct attention_case *c, int h, int t)
{
	int n = c->d.n, width = c->d.width, seen = c->d.causal ? t + 1 : n;
	const float *q = c->qkv + t * c->d.stride + h * width;
	double a[256], sum = 0;

	for (int i = 0; i < seen; i++) {
		const float *k = c->qkv + i * c->d.stride + (int)c->row + h * width;

		a[i] = exp(gradient_dot((size_t)width, q, k) / sqrt(width));
		sum += a[i];
	}
	for (int i = 0; i < n; i++)
		ck_assert_double_eq_tol((double)c->weights[(h * n + t) * n + i],
					i < seen ? a[i] / sum : 0.0,
					i < seen ? 1e-6 : 1e-30);
	for (int j = 0; j < width; j++) {
		double y = 0;

		for (int i = 0; i < seen; i++)
			y += a[i] / sum *
			     (double)c->qkv[i * c->d.stride + 2 * (int)c->row +
					    h * width + j];
		ck_assert_double_eq_tol((double)c->y[t * (int)c->row + h * width + j], y,
					5e-6);
	}
}

START_TEST(attention_forward_is_as_defined)
{
	struct attention_case c;
	float *y;
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(sizes[_i], 1, &rng);
	y = gradient_floats(c.rows);
	forward(&c, c.y, c.weights);
	for (int h = 0; h < c.d.heads; h++)
		for (int t = 0; t < c.d.n; t++)
			check_row(&c, h, t);
	/* Not wanting the weights changes nothing. */
	forward(&c, y, NULL);
	ck_assert_mem_eq(y, c.y, c.rows * sizeof(*y));
	gradient_check_guards();
}
END_TEST

START_TEST(attention_agrees_with_pytorch)
{
	static const char *const names[] = {"attention", "attention.causal"};
	struct reference *r = reference_open(names[_i]);
	struct nn_attention d = {9, 2, 6, 0, _i == 1};
	struct attention_case c;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	c = make(d, 1, &rng);
	reference_values(c.qkv, 3 * c.rows, 1, 2, 0);
	reference_values(c.dy, c.rows, REFERENCE_DY, 1, 0);
	forward(&c, c.y, c.weights);
	backward(&c);
	reference_close_to(r, "y", c.y, c.rows, REFERENCE_TOLERANCE);
	reference_close_to(r, "weights", c.weights, c.squares, REFERENCE_TOLERANCE);
	reference_close_to(r, "dqkv", c.dqkv, 3 * c.rows, REFERENCE_TOLERANCE);
	reference_close(r);
	gradient_check_guards();
}
END_TEST

START_TEST(attention_backward_is_the_gradient)
{
	struct attention_case c;
	struct rng rng;

	rng_seed(&rng, 2, (uint64_t)_i);
	c = make(sizes[_i], 1, &rng);
	forward(&c, c.y, c.weights);
	backward(&c);
	gradient_check(&(struct gradient_of){"qkv", c.qkv, c.dqkv, 3 * c.rows}, 1, loss,
		       &c);
	gradient_check_guards();
}
END_TEST

START_TEST(causal_attention_does_not_see_later_rows)
{
	struct attention_case c;
	float *y;
	struct rng rng;

	rng_seed(&rng, 3, 0);
	c = make((struct nn_attention){40, 2, 16, 0, true}, 1, &rng);
	y = gradient_floats(c.rows);
	for (int t = 0; t < c.d.n; t++) {
		forward(&c, y, c.weights);
		for (size_t i = 0; i < 3 * c.row; i++)
			c.qkv[(size_t)t * 3 * c.row + i] += 1;
		forward(&c, c.y, c.weights);
		ck_assert_mem_eq(y, c.y, (size_t)t * c.row * sizeof(*y));
		ck_assert_mem_ne(y + (size_t)t * c.row, c.y + (size_t)t * c.row,
				 c.row * sizeof(*y));
	}
	gradient_check_guards();
}
END_TEST

START_TEST(attention_step_is_the_last_row_of_forward)
{
	struct attention_case c;
	float *y, *weights;
	struct rng rng;

	rng_seed(&rng, 4, (uint64_t)_i);
	c = make(sizes[_i], 1, &rng);
	c.d.causal = true;
	y = gradient_floats(c.row);
	weights = gradient_floats((size_t)c.d.heads * (size_t)c.d.n);
	forward(&c, c.y, c.weights);
	for (int t = 0; t < c.d.n; t++) {
		struct nn_attention d = c.d;

		d.n = t + 1;
		nn_attention_step(d, y, weights, c.qkv + t * d.stride, c.qkv + c.row,
				  c.qkv + 2 * c.row);
		gradient_check_close("y", c.row, y, c.y + (size_t)t * c.row, 5e-6);
		for (int h = 0; h < d.heads; h++)
			gradient_check_close("weights", (size_t)d.n, weights + h * d.n,
					     c.weights + (h * c.d.n + t) * c.d.n, 1e-6);
	}
	gradient_check_guards();
}
END_TEST

/* Scores of some hundreds, as a diverging training makes them: still weights. */
START_TEST(attention_of_large_scores_is_finite)
{
	struct attention_case c;
	struct rng rng;

	rng_seed(&rng, 5, 0);
	c = make((struct nn_attention){33, 2, 16, 0, true}, 30, &rng);
	forward(&c, c.y, c.weights);
	backward(&c);
	for (size_t i = 0; i < c.rows; i++)
		ck_assert_float_finite(c.y[i]);
	for (size_t i = 0; i < 3 * c.rows; i++)
		ck_assert_float_finite(c.dqkv[i]);
	for (int row = 0; row < c.d.heads * c.d.n; row++) {
		float sum = 0;

		for (int i = 0; i < c.d.n; i++)
			sum += c.weights[row * c.d.n + i];
		ck_assert_float_eq_tol(sum, 1, 1e-5f);
	}
	gradient_check_guards();
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, attention_forward_is_as_defined, 0, N_SIZES);
	tcase_add_loop_test(cases, attention_agrees_with_pytorch, 0, 2);
	tcase_add_loop_test(cases, attention_backward_is_the_gradient, 0, N_SIZES);
	tcase_add_test(cases, causal_attention_does_not_see_later_rows);
	tcase_add_loop_test(cases, attention_step_is_the_last_row_of_forward, 0, N_SIZES);
	tcase_add_test(cases, attention_of_large_scores_is_finite);
}

Suite *
suite_attention(void)
{
	Suite *suite = suite_create("models/nn/attention");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
