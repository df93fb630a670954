/* models/nn/conv: gradients, causality, borders; values are in test_pytorch.c. */
#include <string.h>

#include "models/nn/conv.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

/* Windows shorter than the reach of the taps are among them. */
static const struct nn_conv sizes[] = {
	{1, 1, 1, 1, 1}, {1, 3, 2, 3, 1},  {5, 2, 3, 3, 4},
	{9, 3, 5, 1, 1}, {17, 4, 3, 4, 2}, {40, 8, 8, 3, 8},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct conv_case {
	struct nn_conv d;
	float *x, *w, *b, *y, *dy, *scratch;
};

static struct conv_case
make(struct nn_conv d, struct rng *rng)
{
	size_t n = (size_t)d.n, in = (size_t)d.in, out = (size_t)d.out;
	size_t taps = (size_t)d.taps;

	return (struct conv_case){
		.d = d,
		.x = gradient_normals(n * in, 1, rng),
		.w = gradient_normals(out * taps * in, 1, rng),
		.b = gradient_normals(out, 1, rng),
		.y = gradient_floats(n * out),
		.dy = gradient_normals(n * out, 1, rng),
		.scratch = gradient_floats(n * taps * in),
	};
}

static double
loss(void *arg)
{
	struct conv_case *c = arg;

	nn_conv_forward(c->d, c->y, c->scratch, c->x, c->w, c->b);
	return gradient_dot((size_t)c->d.n * (size_t)c->d.out, c->y, c->dy);
}

START_TEST(conv_backward_is_the_gradient)
{
	struct nn_conv d = sizes[_i];
	size_t n_x = (size_t)d.n * (size_t)d.in, n_b = (size_t)d.out;
	size_t n_w = n_b * (size_t)d.taps * (size_t)d.in;
	struct conv_case c;
	float *dx, *dw, *db;
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(d, &rng);
	dx = gradient_floats(n_x);
	dw = gradient_zeros(n_w);
	db = gradient_zeros(n_b);
	nn_conv_backward(d, dx, dw, db, c.scratch, c.dy, c.x, c.w);
	gradient_check((struct gradient_of[]){{"x", c.x, dx, n_x},
					      {"w", c.w, dw, n_w},
					      {"b", c.b, db, n_b}},
		       3, loss, &c);
	gradient_check_guards();
}
END_TEST

START_TEST(conv_sums_gradients_over_windows_and_leaves_dx_alone_if_not_wanted)
{
	struct nn_conv d = sizes[4];
	size_t n_w = (size_t)d.out * (size_t)d.taps * (size_t)d.in;
	struct conv_case c;
	float *once, *twice, *db;
	struct rng rng;

	rng_seed(&rng, 2, 0);
	c = make(d, &rng);
	once = gradient_zeros(n_w);
	twice = gradient_zeros(n_w);
	db = gradient_zeros((size_t)d.out);
	nn_conv_backward(d, NULL, once, db, c.scratch, c.dy, c.x, c.w);
	for (int i = 0; i < 2; i++)
		nn_conv_backward(d, NULL, twice, db, c.scratch, c.dy, c.x, c.w);
	for (size_t i = 0; i < n_w; i++)
		once[i] *= 2;
	gradient_check_close("dw", n_w, twice, once, 1e-4);
	gradient_check_guards();
}
END_TEST

/* A bit of a later row must not reach an earlier one, and its own row must see it. */
START_TEST(conv_sees_no_later_row)
{
	struct nn_conv d = sizes[_i];
	size_t n_y = (size_t)d.n * (size_t)d.out;
	struct conv_case c;
	float *before;
	struct rng rng;

	rng_seed(&rng, 3, (uint64_t)_i);
	c = make(d, &rng);
	before = gradient_floats(n_y);
	nn_conv_forward(d, before, c.scratch, c.x, c.w, c.b);
	for (int t = d.n - 1; t >= 0; t--) {
		c.x[t * d.in] += 100;
		nn_conv_forward(d, c.y, c.scratch, c.x, c.w, c.b);
		ck_assert(memcmp(c.y, before, (size_t)(t * d.out) * sizeof(float)) == 0);
		ck_assert(memcmp(c.y + t * d.out, before + t * d.out,
				 (size_t)d.out * sizeof(float)) != 0);
	}
	gradient_check_guards();
}
END_TEST

static const struct nn_conv_depthwise depthwise_sizes[] = {
	{1, 1, 1, true},  {1, 2, 4, false},  {3, 2, 7, false},  {3, 2, 7, true},
	{12, 5, 4, true}, {12, 5, 4, false}, {31, 8, 8, false},
};
#define N_DEPTHWISE ((int)(sizeof(depthwise_sizes) / sizeof(depthwise_sizes[0])))

struct depthwise_case {
	struct nn_conv_depthwise d;
	float *x, *w, *b, *y, *dy;
};

static double
depthwise_loss(void *arg)
{
	struct depthwise_case *c = arg;

	nn_conv_depthwise_forward(c->d, c->y, c->x, c->w, c->b);
	return gradient_dot((size_t)c->d.n * (size_t)c->d.channels, c->y, c->dy);
}

START_TEST(depthwise_backward_is_the_gradient)
{
	struct nn_conv_depthwise d = depthwise_sizes[_i];
	size_t n_b = (size_t)d.channels, n_x = (size_t)d.n * n_b;
	size_t n_w = n_b * (size_t)d.taps;
	struct depthwise_case c = {.d = d};
	float *dx, *dw, *db;
	struct rng rng;

	rng_seed(&rng, 4, (uint64_t)_i);
	c.x = gradient_normals(n_x, 1, &rng);
	c.w = gradient_normals(n_w, 1, &rng);
	c.b = gradient_normals(n_b, 1, &rng);
	c.dy = gradient_normals(n_x, 1, &rng);
	c.y = gradient_floats(n_x);
	dx = gradient_floats(n_x);
	dw = gradient_zeros(n_w);
	db = gradient_zeros(n_b);
	nn_conv_depthwise_backward(d, dx, dw, db, c.dy, c.x, c.w);
	gradient_check((struct gradient_of[]){{"x", c.x, dx, n_x},
					      {"w", c.w, dw, n_w},
					      {"b", c.b, db, n_b}},
		       3, depthwise_loss, &c);
	memset(dw, 0, n_w * sizeof(*dw));
	nn_conv_depthwise_backward(d, NULL, dw, db, c.dy, c.x, c.w);
	gradient_check_guards();
}
END_TEST

static const struct nn_conv_spatial spatial_sizes[] = {
	{1, 1, 1, 1},
	{4, 3, 2, 1},
	{5, 2, 4, 3},
	{16, 4, 8, 2},
};
#define N_SPATIAL ((int)(sizeof(spatial_sizes) / sizeof(spatial_sizes[0])))

struct spatial_case {
	struct nn_conv_spatial d;
	float *x, *w, *b, *y, *dy;
};

static double
spatial_loss(void *arg)
{
	struct spatial_case *c = arg;

	nn_conv_spatial_forward(c->d, c->y, c->x, c->w, c->b);
	return gradient_dot((size_t)(c->d.n * c->d.filters * c->d.depth), c->y, c->dy);
}

START_TEST(spatial_backward_is_the_gradient)
{
	struct nn_conv_spatial d = spatial_sizes[_i];
	size_t n_b = (size_t)(d.filters * d.depth), n_y = (size_t)d.n * n_b;
	size_t n_x = (size_t)(d.channels * d.n * d.filters);
	size_t n_w = n_b * (size_t)d.channels;
	struct spatial_case c = {.d = d};
	float *dx, *dw, *db;
	struct rng rng;

	rng_seed(&rng, 5, (uint64_t)_i);
	c.x = gradient_normals(n_x, 1, &rng);
	c.w = gradient_normals(n_w, 1, &rng);
	c.b = gradient_normals(n_b, 1, &rng);
	c.dy = gradient_normals(n_y, 1, &rng);
	c.y = gradient_floats(n_y);
	dx = gradient_floats(n_x);
	dw = gradient_zeros(n_w);
	db = gradient_zeros(n_b);
	nn_conv_spatial_backward(d, dx, dw, db, c.dy, c.x, c.w);
	gradient_check((struct gradient_of[]){{"x", c.x, dx, n_x},
					      {"w", c.w, dw, n_w},
					      {"b", c.b, db, n_b}},
		       3, spatial_loss, &c);
	nn_conv_spatial_backward(d, NULL, dw, db, c.dy, c.x, c.w);
	gradient_check_guards();
}
END_TEST

START_TEST(pool_means_whole_groups_and_leaves_the_rest)
{
	struct nn_pool d = {.n = 5, .width = 2, .size = 2};
	static const float expected[4] = {2, 3, 6, 7};
	static const float gradient[10] = {1, 2, 1, 2, 3, 4, 3, 4, 0, 0};
	static const float dy_values[4] = {2, 4, 6, 8};
	float *x = gradient_floats(10), *y = gradient_floats(4);
	float *dy = gradient_floats(4), *dx = gradient_floats(10);

	for (int i = 0; i < 10; i++)
		x[i] = (float)(i + 1);
	memcpy(dy, dy_values, sizeof(dy_values));
	nn_pool_forward(d, y, x);
	nn_pool_backward(d, dx, dy);
	gradient_check_close("y", 4, y, expected, 0);
	gradient_check_close("dx", 10, dx, gradient, 0);
	gradient_check_guards();
}
END_TEST

Suite *
suite_conv(void)
{
	Suite *s = suite_create("conv");
	TCase *tc = tcase_create("conv");

	tcase_add_loop_test(tc, conv_backward_is_the_gradient, 0, N_SIZES);
	tcase_add_test(
		tc, conv_sums_gradients_over_windows_and_leaves_dx_alone_if_not_wanted);
	tcase_add_loop_test(tc, conv_sees_no_later_row, 0, N_SIZES);
	tcase_add_loop_test(tc, depthwise_backward_is_the_gradient, 0, N_DEPTHWISE);
	tcase_add_loop_test(tc, spatial_backward_is_the_gradient, 0, N_SPATIAL);
	tcase_add_test(tc, pool_means_whole_groups_and_leaves_the_rest);
	suite_add_tcase(s, tc);
	return s;
}
