/* models/nn/optimiser against PyTorch (tests/reference/nn.py) and at its edges. */
#include <math.h>
#include <string.h>

#include "models/nn/arena.h"
#include "models/nn/optimiser.h"
#include "models/nn/plan.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define W 35 /* [5][7], decayed */
#define B 19 /* not */

/* Parameters, gradient and up to two moments, with room of the plan between tensors. */
struct model {
	struct nn_plan plan;
	struct nn_arena theta, gradient, m, v;
	size_t w, b;
};

static void
model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	model->w = nn_plan_add(&model->plan, 5, 7, NN_INIT_ZERO, 0, true, "w");
	model->b = nn_plan_add(&model->plan, 19, 0, NN_INIT_ZERO, 0, false, "b");
	ck_assert_int_eq(model->plan.err, CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&model->theta, model->plan.floats), CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&model->gradient, model->plan.floats), CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&model->m, model->plan.floats), CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&model->v, model->plan.floats), CAMP_OK);
	reference_values(model->theta.base + model->w, W, 20, 1, 0);
	reference_values(model->theta.base + model->b, B, 21, 1, 0);
}

static void
model_clear(struct model *model)
{
	nn_arena_clear(&model->theta);
	nn_arena_clear(&model->gradient);
	nn_arena_clear(&model->m);
	nn_arena_clear(&model->v);
	nn_plan_clear(&model->plan);
}

static void
model_gradient(struct model *model, unsigned int t, double scale)
{
	reference_values(model->gradient.base + model->w, W, 30 + t, scale, 0);
	reference_values(model->gradient.base + model->b, B, 40 + t, scale, 0);
}

static void
check_zero_between(const struct model *model, const struct nn_arena *arena)
{
	for (size_t i = model->w + W; i < model->b; i++)
		ck_assert_float_eq(arena->base[i], 0);
	for (size_t i = model->b + B; i < arena->floats; i++)
		ck_assert_float_eq(arena->base[i], 0);
}

/* Three updates of numbers near 1 in float32: 3 x 2^-24, and the decimal betas' rounding.
 */
#define UPDATE_TOLERANCE 3e-7

static void
check_step(const struct model *model, const struct reference *r, int t)
{
	const char *w[] = {"w1", "w2", "w3"}, *b[] = {"b1", "b2", "b3"};

	reference_close_to(r, w[t - 1], model->theta.base + model->w, W,
			   UPDATE_TOLERANCE);
	reference_close_to(r, b[t - 1], model->theta.base + model->b, B,
			   UPDATE_TOLERANCE);
	check_zero_between(model, &model->theta);
}

START_TEST(adamw_takes_the_steps_of_pytorch)
{
	struct nn_adamw o = {0.9f, 0.999f, 1e-8f, 1e-2f};
	struct reference *r = reference_open("adamw");
	struct model model;

	model_init(&model);
	for (int t = 1; t <= 3; t++) {
		model_gradient(&model, (unsigned int)t, 0.5);
		nn_adamw_step(&model.plan, o, t, 0.01f * (float)t, model.theta.base,
			      model.m.base, model.v.base, model.gradient.base);
		check_step(&model, r, t);
	}
	model_clear(&model);
	reference_close(r);
}
END_TEST

START_TEST(sgd_with_momentum_takes_the_steps_of_pytorch)
{
	struct nn_sgd o = {0.9f, 0};
	struct reference *r = reference_open("sgd");
	struct model model;

	model_init(&model);
	for (int t = 1; t <= 3; t++) {
		model_gradient(&model, (unsigned int)t, 0.5);
		nn_sgd_step(&model.plan, o, 0.01f * (float)t, model.theta.base,
			    model.m.base, model.gradient.base);
		check_step(&model, r, t);
	}
	model_clear(&model);
	reference_close(r);
}
END_TEST

START_TEST(decay_alone_shrinks_matrices_and_nothing_else)
{
	struct nn_adamw adamw = {0.9f, 0.999f, 1e-8f, 0.5f};
	struct nn_sgd sgd = {0.9f, 0.5f};
	struct model model;
	float first[W + B];

	model_init(&model);
	memcpy(first, model.theta.base + model.w, W * sizeof(float));
	memcpy(first + W, model.theta.base + model.b, B * sizeof(float));
	nn_adamw_step(&model.plan, adamw, 1, 0.5f, model.theta.base, model.m.base,
		      model.v.base, model.gradient.base);
	nn_sgd_step(&model.plan, sgd, 0.5f, model.theta.base, model.m.base,
		    model.gradient.base);
	for (size_t i = 0; i < W; i++)
		ck_assert_float_eq(model.theta.base[model.w + i],
				   first[i] * 0.75f * 0.75f);
	for (size_t i = 0; i < B; i++)
		ck_assert_float_eq(model.theta.base[model.b + i], first[W + i]);
	model_clear(&model);
}
END_TEST

static void
check_clip(const char *name, float limit)
{
	struct reference *r = reference_open(name);
	struct model model;
	double norm;

	model_init(&model);
	model_gradient(&model, 1, 1);
	norm = nn_clip(&model.plan, model.gradient.base, limit);
	/* PyTorch divides by the norm + 1e-6: a relative 3e-7 at this norm. */
	reference_close_to_double(r, "norm", &norm, 1, 1e-12);
	reference_close_to(r, "w", model.gradient.base + model.w, W, 4e-7);
	reference_close_to(r, "b", model.gradient.base + model.b, B, 4e-7);
	check_zero_between(&model, &model.gradient);
	model_clear(&model);
	reference_close(r);
}

START_TEST(clip_scales_to_the_limit_as_pytorch_does)
{
	check_clip("clip", 1);
}
END_TEST

START_TEST(clip_leaves_a_short_gradient_alone)
{
	check_clip("clip.not", 1000);
}
END_TEST

START_TEST(clip_reports_what_is_not_finite_and_changes_nothing)
{
	struct model model;

	model_init(&model);
	model_gradient(&model, 1, 100);
	model.gradient.base[model.b + 3] = INFINITY;
	ck_assert(isnan(nn_clip(&model.plan, model.gradient.base, 1)));
	ck_assert_float_eq(model.gradient.base[model.b + 3], INFINITY);
	model.gradient.base[model.b + 3] = NAN;
	ck_assert(isnan(nn_clip(&model.plan, model.gradient.base, 1)));
	/* Squares beyond float32 are no reason to give up. */
	model.gradient.base[model.b + 3] = 1e30f;
	unit_close(nn_clip(&model.plan, model.gradient.base, 1), 1e30, 1e-6, "norm");
	unit_close((double)model.gradient.base[model.b + 3], 1, 1e-6, "clipped");
	model_clear(&model);
}
END_TEST

START_TEST(schedule_warms_up_and_comes_down_to_the_floor)
{
	static const struct {
		int64_t t;
		double rate;
	} points[] = {{0, 0.02}, {24, 0.5},   {49, 1},
		      {50, 1},   {250, 0.55}, {450, 0.1}, /* half way, end */
		      {900, 0.1}};                        /* beyond the end */

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		unit_close((double)nn_schedule_cosine(points[i].t, 50, 450, 2, 0.1f),
			   2 * points[i].rate, 1e-6, "rate");
	unit_close((double)nn_schedule_cosine(0, 0, 10, 3, 0), 3, 1e-6, "no warm-up");
}
END_TEST

Suite *
suite_optimiser(void)
{
	Suite *s = suite_create("optimiser");
	TCase *tc = tcase_create("optimiser");

	tcase_add_test(tc, adamw_takes_the_steps_of_pytorch);
	tcase_add_test(tc, sgd_with_momentum_takes_the_steps_of_pytorch);
	tcase_add_test(tc, decay_alone_shrinks_matrices_and_nothing_else);
	tcase_add_test(tc, clip_scales_to_the_limit_as_pytorch_does);
	tcase_add_test(tc, clip_leaves_a_short_gradient_alone);
	tcase_add_test(tc, clip_reports_what_is_not_finite_and_changes_nothing);
	tcase_add_test(tc, schedule_warms_up_and_comes_down_to_the_floor);
	suite_add_tcase(s, tc);
	return s;
}
