/*
 * Layers of models/nn against PyTorch (tests/reference/nn.py): outputs and gradients.
 * Those of the Transformer, the losses and the optimisers are in their own files.
 */
#include "models/nn/conv.h"
#include "models/nn/embedding.h"
#include "models/nn/gelu.h"
#include "models/nn/gru.h"
#include "models/nn/linear.h"
#include "models/nn/lora.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"

/* n values of that salt, as make() of nn.py. */
static float *
make(unsigned int salt, int n, double scale)
{
	float *x = gradient_floats((size_t)n);

	reference_values(x, (size_t)n, salt, scale, 0);
	return x;
}

static float *
make_dy(int n)
{
	return make(REFERENCE_DY, n, 1);
}

static float *
zeros(int n)
{
	return gradient_zeros((size_t)n);
}

static float *
unset(int n)
{
	return gradient_floats((size_t)n);
}

static void
check(const struct reference *r, const char *member, const float *got, int n)
{
	reference_close_to(r, member, got, (size_t)n, REFERENCE_TOLERANCE);
}

static void
done(struct reference *r)
{
	reference_close(r);
	gradient_check_guards();
}

START_TEST(linear_agrees)
{
	struct nn_linear d = {.n = 5, .in = 7, .out = 6};
	struct reference *r = reference_open("linear");
	float *x = make(1, 35, 1), *w = make(2, 42, 1), *b = make(3, 6, 1);
	float *y = unset(30), *dx = unset(35), *dw = zeros(42), *db = zeros(6);

	nn_linear_forward(d, y, x, w, b);
	nn_linear_backward(d, dx, dw, db, make_dy(30), x, w);
	check(r, "y", y, 30);
	check(r, "dx", dx, 35);
	check(r, "dw", dw, 42);
	check(r, "db", db, 6);
	done(r);
}
END_TEST

START_TEST(embedding_agrees)
{
	static const int rows[6] = {3, 0, -1, 3, 1, 3};
	struct nn_embedding d = {.n = 6, .rows = 4, .width = 5};
	struct reference *r = reference_open("embedding");
	float *table = make(1, 20, 1), *y = zeros(30), *dtable = zeros(20);

	nn_embedding_forward(d, y, rows, table);
	nn_embedding_backward(d, dtable, make_dy(30), rows);
	check(r, "y", y, 30);
	check(r, "dtable", dtable, 20);
	done(r);
}
END_TEST

START_TEST(gelu_agrees)
{
	struct reference *r = reference_open("gelu");
	float *x = make(1, 40, 4), *y = unset(40), *dx = unset(40);

	nn_gelu_forward(40, y, x);
	nn_gelu_backward(40, dx, make_dy(40), x);
	check(r, "y", y, 40);
	check(r, "dx", dx, 40);
	done(r);
}
END_TEST

START_TEST(conv_agrees)
{
	struct nn_conv d = {.n = 11, .in = 3, .out = 4, .taps = 3, .dilation = 2};
	struct reference *r = reference_open("conv");
	float *x = make(1, 33, 1), *w = make(2, 36, 1), *b = make(3, 4, 1);
	float *y = unset(44), *dx = unset(33), *dw = zeros(36), *db = zeros(4);
	float *scratch = unset(99);

	nn_conv_forward(d, y, scratch, x, w, b);
	nn_conv_backward(d, dx, dw, db, scratch, make_dy(44), x, w);
	check(r, "y", y, 44);
	check(r, "dx", dx, 33);
	check(r, "dw", dw, 36);
	check(r, "db", db, 4);
	done(r);
}
END_TEST

START_TEST(depthwise_agrees)
{
	struct nn_conv_depthwise d = {.n = 9, .channels = 5, .taps = 4, .causal = _i};
	struct reference *r = reference_open(_i ? "depthwise.causal" : "depthwise");
	float *x = make(1, 45, 1), *w = make(2, 20, 1), *b = make(3, 5, 1);
	float *y = unset(45), *dx = unset(45), *dw = zeros(20), *db = zeros(5);

	nn_conv_depthwise_forward(d, y, x, w, b);
	nn_conv_depthwise_backward(d, dx, dw, db, make_dy(45), x, w);
	check(r, "y", y, 45);
	check(r, "dx", dx, 45);
	check(r, "dw", dw, 20);
	check(r, "db", db, 5);
	done(r);
}
END_TEST

/* As conv.h says: depthwise, then an nn_linear over the channels. */
START_TEST(separable_agrees)
{
	struct nn_conv_depthwise d = {.n = 9, .channels = 5, .taps = 3};
	struct nn_linear point = {.n = 9, .in = 5, .out = 4};
	struct reference *r = reference_open("separable");
	float *x = make(1, 45, 1), *w = make(2, 15, 1), *b = make(3, 5, 1);
	float *p = make(4, 20, 1), *c = make(5, 4, 1);
	float *middle = unset(45), *y = unset(36), *d_middle = unset(45), *dx = unset(45);
	float *dw = zeros(15), *db = zeros(5), *dp = zeros(20), *dc = zeros(4);

	nn_conv_depthwise_forward(d, middle, x, w, b);
	nn_linear_forward(point, y, middle, p, c);
	nn_linear_backward(point, d_middle, dp, dc, make_dy(36), middle, p);
	nn_conv_depthwise_backward(d, dx, dw, db, d_middle, x, w);
	check(r, "y", y, 36);
	check(r, "dx", dx, 45);
	check(r, "dw", dw, 15);
	check(r, "db", db, 5);
	check(r, "dpoint", dp, 20);
	check(r, "dc", dc, 4);
	done(r);
}
END_TEST

START_TEST(spatial_agrees)
{
	struct nn_conv_spatial d = {.n = 6, .filters = 2, .channels = 3, .depth = 2};
	struct reference *r = reference_open("spatial");
	float *x = make(1, 36, 1), *w = make(2, 12, 1), *b = make(3, 4, 1);
	float *y = unset(24), *dx = unset(36), *dw = zeros(12), *db = zeros(4);

	nn_conv_spatial_forward(d, y, x, w, b);
	nn_conv_spatial_backward(d, dx, dw, db, make_dy(24), x, w);
	check(r, "y", y, 24);
	check(r, "dx", dx, 36);
	check(r, "dw", dw, 12);
	check(r, "db", db, 4);
	done(r);
}
END_TEST

START_TEST(pool_agrees)
{
	struct nn_pool d = {.n = 8, .width = 5, .size = 3};
	struct reference *r = reference_open("pool");
	float *y = unset(10), *dx = unset(40);

	nn_pool_forward(d, y, make(1, 40, 1));
	nn_pool_backward(d, dx, make_dy(10));
	check(r, "y", y, 10);
	check(r, "dx", dx, 40);
	done(r);
}
END_TEST

START_TEST(gru_agrees)
{
	struct nn_gru d = {.n = 9, .in = 5, .width = 4};
	struct reference *r = reference_open(_i ? "gru.state" : "gru");
	float *x = make(1, 45, 2), *h0 = _i ? make(6, 4, 1) : NULL;
	struct nn_gru_weights p = {make(2, 60, 1), make(3, 48, 1), make(4, 12, 1),
				   make(5, 12, 1)};
	struct nn_gru_gradients dp = {zeros(60), zeros(48), zeros(12), zeros(12)};
	float *h = unset(36), *dx = unset(45), *cache = unset(144), *scratch = unset(132);

	nn_gru_forward(d, h, cache, scratch, x, h0, p);
	nn_gru_backward(d, dx, dp, scratch, make_dy(36), h, cache, x, h0, p);
	check(r, "h", h, 36);
	check(r, "dx", dx, 45);
	check(r, "dw", dp.w, 60);
	check(r, "du", dp.u, 48);
	check(r, "db", dp.b, 12);
	check(r, "dc", dp.c, 12);
	done(r);
}
END_TEST

START_TEST(lora_agrees)
{
	struct nn_lora d = {.in = 6, .out = 5, .rank = 2, .alpha = 3};
	struct reference *r = reference_open("lora");
	float *a = make(2, 12, 1), *b = make(3, 10, 1);
	float *merged = unset(30), *da = zeros(12), *db = zeros(10);

	nn_lora_merge(d, merged, make(1, 30, 1), a, b);
	nn_lora_backward(d, da, db, make_dy(30), a, b);
	check(r, "merged", merged, 30);
	check(r, "da", da, 12);
	check(r, "db", db, 10);
	done(r);
}
END_TEST

Suite *
suite_pytorch(void)
{
	Suite *s = suite_create("pytorch");
	TCase *tc = tcase_create("pytorch");

	tcase_add_test(tc, linear_agrees);
	tcase_add_test(tc, embedding_agrees);
	tcase_add_test(tc, gelu_agrees);
	tcase_add_test(tc, conv_agrees);
	tcase_add_loop_test(tc, depthwise_agrees, 0, 2);
	tcase_add_test(tc, separable_agrees);
	tcase_add_test(tc, spatial_agrees);
	tcase_add_test(tc, pool_agrees);
	tcase_add_loop_test(tc, gru_agrees, 0, 2);
	tcase_add_test(tc, lora_agrees);
	suite_add_tcase(s, tc);
	return s;
}
