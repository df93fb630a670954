/*
 * models/engagement/encoder_transformer against PyTorch, central differences, itself row
 * by row, and for leaks from the future.
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

#define ROWS_MAX 160

static const struct encoder_config small =
	{.width = 12, .layers = 2, .heads = 3, .ffn = 20, .rows_max = 9, .positions = 10};
static const struct encoder_config usual = {.width = 64,
					    .layers = 2,
					    .heads = 4,
					    .ffn = 256,
					    .rows_max = 128,
					    .positions = 128};

struct encoder_case {
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
setup(struct encoder_case *c, const struct encoder_config *config, int n, uint64_t seed)
{
	const struct encoder_kind *kind = encoder_kind_find("transformer");

	memset(c, 0, sizeof(*c));
	c->config = *config;
	ck_assert_int_eq(kind->make(&c->encoder, config, &c->parameters, &c->work),
			 CAMP_OK);
	ck_assert_int_eq(c->parameters.err, CAMP_OK);
	ck_assert_int_eq(c->work.err, CAMP_OK);
	rng_seed(&c->rng, seed, 0);
	c->floats = (size_t)n * (size_t)config->width;
	c->theta = gradient_zeros(c->parameters.floats);
	c->gradients = gradient_zeros(c->parameters.floats);
	nn_plan_init_values(&c->parameters, c->theta, &c->rng);
	/* Far enough from the start that every part has a say. */
	for (int i = 0; i < c->parameters.n; i++) {
		const struct nn_tensor *t = &c->parameters.tensors[i];

		for (size_t k = 0; k < t->size; k++)
			c->theta[t->offset + k] += .1f * (float)rng_normal(&c->rng);
	}
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
	encoder_transformer.free(c->encoder);
	nn_plan_clear(&c->parameters);
	nn_plan_clear(&c->work);
	gradient_check_guards();
}

static const float *
forward(struct encoder_case *c)
{
	return encoder_transformer.forward(c->encoder, &c->pass, c->x);
}

static void
backward(struct encoder_case *c)
{
	encoder_transformer.backward(c->encoder, &c->pass, c->dx, c->gradients, c->dh,
				     c->x);
}

static double
loss(void *arg)
{
	struct encoder_case *c = arg;

	c->rng = c->start;
	return gradient_dot(c->floats, forward(c), c->dh);
}

START_TEST(transformer_agrees_with_pytorch)
{
	struct reference *r = reference_open("transformer");
	struct encoder_case c;
	float *attention;
	char name[80];

	setup(&c, &small, 7, 1);
	attention = gradient_floats(2 * 3 * 7 * 7);
	c.pass.attention = attention;
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		reference_values(c.theta + t->offset, t->size, 100 + (unsigned int)i, .5,
				 t->init == NN_INIT_ONE);
	}
	reference_values(c.x, c.floats, 1, 2, 0);
	reference_values(c.dh, c.floats, REFERENCE_DY, 1, 0);
	for (int t = 0; t < 7; t++)
		c.position[t] = t + 2;
	reference_close_to(r, "h", forward(&c), c.floats, REFERENCE_TOLERANCE);
	reference_close_to(r, "attention", attention, 2 * 3 * 7 * 7, REFERENCE_TOLERANCE);
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

static void
check_gradients(struct encoder_case *c)
{
	c->start = c->rng;
	loss(c);
	backward(c);
	gradient_check(&(struct gradient_of){"x", c->x, c->dx, c->floats}, 1, loss, c);
	for (int i = 0; i < c->parameters.n; i++) {
		const struct nn_tensor *t = &c->parameters.tensors[i];

		gradient_check(&(struct gradient_of){t->name, c->theta + t->offset,
						     c->gradients + t->offset, t->size},
			       1, loss, c);
	}
}

START_TEST(transformer_backward_is_the_gradient)
{
	struct encoder_config config = small;
	struct encoder_case c;

	setup(&c, &config, 9, 2);
	check_gradients(&c);
	teardown(&c);
}
END_TEST

/* With the same stream every time, and so the same mask. */
START_TEST(transformer_backward_is_the_gradient_through_dropout)
{
	struct encoder_config config = small;
	struct encoder_case c;

	config.dropout = 0.3f;
	setup(&c, &config, 9, 3);
	c.pass.rng = &c.rng;
	check_gradients(&c);
	teardown(&c);
}
END_TEST

START_TEST(transformer_does_not_see_later_rows)
{
	const struct encoder_config *configs[] = {&small, &usual};
	struct encoder_case c;
	float *before;
	int n = configs[_i]->rows_max, width = configs[_i]->width;

	setup(&c, configs[_i], n, 4);
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

/* The rows' number does not matter either: a shorter window gives the same rows. */
START_TEST(transformer_of_fewer_rows_gives_the_same_rows)
{
	struct encoder_case c;
	float *all;

	setup(&c, &usual, 128, 5);
	all = gradient_floats(c.floats);
	memcpy(all, forward(&c), c.floats * sizeof(*all));
	for (int n = 1; n < 128; n += 9) {
		c.pass.n = n;
		gradient_check_close("h", (size_t)n * 64, forward(&c), all, 1e-5);
	}
	teardown(&c);
}
END_TEST

START_TEST(transformer_that_keeps_nothing_gives_the_same_bits)
{
	size_t squares = 2 * 4 * 128 * 128;
	struct encoder_case c;
	float *h, *weights, *again;

	setup(&c, &usual, 128, 8);
	h = gradient_floats(c.floats);
	weights = gradient_floats(squares);
	again = gradient_floats(squares);
	c.pass.attention = weights;
	memcpy(h, forward(&c), c.floats * sizeof(*h));
	c.pass.forward_only = true;
	c.pass.attention = again;
	ck_assert_mem_eq(forward(&c), h, c.floats * sizeof(*h));
	ck_assert_mem_eq(again, weights, squares * sizeof(*weights));
	c.pass.attention = NULL;
	ck_assert_mem_eq(forward(&c), h, c.floats * sizeof(*h));
	teardown(&c);
}
END_TEST

static void
check_steps(struct encoder_case *c, double tolerance)
{
	size_t width = (size_t)c->config.width;
	float *state = gradient_zeros(encoder_transformer.state_floats(c->encoder));
	float *work = gradient_zeros(c->work.floats), *h = gradient_floats(width);
	const float *all = forward(c);

	for (int t = 0; t < c->pass.n; t++) {
		encoder_transformer.step(c->encoder, &c->pass.weights, state, work, t,
					 c->position[t], h, c->x + (size_t)t * width);
		gradient_check_close("h", width, h, all + (size_t)t * width, tolerance);
	}
}

/* Hidden rows are of size 1; sums of some hundred terms differ in their order only. */
START_TEST(transformer_step_is_forward_row_by_row)
{
	const struct encoder_config *configs[] = {&small, &usual};
	struct encoder_case c;

	setup(&c, configs[_i], configs[_i]->rows_max, 6);
	check_steps(&c, 2e-5);
	teardown(&c);
}
END_TEST

/* Packed, as a model in use has them: other sums than OpenBLAS's, of the same terms. */
START_TEST(transformer_runs_with_packed_matrices)
{
	struct encoder_case c;
	float *h, *packed;

	setup(&c, &usual, 128, 9);
	h = gradient_floats(c.floats);
	packed = gradient_zeros(c.parameters.floats);
	memcpy(h, forward(&c), c.floats * sizeof(*h));
	nn_weights_pack(&c.parameters, packed, c.theta);
	c.pass.weights.packed = packed;
	gradient_check_close("h", c.floats, forward(&c), h, 2e-5);
	check_steps(&c, 2e-5);
	teardown(&c);
}
END_TEST

/*
 * With int8 matrices: the steps round as the window does, except where a value lies at
 * the border between two steps of 8 bits; and all stays near float32.
 */
START_TEST(transformer_runs_with_int8_matrices)
{
	struct encoder_case c;
	float *exact, *scales;
	int8_t *w8;

	setup(&c, &usual, 64, 7);
	exact = gradient_floats(c.floats);
	memcpy(exact, forward(&c), c.floats * sizeof(*exact));
	w8 = (int8_t *)gradient_zeros(c.parameters.floats / 4);
	scales = gradient_zeros(c.parameters.floats);
	for (int i = 0; i < c.parameters.n; i++) {
		const struct nn_tensor *t = &c.parameters.tensors[i];

		if (t->n_dims == 2)
			nn_quant_rows(t->dims[0], t->dims[1], w8 + t->offset,
				      scales + t->offset, c.theta + t->offset);
	}
	c.pass.weights.int8 = w8;
	c.pass.weights.scales = scales;
	gradient_check_close("h", c.floats, forward(&c), exact, 0.15);
	check_steps(&c, 0.05);
	teardown(&c);
}
END_TEST

START_TEST(transformer_refuses_what_it_cannot_be)
{
	struct encoder_config bad[6];
	struct nn_plan parameters = {0}, work = {0};
	struct encoder *encoder;

	for (int i = 0; i < 6; i++)
		bad[i] = small;
	bad[0].heads = 5;
	bad[1].layers = 0;
	bad[2].width = 0;
	bad[3].dropout = 1;
	bad[4].rows_max = 0;
	bad[5].ffn = -1;
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(encoder_transformer.make(&encoder, &bad[i], &parameters,
							  &work),
				 CAMP_ERR_INVALID);
		ck_assert_ptr_null(encoder);
	}
	nn_plan_clear(&parameters);
	nn_plan_clear(&work);
	ck_assert_ptr_null(encoder_kind_find("perceptron"));
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_test(cases, transformer_agrees_with_pytorch);
	tcase_add_test(cases, transformer_backward_is_the_gradient);
	tcase_add_test(cases, transformer_backward_is_the_gradient_through_dropout);
	tcase_add_loop_test(cases, transformer_does_not_see_later_rows, 0, 2);
	tcase_add_test(cases, transformer_of_fewer_rows_gives_the_same_rows);
	tcase_add_test(cases, transformer_that_keeps_nothing_gives_the_same_bits);
	tcase_add_loop_test(cases, transformer_step_is_forward_row_by_row, 0, 2);
	tcase_add_test(cases, transformer_runs_with_packed_matrices);
	tcase_add_test(cases, transformer_runs_with_int8_matrices);
	tcase_add_test(cases, transformer_refuses_what_it_cannot_be);
}

Suite *
suite_encoder_transformer(void)
{
	Suite *suite = suite_create("models/engagement/encoder_transformer");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
