/* models/engagement/explain: weights that add up, gradients that are those of the
 * forecast, deletions that leave the forecast's own row alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/explain.h"
#include "models/engagement/forecaster_internal.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/models/engagement/random_model.h"
#include "tests/unit/unit.h"

#define TRIALS 300 /* four windows */

static const struct model_config configs[] = {
	{"transformer", 2, 16, 2, 4, 32, 3, 0.1f, false},
	{"transformer", 1, 16, 1, 2, 32, 3, 0, true},
	{"gru", 1, 12, 1, 4, 32, 3, 0, false},
	{"cnn", 2, 12, 3, 4, 32, 3, 0, false},
	{"linear", 2, 8, 1, 1, 8, 3, 0, false},
};
#define N_CONFIGS ((int)(sizeof(configs) / sizeof(configs[0])))

static const int targets[] = {0, 1, 5, 16, 17, 90, 127, 128, 191, 192, 299};
#define N_TARGETS ((int)(sizeof(targets) / sizeof(targets[0])))

static struct explainer *
explainer(const struct forecaster *f, const struct sequence *s)
{
	struct explainer *e;

	ck_assert_int_eq(explainer_new(&e, f, s), CAMP_OK);
	return e;
}

START_TEST(explained_forecasts_are_those_of_a_run)
{
	const struct model_config *config = &configs[_i];
	struct forecaster *f = random_forecaster(config, 7);
	struct sequence s = random_sequence(TRIALS, config->eeg, 3);
	struct forecast_work *w = forecast_work_new(f);
	struct explainer *e = explainer(f, &s);
	static struct forecast run[TRIALS];
	struct explanation x;

	ck_assert_int_eq(forecast_run(f, w, &s, FORECAST_BY_MODEL, false, run), CAMP_OK);
	for (int k = 0; k < N_TARGETS; k++) {
		int t = targets[k];

		explain_trial(e, t, &x);
		ck_assert_int_eq(x.target, t);
		ck_assert_int_eq(x.first + x.n, t);
		/* Rows after the target are left out here, which changes the order of
		 * sums in matrix products. */
		ck_assert_float_eq_tol(x.forecast.mu, run[t].mu, 1e-5f);
		ck_assert_float_eq_tol(x.forecast.sigma, run[t].sigma, 1e-5f);
		ck_assert_float_eq_tol(x.forecast.p, run[t].p, 1e-5f);
	}
	explainer_free(e);
	forecast_work_free(w);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(attention_is_shared_out_whole)
{
	const struct model_config *config = &configs[_i];
	struct forecaster *f = random_forecaster(config, 7);
	struct sequence s = random_sequence(TRIALS, config->eeg, 3);
	struct explainer *e = explainer(f, &s);
	bool attends = strcmp(config->encoder, "transformer") == 0;
	struct explanation x;

	for (int k = 0; k < N_TARGETS; k++) {
		double sum;

		explain_trial(e, targets[k], &x);
		ck_assert(x.has_attention == attends);
		sum = (double)x.own;
		for (int i = 0; i < x.n; i++) {
			ck_assert_float_ge(x.attention[i], 0);
			sum += (double)x.attention[i];
		}
		/* float32 softmaxes of up to 128 weights */
		ck_assert_double_eq_tol(sum, attends ? 1 : 0, 1e-5);
		/* The residual branch alone keeps 1/2 a layer. */
		if (attends)
			ck_assert_double_ge((double)x.own,
					    pow(0.5, config->layers) - 1e-6);
	}
	explainer_free(e);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

/* mu1 of the window's last trial with row i of the encoder's input scaled. */
static double
scaled_mu(const struct forecaster *f, struct forecast_work *w, int i, float scale)
{
	const struct model *m = &f->model;
	float *work = w->arena.base, *x = work + m->at.x;
	struct encoder_pass pass = {.n = w->window.n,
				    .position = w->window.position,
				    .weights = {.base = f->weights.base},
				    .work = work};
	int d = m->config.width, last = w->window.n - 1;
	struct heads_rows rows;
	struct forecast out;

	model_forward(m, &pass.weights, work, &w->window, NULL, NULL);
	for (int k = 0; k < d; k++)
		x[i * d + k] *= scale;
	model_window_rows(&w->window, &rows);
	rows.hidden = m->kind->forward(m->encoder, &pass, x);
	heads_forward(&m->head, f->weights.base, &rows, work + m->at.raw);
	heads_forecast(&m->head, &w->rows.base[w->window.from + last],
		       work + m->at.raw + last * HEAD_RAW, &out);
	return (double)out.mu1;
}

/* d mu / d ln(scale of row i) at 1 is gradient times input. */
START_TEST(gradient_times_input_is_that_of_the_forecast)
{
	const struct model_config *config = &configs[_i];
	struct forecaster *f = random_forecaster(config, 7);
	struct sequence s = random_sequence(TRIALS, config->eeg, 3);
	struct forecast_work *w = forecast_work_new(f);
	struct explainer *e = explainer(f, &s);
	const struct rows_mask behaviour = {.epochs = true};
	struct explanation x;
	double largest = 0;

	explain_trial(e, 40, &x);
	ck_assert_int_eq(token_rows_fill(&w->rows, &f->model.vocabulary, &s, s.n,
					 behaviour),
			 CAMP_OK);
	model_window(&w->window, &w->rows, 0, 41);
	for (int i = 0; i < 40; i++) {
		const float h = 1.0f / 16;
		double slope = (scaled_mu(f, w, i, 1 + h) - scaled_mu(f, w, i, 1 - h)) /
			       2 / (double)h;

		/* Central differences of float32 forecasts near 1: rounding 1e-7 / h, and
		 * the cubic term of a step of 1/16. */
		ck_assert_double_eq_tol((double)x.gradient[i], slope,
					2e-5 + 0.03 * fabs(slope));
		largest = fmax(largest, fabs(slope));
	}
	if (strcmp(config->encoder, "linear") == 0)
		ck_assert_double_eq(largest, 0);
	else
		ck_assert_double_gt(largest, 1e-4);
	explainer_free(e);
	forecast_work_free(w);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(deletions_leave_out_what_they_say)
{
	struct forecaster *f = random_forecaster(&configs[0], 7);
	struct sequence s = random_sequence(TRIALS, false, 3);
	struct explainer *e = explainer(f, &s);
	struct explanation x, again;

	explain_trial(e, 0, &x);
	ck_assert_int_eq(x.deleted, 0);
	ck_assert_double_eq(x.by_chance.mu, 0);
	/* With no more than 16 earlier trials every way leaves out all of them. */
	explain_trial(e, 9, &x);
	ck_assert_int_eq(x.deleted, 9);
	ck_assert_double_gt(x.by_attention.mu, 0);
	ck_assert_double_eq(x.by_attention.mu, x.by_gradient.mu);
	ck_assert_double_eq_tol(x.by_attention.mu, x.by_chance.mu, 1e-12);
	ck_assert_double_eq_tol(x.by_attention.p, x.by_chance.p, 1e-12);
	explain_trial(e, 100, &x);
	ck_assert_int_eq(x.deleted, EXPLAIN_DELETED);
	ck_assert_double_gt(x.by_chance.mu, 0);
	ck_assert_double_ne(x.by_attention.mu, x.by_gradient.mu);
	/* What was explained before leaves no trace. */
	explain_trial(e, 299, &again);
	explain_trial(e, 100, &again);
	ck_assert_mem_eq(&x, &again, sizeof(x));
	explainer_free(e);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(summaries_are_means_of_explanations)
{
	struct forecaster *f = random_forecaster(&configs[0], 7);
	struct sequence s = random_sequence(70, false, 3);
	struct explainer *e = explainer(f, &s);
	struct explain_summary sum;
	struct explain_effect mean = {0, 0};
	struct explanation x;

	/* 69, 59, 49, 39 have 32 earlier trials; 29 has not. */
	explain_sequence(e, 10, &sum);
	ck_assert_int_eq(sum.n, 4);
	for (int t = 39; t < 70; t += 10) {
		explain_trial(e, t, &x);
		mean.mu += x.by_gradient.mu / 4;
		mean.p += x.by_chance.p / 4;
	}
	ck_assert_double_eq_tol(sum.by_gradient.mu, mean.mu, 1e-12);
	ck_assert_double_eq_tol(sum.by_chance.p, mean.p, 1e-12);
	explainer_free(e);
	s.n = 32;
	e = explainer(f, &s);
	explain_sequence(e, 1, &sum);
	ck_assert_int_eq(sum.n, 0);
	explainer_free(e);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(explainer_survives_every_lack_of_memory)
{
	struct forecaster *f = random_forecaster(&configs[0], 7);
	struct sequence s = random_sequence(20, false, 3);
	struct explainer *e;
	enum camp_err err;
	long n = 1;

	for (;; n++) {
		fail_alloc_arm(n);
		err = explainer_new(&e, f, &s);
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_ptr_null(e);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_gt(n, 10);
	explainer_free(e);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

Suite *
suite_explain(void)
{
	Suite *s = suite_create("models/engagement/explain");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, explained_forecasts_are_those_of_a_run, 0, N_CONFIGS);
	tcase_add_loop_test(t, attention_is_shared_out_whole, 0, N_CONFIGS);
	tcase_add_loop_test(t, gradient_times_input_is_that_of_the_forecast, 0,
			    N_CONFIGS);
	tcase_add_test(t, deletions_leave_out_what_they_say);
	tcase_add_test(t, summaries_are_means_of_explanations);
	tcase_add_test(t, explainer_survives_every_lack_of_memory);
	suite_add_tcase(s, t);
	return s;
}
