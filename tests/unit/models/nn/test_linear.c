/* models/nn/linear: values, gradients, and that nothing else is written. */
#include <float.h>
#include <math.h>

#include "models/nn/linear.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

/* Odd sizes, so that no kernel's blocks divide them; then those of the encoder. */
static const struct nn_linear sizes[] = {
	{1, 1, 1},   {1, 64, 192},  {3, 5, 7},      {13, 33, 17},   {7, 300, 19},
	{31, 16, 1}, {128, 64, 64}, {128, 256, 64}, {127, 64, 193},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct linear_case {
	struct nn_linear d;
	float *x, *w, *b, *y, *dy;
};

static struct linear_case
make(struct nn_linear d, struct rng *rng)
{
	size_t n = (size_t)d.n, in = (size_t)d.in, out = (size_t)d.out;

	return (struct linear_case){
		.d = d,
		.x = gradient_normals(n * in, 1, rng),
		.w = gradient_normals(out * in, 1, rng),
		.b = gradient_normals(out, 1, rng),
		.y = gradient_floats(n * out),
		.dy = gradient_normals(n * out, 1, rng),
	};
}

static double
loss(void *arg)
{
	struct linear_case *c = arg;

	nn_linear_forward(c->d, c->y, c->x, c->w, c->b);
	return gradient_dot((size_t)c->d.n * (size_t)c->d.out, c->y, c->dy);
}

/* Of one sum in float32, whatever its order: a few roundings of the terms' sizes. */
static double
rounding(int n, const float *x, const float *w, float b)
{
	double sum = fabs((double)b);

	for (int i = 0; i < n; i++)
		sum += fabs((double)x[i] * (double)w[i]);
	return 4 * FLT_EPSILON * sum;
}

START_TEST(linear_forward_is_the_affine_map)
{
	struct nn_linear d = sizes[_i];
	struct linear_case c;
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(d, &rng);
	nn_linear_forward(d, c.y, c.x, c.w, c.b);
	for (int r = 0; r < d.n; r++) {
		for (int o = 0; o < d.out; o++) {
			const float *x = c.x + r * d.in, *w = c.w + o * d.in;
			double sum = (double)c.b[o] + gradient_dot((size_t)d.in, x, w);

			ck_assert_double_eq_tol((double)c.y[r * d.out + o], sum,
						rounding(d.in, x, w, c.b[o]));
		}
	}
	gradient_check_guards();
}
END_TEST

START_TEST(linear_forward_without_bias_adds_none)
{
	struct nn_linear d = sizes[_i];
	size_t n = (size_t)d.n * (size_t)d.out;
	struct linear_case c;
	float *zeros, *y;
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(d, &rng);
	zeros = gradient_zeros((size_t)d.out);
	y = gradient_floats(n);
	nn_linear_forward(d, c.y, c.x, c.w, zeros);
	nn_linear_forward(d, y, c.x, c.w, NULL);
	gradient_check_close("y", n, y, c.y, 1e-4);
	gradient_check_guards();
}
END_TEST

START_TEST(linear_backward_is_the_gradient)
{
	struct nn_linear d = sizes[_i];
	size_t in = (size_t)d.in, out = (size_t)d.out;
	struct linear_case c;
	float *dx, *dw, *db;
	struct rng rng;

	rng_seed(&rng, 2, (uint64_t)_i);
	c = make(d, &rng);
	dx = gradient_floats((size_t)d.n * in);
	dw = gradient_zeros(out * in);
	db = gradient_zeros(out);
	nn_linear_backward(d, dx, dw, db, c.dy, c.x, c.w);
	gradient_check((struct gradient_of[]){{"x", c.x, dx, (size_t)d.n * in},
					      {"w", c.w, dw, out * in},
					      {"b", c.b, db, out}},
		       3, loss, &c);
	gradient_check_guards();
}
END_TEST

START_TEST(linear_backward_adds_to_the_gradients_of_parameters_only)
{
	struct nn_linear d = {5, 6, 7};
	float *dx, *dw, *db, *dx2, *dw2, *db2;
	struct linear_case c;
	struct rng rng;

	rng_seed(&rng, 3, 0);
	c = make(d, &rng);
	dx = gradient_floats(30);
	dw = gradient_zeros(42);
	db = gradient_zeros(7);
	dx2 = gradient_floats(30);
	dw2 = gradient_zeros(42);
	db2 = gradient_zeros(7);
	nn_linear_backward(d, dx, dw, db, c.dy, c.x, c.w);
	for (int i = 0; i < 2; i++)
		nn_linear_backward(d, dx2, dw2, db2, c.dy, c.x, c.w);
	for (int i = 0; i < 42; i++)
		dw[i] *= 2;
	for (int i = 0; i < 7; i++)
		db[i] *= 2;
	gradient_check_close("dx", 30, dx2, dx, 0);
	gradient_check_close("dw", 42, dw2, dw, 1e-5);
	gradient_check_close("db", 7, db2, db, 1e-5);
	nn_linear_backward(d, NULL, dw2, NULL, c.dy, c.x, c.w);
	gradient_check_guards();
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, linear_forward_is_the_affine_map, 0, N_SIZES);
	tcase_add_loop_test(cases, linear_forward_without_bias_adds_none, 0, N_SIZES);
	tcase_add_loop_test(cases, linear_backward_is_the_gradient, 0, N_SIZES);
	tcase_add_test(cases, linear_backward_adds_to_the_gradients_of_parameters_only);
}

Suite *
suite_linear(void)
{
	Suite *suite = suite_create("models/nn/linear");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
