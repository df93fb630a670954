/*
 * models/engagement: the linear, CNN and GRU encoders against PyTorch, central
 * differences, themselves row by row, and for leaks from the future. The Transformer has
 * a file of its own.
 */
#include <stdio.h>
#include <string.h>

#include "models/engagement/encoder.h"
#include "models/nn/arena.h"
#include "models/nn/plan.h"
#include "models/nn/quant.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"

#define ROWS_MAX 128

static const struct kind_sizes {
	const struct encoder_kind *kind;
	const char *reference; /* case of nn.json, for the first sizes of a kind */
	struct encoder_config config;
} cases[] = {
	{&encoder_cnn,
	 "encoder.cnn",
	 {.width = 6, .layers = 3, .taps = 3, .rows_max = 13}},
	{&encoder_gru, "encoder.gru", {.width = 6, .layers = 2, .rows_max = 13}},
	{&encoder_cnn, NULL, {.width = 7, .layers = 2, .taps = 1, .rows_max = 9}},
	{&encoder_cnn, NULL, {.width = 64, .layers = 5, .taps = 3, .rows_max = 128}},
	{&encoder_gru, NULL, {.width = 64, .layers = 1, .rows_max = 128}},
};
#define N_CASES ((int)(sizeof(cases) / sizeof(cases[0])))
#define N_SMALL 3
#define N_REFERENCE 2

struct encoder_case {
	const struct encoder_kind *kind;
	struct encoder_config config;
	struct encoder *encoder;
	struct nn_plan parameters, work;
	struct encoder_pass pass;
	float *theta, *x, *dh, *dx, *gradients;
	int position[ROWS_MAX];
	size_t floats; /* of the rows */
	struct rng rng, start;
};

static void
setup(struct encoder_case *c, const struct kind_sizes *sizes, uint64_t seed)
{
	int n = sizes->config.rows_max;

	memset(c, 0, sizeof(*c));
	c->kind = sizes->kind;
	c->config = sizes->config;
	ck_assert_ptr_eq(encoder_kind_find(c->kind->name), c->kind);
	ck_assert_int_eq(c->kind->make(&c->encoder, &c->config, &c->parameters, &c->work),
			 CAMP_OK);
	ck_assert_int_eq(c->parameters.err, CAMP_OK);
	ck_assert_int_eq(c->work.err, CAMP_OK);
	rng_seed(&c->rng, seed, 0);
	c->floats = (size_t)n * (size_t)c->config.width;
	c->theta = gradient_zeros(c->parameters.floats);
	c->gradients = gradient_zeros(c->parameters.floats);
	nn_plan_init_values(&c->parameters, c->theta, &c->rng);
	/* Biases and gains start all alike; so that each has a say: */
	for (size_t i = 0; i < c->parameters.floats; i++)
		c->theta[i] += .1f * (float)rng_normal(&c->rng);
	c->x = gradient_normals(c->floats, 1, &c->rng);
	c->dh = gradient_normals(c->floats, 1, &c->rng);
	c->dx = gradient_floats(c->floats);
	for (int t = 0; t < n; t++)
		c->position[t] = t;
	c->pass = (struct encoder_pass){.n = n,
					.position = c->position,
					.weights = {.base = c->theta},
					.work = gradient_zeros(c->work.floats)};
}

static void
teardown(struct encoder_case *c)
{
	c->kind->free(c->encoder);
	nn_plan_clear(&c->parameters);
	nn_plan_clear(&c->work);
	gradient_check_guards();
}

static const float *
forward(struct encoder_case *c)
{
	return c->kind->forward(c->encoder, &c->pass, c->x);
}

static void
backward(struct encoder_case *c)
{
	c->kind->backward(c->encoder, &c->pass, c->dx, c->gradients, c->dh, c->x);
}

/* The bar is 1e-4; float32 does better. */
START_TEST(encoder_agrees_with_pytorch)
{
	struct reference *r = reference_open(cases[_i].reference);
	struct encoder_case c;
	char name[80];

	setup(&c, &cases[_i], 1);
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		reference_values(c.theta + t->offset, t->size, 100 + (unsigned int)i, .5,
				 t->init == NN_INIT_ONE);
	}
	reference_values(c.x, c.floats, 1, 2, 0);
	reference_values(c.dh, c.floats, REFERENCE_DY, 1, 0);
	reference_close_to(r, "h", forward(&c), c.floats, REFERENCE_TOLERANCE);
	backward(&c);
	reference_close_to(r, "dx", c.dx, c.floats, REFERENCE_TOLERANCE);
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		snprintf(name, sizeof(name), "d%s", t->name);
		reference_close_to(r, name, c.gradients + t->offset, t->size,
				   REFERENCE_TOLERANCE);
	}
	reference_close(r);
	teardown(&c);
}
END_TEST

static double
loss(void *arg)
{
	struct encoder_case *c = arg;

	c->rng = c->start;
	return gradient_dot(c->floats, forward(c), c->dh);
}

/* From 3 sizes on: with dropout, and the same stream every time, so the same mask. */
START_TEST(encoder_backward_is_the_gradient)
{
	struct kind_sizes sizes = cases[_i % N_SMALL];
	struct encoder_case c;

	sizes.config.dropout = _i < N_SMALL ? 0 : 0.3f;
	setup(&c, &sizes, 2);
	c.pass.rng = _i < N_SMALL ? NULL : &c.rng;
	c.start = c.rng;
	loss(&c);
	backward(&c);
	gradient_check(&(struct gradient_of){"x", c.x, c.dx, c.floats}, 1, loss, &c);
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		gradient_check(&(struct gradient_of){t->name, c.theta + t->offset,
						     c.gradients + t->offset, t->size},
			       1, loss, &c);
	}
	teardown(&c);
}
END_TEST

START_TEST(encoder_does_not_see_later_rows)
{
	struct encoder_case c;
	int n, width;
	float *before;

	setup(&c, &cases[_i], 3);
	n = c.pass.n;
	width = c.config.width;
	before = gradient_floats(c.floats);
	memcpy(before, forward(&c), c.floats * sizeof(*before));
	for (int t = n - 1; t >= 0; t -= 1 + n / 20) {
		const float *after;

		for (int i = 0; i < width; i++)
			c.x[t * width + i] += i % 2 ? 1.0f : -3.0f;
		after = forward(&c);
		ck_assert_mem_eq(after, before,
				 (size_t)t * (size_t)width * sizeof(*after));
		ck_assert_mem_ne(after + t * width, before + t * width,
				 (size_t)width * sizeof(*after));
	}
	teardown(&c);
}
END_TEST

static void
check_steps(struct encoder_case *c, double tolerance)
{
	size_t width = (size_t)c->config.width;
	float *state = gradient_zeros(c->kind->state_floats(c->encoder));
	float *work = gradient_zeros(c->work.floats), *h = gradient_floats(width);
	const float *all = forward(c);

	for (int t = 0; t < c->pass.n; t++) {
		c->kind->step(c->encoder, &c->pass.weights, state, work, t,
			      c->position[t], h, c->x + (size_t)t * width);
		gradient_check_close("h", width, h, all + (size_t)t * width, tolerance);
	}
}

/* Hidden rows are of size 1; sums of some hundred terms differ in their order only. */
START_TEST(encoder_step_is_forward_row_by_row)
{
	struct encoder_case c;

	setup(&c, &cases[_i], 4);
	check_steps(&c, 2e-5);
	teardown(&c);
}
END_TEST

/*
 * With int8 matrices: the steps round as the window does, except where a value lies at
 * the border between two steps of 8 bits; and all stays near float32.
 */
START_TEST(encoder_runs_with_int8_matrices)
{
	struct encoder_case c;
	float *exact, *scales;
	int8_t *w8;

	setup(&c, &cases[_i], 5);
	exact = gradient_floats(c.floats);
	memcpy(exact, forward(&c), c.floats * sizeof(*exact));
	w8 = (int8_t *)gradient_zeros(c.parameters.floats / 4 + 1);
	scales = gradient_zeros(c.parameters.floats);
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		if (t->n_dims != 2)
			continue;
		nn_quant_rows(t->dims[0], t->dims[1], w8 + t->offset, scales + t->offset,
			      c.theta + t->offset);
		/* Whoever reads the float32 matrix now gets it wrong. */
		memset(c.theta + t->offset, 0, t->size * sizeof(*c.theta));
	}
	c.pass.weights.int8 = w8;
	c.pass.weights.scales = scales;
	gradient_check_close("h", c.floats, forward(&c), exact, 0.15);
	check_steps(&c, 0.05);
	teardown(&c);
}
END_TEST

START_TEST(linear_encoder_gives_and_takes_nothing)
{
	struct kind_sizes sizes = {&encoder_linear, NULL, {.width = 3, .rows_max = 4}};
	struct encoder_case c;
	const float *h;
	float row[3] = {1, 1, 1};

	setup(&c, &sizes, 6);
	ck_assert_int_eq(c.parameters.n, 0);
	h = forward(&c);
	backward(&c);
	for (size_t i = 0; i < c.floats; i++)
		ck_assert(h[i] == 0 && c.dx[i] == 0);
	ck_assert_uint_eq(c.kind->state_floats(c.encoder), 0);
	c.kind->step(c.encoder, &c.pass.weights, NULL, c.pass.work, 2, 2, row, c.x);
	for (int i = 0; i < 3; i++)
		ck_assert_float_eq(row[i], 0);
	teardown(&c);
}
END_TEST

static void
check_refuses(const struct encoder_kind *kind, struct encoder_config bad)
{
	struct nn_plan parameters = {0}, work = {0};
	struct encoder *encoder;

	ck_assert_int_eq(kind->make(&encoder, &bad, &parameters, &work),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_null(encoder);
	nn_plan_clear(&parameters);
	nn_plan_clear(&work);
}

START_TEST(encoder_refuses_what_it_cannot_be)
{
	const struct encoder_config good = cases[0].config;
	const struct encoder_kind *kinds[] = {&encoder_cnn, &encoder_gru};
	struct encoder_config bad;

	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < 4; i++) {
			bad = good;
			*(int *[]){&bad.width, &bad.layers, &bad.rows_max,
				   &bad.heads}[i] = 0;
			bad.dropout = i == 3;
			check_refuses(kinds[k], bad);
		}
	}
	bad = good;
	bad.taps = 0;
	check_refuses(&encoder_cnn, bad);
	bad = good;
	bad.layers = 40; /* a dilation beyond an int */
	check_refuses(&encoder_cnn, bad);
	bad = good;
	bad.width = 0;
	check_refuses(&encoder_linear, bad);
}
END_TEST

Suite *
suite_encoder(void)
{
	Suite *s = suite_create("encoder");
	TCase *tc = tcase_create("encoder");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, encoder_agrees_with_pytorch, 0, N_REFERENCE);
	tcase_add_loop_test(tc, encoder_backward_is_the_gradient, 0, 2 * N_SMALL);
	tcase_add_loop_test(tc, encoder_does_not_see_later_rows, 0, N_CASES);
	tcase_add_loop_test(tc, encoder_step_is_forward_row_by_row, 0, N_CASES);
	tcase_add_loop_test(tc, encoder_runs_with_int8_matrices, 0, N_CASES);
	tcase_add_test(tc, linear_encoder_gives_and_takes_nothing);
	tcase_add_test(tc, encoder_refuses_what_it_cannot_be);
	suite_add_tcase(s, tc);
	return s;
}
