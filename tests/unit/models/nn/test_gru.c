/* models/nn/gru: gradients, states given and taken; values are in test_pytorch.c. */
#include <string.h>

#include "models/nn/gru.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

static const struct nn_gru sizes[] = {
	{2, 1, 2}, {1, 3, 4}, {2, 4, 3}, {9, 5, 7}, {33, 16, 16},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct gru_case {
	struct nn_gru d;
	float *x, *w, *u, *b, *c, *h0; /* h0 NULL: zero state */
	float *h, *dh, *cache, *scratch;
};

static struct nn_gru_weights
weights(const struct gru_case *c)
{
	return (struct nn_gru_weights){c->w, c->u, c->b, c->c};
}

static struct gru_case
make(struct nn_gru d, bool state, struct rng *rng)
{
	size_t n = (size_t)d.n, in = (size_t)d.in, width = (size_t)d.width;

	return (struct gru_case){
		.d = d,
		.x = gradient_normals(n * in, 1, rng),
		.w = gradient_normals(3 * width * in, 0.5, rng),
		.u = gradient_normals(3 * width * width, 0.5, rng),
		.b = gradient_normals(3 * width, 0.5, rng),
		.c = gradient_normals(3 * width, 0.5, rng),
		.h0 = state ? gradient_normals(width, 0.5, rng) : NULL,
		.h = gradient_floats(n * width),
		.dh = gradient_normals(n * width, 1, rng),
		.cache = gradient_floats(n * 4 * width),
		.scratch = gradient_floats((n + 2) * 3 * width),
	};
}

static double
loss(void *arg)
{
	struct gru_case *c = arg;

	nn_gru_forward(c->d, c->h, c->cache, c->scratch, c->x, c->h0, weights(c));
	return gradient_dot((size_t)(c->d.n * c->d.width), c->h, c->dh);
}

/* Even: from zero; odd: from a given state. */
START_TEST(gru_backward_is_the_gradient)
{
	struct nn_gru d = sizes[_i / 2];
	size_t n_x = (size_t)(d.n * d.in), n_b = 3 * (size_t)d.width;
	size_t n_w = n_b * (size_t)d.in, n_u = n_b * (size_t)d.width;
	struct nn_gru_gradients dp;
	struct gru_case c;
	struct rng rng;
	float *dx;

	rng_seed(&rng, 1, (uint64_t)_i);
	c = make(d, _i % 2, &rng);
	dx = gradient_floats(n_x);
	dp = (struct nn_gru_gradients){gradient_zeros(n_w), gradient_zeros(n_u),
				       gradient_zeros(n_b), gradient_zeros(n_b)};
	loss(&c);
	nn_gru_backward(d, dx, dp, c.scratch, c.dh, c.h, c.cache, c.x, c.h0, weights(&c));
	/* The only row of a window from zero never meets U. */
	gradient_check((struct gradient_of[]){{"x", c.x, dx, n_x},
					      {"w", c.w, dp.w, n_w},
					      {"b", c.b, dp.b, n_b},
					      {"c", c.c, dp.c, n_b},
					      {"u", c.u, dp.u, n_u}},
		       d.n == 1 && !c.h0 ? 4 : 5, loss, &c);
	nn_gru_backward(d, NULL, dp, c.scratch, c.dh, c.h, c.cache, c.x, c.h0,
			weights(&c));
	gradient_check_guards();
}
END_TEST

START_TEST(gru_goes_on_from_a_state_as_if_never_cut)
{
	struct nn_gru d = sizes[3], head = d, tail = d;
	size_t width = (size_t)d.width, n_h = (size_t)d.n * width;
	struct gru_case c;
	struct rng rng;
	float *whole;

	rng_seed(&rng, 2, 0);
	c = make(d, false, &rng);
	loss(&c);
	whole = gradient_floats(n_h);
	memcpy(whole, c.h, n_h * sizeof(*whole));
	memset(c.h, 0, n_h * sizeof(*c.h));
	head.n = 4;
	tail.n = d.n - 4;
	nn_gru_forward(head, c.h, c.cache, c.scratch, c.x, NULL, weights(&c));
	nn_gru_forward(tail, c.h + 4 * width, c.cache, c.scratch, c.x + 4 * d.in,
		       c.h + 3 * width, weights(&c));
	/* Products of other sizes may sum in another order. */
	gradient_check_close("h", n_h, c.h, whole, 1e-6);
	gradient_check_guards();
}
END_TEST

START_TEST(gru_of_huge_inputs_saturates)
{
	struct nn_gru d = {2, 1, 1};
	float x[2] = {1e30f, -1e30f}, w[3] = {-1, -1, 1}, u[3] = {0}, zero[3] = {0};
	float h[2], cache[8], scratch[12];
	struct nn_gru_weights p = {w, u, zero, zero};

	/* Row 0: z = 0, c = 1, so h = 1; row 1: z = 1 keeps it. */
	nn_gru_forward(d, h, cache, scratch, x, NULL, p);
	ck_assert_float_eq(h[0], 1);
	ck_assert_float_eq(h[1], 1);
}
END_TEST

Suite *
suite_gru(void)
{
	Suite *s = suite_create("gru");
	TCase *tc = tcase_create("gru");

	tcase_add_loop_test(tc, gru_backward_is_the_gradient, 0, 2 * N_SIZES);
	tcase_add_test(tc, gru_goes_on_from_a_state_as_if_never_cut);
	tcase_add_test(tc, gru_of_huge_inputs_saturates);
	suite_add_tcase(s, tc);
	return s;
}
