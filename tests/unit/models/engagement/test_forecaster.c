/*
 * models/engagement: forecasts look at nothing that has not happened; windows, streams
 * and prefixes agree; gradients are those of the losses; damaged files are refused.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/engagement/forecaster_internal.h"
#include "models/engagement/stream.h"
#include "models/stats/rng.h"
#include "tests/unit/models/engagement/random_model.h"
#include "tests/unit/unit.h"

#define TRIALS 300 /* four windows */

static const struct model_config configs[] = {
	{"transformer", 2, 16, 2, 4, 32, 3, 0.1f, false},
	{"transformer", 2, 16, 2, 4, 32, 3, 0.1f, true},
	{"gru", 1, 12, 1, 4, 32, 3, 0, false},
	{"gru", 2, 12, 2, 4, 32, 3, 0, true},
	{"cnn", 1, 12, 3, 4, 32, 3, 0, false},
	{"cnn", 2, 12, 3, 4, 32, 3, 0, true},
	{"linear", 2, 8, 1, 1, 8, 3, 0, false},
};
#define N_CONFIGS ((int)(sizeof(configs) / sizeof(configs[0])))

static void
run(const struct forecaster *f, const struct sequence *s, enum forecast_by by,
    struct forecast *out)
{
	struct forecast_work *w = forecast_work_new(f);

	ck_assert_ptr_nonnull(w);
	ck_assert_int_eq(forecast_run(f, w, s, by, true, out), CAMP_OK);
	forecast_work_free(w);
}

static bool
same(const struct forecast *a, const struct forecast *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* A trial's outcome, and everything of later trials, is changed: it and those before
 * stay. */
START_TEST(a_forecast_knows_nothing_of_its_trial_or_the_future)
{
	const struct model_config *config = &configs[_i];
	struct forecaster *f = random_forecaster(config, 7);
	struct sequence s = random_sequence(TRIALS, config->eeg, 3);
	struct sequence_trial *trials = (struct sequence_trial *)s.trials;
	struct sequence_epoch *epochs = (struct sequence_epoch *)s.epochs;
	static struct forecast before[TRIALS], after[TRIALS];

	for (int by = FORECAST_BY_MODEL; by <= FORECAST_BY_LINEAR; by++) {
		/* From the last to the first, so that changes only ever lie ahead. */
		static const int at[] = {250, 192, 191, 128, 127, 64, 20, 1, 0};

		for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
			int t = at[i];

			run(f, &s, by, before);
			trials[t].correct = !trials[t].correct;
			trials[t].rt_ms = isnan(trials[t].rt_ms) ? 700 : NAN;
			for (int j = t + 1; j < s.n; j++) {
				trials[j].condition = (trials[j].condition + 1) % 4;
				trials[j].rt_ms = 431;
				trials[j].onset_ms += 77;
				trials[j].parameters[0] = 3;
			}
			for (int j = 0; j < s.n_epochs; j++)
				if (epochs[j].before_trial > t)
					epochs[j].log_power[0][1] += 1;
			run(f, &s, by, after);
			for (int j = 0; j <= t; j++)
				ck_assert_msg(same(&before[j], &after[j]),
					      "%s: forecast %d changed with trial %d",
					      config->encoder, j, t);
			ck_assert(!same(&before[t + 1], &after[t + 1]));
		}
	}
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(more_trials_leave_the_earlier_forecasts_as_they_were)
{
	struct forecaster *f = random_forecaster(&configs[_i], 8);
	struct sequence s = random_sequence(TRIALS, configs[_i].eeg, 4);
	static struct forecast whole[TRIALS], part[TRIALS];
	static const int lengths[] = {1, 19, 64, 127, 128, 129, 192, 193, 299};

	run(f, &s, FORECAST_BY_MODEL, whole);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sequence shorter = s;

		shorter.n = lengths[i];
		run(f, &shorter, FORECAST_BY_MODEL, part);
		for (int t = 0; t < shorter.n; t++)
			/* Products of another number of rows may round otherwise. */
			ck_assert_float_eq_tol(part[t].mu, whole[t].mu, 1e-5f);
	}
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(a_stream_forecasts_what_a_run_does)
{
	const struct model_config *config = &configs[_i];
	struct forecaster *f = random_forecaster(config, 9);
	struct sequence s = random_sequence(TRIALS, config->eeg, 5);
	struct forecast_stream *stream = forecast_stream_new(f, s.task, true);
	static struct forecast whole[TRIALS];
	int epoch = 0;

	ck_assert_ptr_nonnull(stream);
	run(f, &s, FORECAST_BY_MODEL, whole);
	for (int t = 0; t < s.n; t++) {
		struct forecast now;

		while (epoch < s.n_epochs && s.epochs[epoch].before_trial <= t)
			forecast_stream_epoch(stream, &s.epochs[epoch++]);
		forecast_stream_next(stream, &s.trials[t], &now);
		forecast_stream_outcome(stream, &s.trials[t]);
		/* Sums of one row and of many are in another order: 1e-4 of values
		 * near 1. */
		ck_assert_float_eq_tol(now.p, whole[t].p, 1e-4f);
		ck_assert_float_eq_tol(now.mu, whole[t].mu, 1e-4f);
		ck_assert_float_eq_tol(now.sigma, whole[t].sigma, 1e-4f);
		ck_assert_float_eq_tol(now.slow, whole[t].slow, 1e-4f);
	}
	forecast_stream_free(stream);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(the_moments_are_those_of_the_mixture)
{
	struct forecaster *f = random_forecaster(&configs[0], 10);
	struct sequence s = random_sequence(40, false, 6);
	struct forecast out[40];

	run(f, &s, FORECAST_BY_MODEL, out);
	for (int t = 0; t < s.n; t++) {
		const struct forecast *o = &out[t];
		/* E[y] = integral of P(y > x) above 0 less that of P(y < x) below; the
		 * same with 2 x for E[y^2]. Sums over a grid far wider than the mass. */
		double step = 0.002, mean = 0, square = 0;

		for (double x = step / 2; x < 40; x += step) {
			double up = forecast_exceeds(o, x);
			double down = 1 - forecast_exceeds(o, -x);

			mean += step * (up - down);
			square += step * 2 * x * (up + down);
		}
		ck_assert_double_eq_tol(mean, (double)o->mu, 1e-3);
		ck_assert_double_eq_tol(sqrt(square - mean * mean), (double)o->sigma,
					1e-3);
		ck_assert(o->p > 0 && o->p < 1);
	}
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

START_TEST(unknown_tasks_and_conditions_are_forecast)
{
	struct forecaster *f = random_forecaster(&configs[_i], 11);
	struct sequence s = random_sequence(150, false, 7);
	struct sequence_trial *trials = (struct sequence_trial *)s.trials;
	static struct forecast out[150];

	ck_assert_int_eq(forecaster_task(f, "never seen"), 0);
	ck_assert_int_eq(forecaster_condition(f, 1, "never seen"), 0);
	ck_assert_int_eq(forecaster_condition(f, 2, "x"), 4);
	s.task = 0;
	for (int t = 0; t < s.n; t++) {
		trials[t].condition = 0;
		trials[t].rt_ms *= 4;
	}
	run(f, &s, FORECAST_BY_MODEL, out);
	for (int t = 0; t < s.n; t++)
		ck_assert(isfinite(out[t].mu) && out[t].sigma > 0 && out[t].p > 0 &&
			  out[t].p < 1);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

/* What model_backward() needs, for central differences. */
struct slope {
	struct forecaster *f;
	struct sequence s;
	struct token_rows rows;
	struct model_window window;
	struct nn_arena work, gradients;
	bool linear;
};

static double
loss_of(struct slope *g, bool backward)
{
	const struct model *m = &g->f->model;
	float *theta =
		g->linear ? g->f->values.linear.base : g->f->values.parameters.base;
	struct nn_weights weights = {.base = theta};
	float *gradients = backward ? g->gradients.base : NULL;
	struct heads_loss loss = {0};

	if (g->linear) {
		model_linear_forward(m, theta, g->work.base, &g->window);
		model_linear_backward(m, theta, g->work.base, &g->window, 0, &loss,
				      gradients);
	} else {
		model_forward(m, &weights, g->work.base, &g->window, NULL, NULL);
		model_backward(m, &weights, g->work.base, &g->window, NULL, 0, &loss,
			       gradients);
	}
	return loss.correct + loss.rt;
}

static void
check_gradient(struct slope *g, const struct nn_plan *plan)
{
	float *theta =
		g->linear ? g->f->values.linear.base : g->f->values.parameters.base;
	double norm = 0;
	struct rng rng;

	rng_seed(&rng, 12, 0);
	ck_assert_int_eq(nn_arena_init(&g->gradients, plan->floats), CAMP_OK);
	loss_of(g, true);
	for (size_t i = 0; i < plan->floats; i++)
		norm = fmax(norm, fabs((double)g->gradients.base[i]));
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];

		for (int k = 0; k < 6; k++) {
			size_t at = t->offset + rng_below(&rng, (uint32_t)t->size);
			float was = theta[at], step = 4e-3f;
			double up, down, slope;

			theta[at] = was + step;
			up = loss_of(g, false);
			theta[at] = was - step;
			down = loss_of(g, false);
			theta[at] = was;
			slope = (up - down) / (2 * (double)step);
			/* Losses of some 100 in float32: 1e-5 / step; and the third
			 * derivative of steep weights. */
			ck_assert_msg(fabs(slope - (double)g->gradients.base[at]) <
					      2e-2 * fabs(slope) + 4e-3 * norm,
				      "%s[%zu]: %g by differences, %g by backward",
				      t->name, at - t->offset, slope,
				      (double)g->gradients.base[at]);
		}
	}
	nn_arena_clear(&g->gradients);
}

START_TEST(gradients_are_those_of_the_losses)
{
	struct slope g = {.f = random_forecaster(&configs[_i], 13)};
	const struct model *m = &g.f->model;
	struct rows_mask mask = {0};

	/* Mild weights, so that differences are in the linear range. */
	for (size_t i = 0; i < m->parameters.floats; i++)
		g.f->values.parameters.base[i] *= 0.4f;
	g.s = random_sequence(40, m->config.eeg, 8);
	ck_assert_int_eq(token_rows_fill(&g.rows, &m->vocabulary, &g.s, 40, mask),
			 CAMP_OK);
	model_window(&g.window, &g.rows, 10, 40);
	ck_assert_int_eq(nn_arena_init(&g.work, m->work.floats), CAMP_OK);
	check_gradient(&g, &m->parameters);
	g.linear = true;
	check_gradient(&g, &m->baseline);
	nn_arena_clear(&g.work);
	token_rows_clear(&g.rows);
	random_sequence_clear(&g.s);
	forecaster_free(g.f);
}
END_TEST

/* Writes the model's file with one thing wrong, and looks for the reason given. */
static void
refuse(const struct nn_checkpoint *good, int tensor, const char *text, const char *value,
       const char *reason)
{
	struct nn_checkpoint_tensor tensors[128];
	struct nn_checkpoint_text texts[MODEL_TEXTS_MAX];
	int n = 0, n_texts = 0;
	struct forecaster *f = NULL;
	uint8_t *bytes = NULL;
	char why[512] = "";
	size_t size;

	for (int i = 0; i < good->n_tensors; i++)
		if (i != tensor)
			tensors[n++] = good->tensors[i];
	for (int i = 0; i < good->n_texts; i++) {
		texts[n_texts] = good->texts[i];
		if (text && strcmp(texts[n_texts].key, text) == 0) {
			if (!value)
				continue;
			texts[n_texts].value = value;
		}
		n_texts++;
	}
	ck_assert_int_eq(nn_checkpoint_print(&bytes, &size, tensors, n, texts, n_texts),
			 CAMP_OK);
	ck_assert_int_eq(forecaster_parse(&f, bytes, size, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_null(f);
	ck_assert_msg(strstr(why, reason) != NULL, "\"%s\" does not say \"%s\"", why,
		      reason);
	free(bytes);
}

START_TEST(a_file_that_does_not_fit_itself_is_refused)
{
	char path[] = "/tmp/camp-model-XXXXXX", why[256];
	struct nn_checkpoint good = {0};
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	random_model_write(path, &configs[0], 14);
	ck_assert_int_eq(nn_checkpoint_read(&good, path, why, sizeof(why)), CAMP_OK);
	for (int i = 0; i < good.n_tensors; i++)
		refuse(&good, i, NULL, NULL, "is missing");
	refuse(&good, -1, "format", "other", "not a model of this program");
	refuse(&good, -1, "format", NULL, "not a model of this program");
	refuse(&good, -1, "encoder", "oracle", "the encoder must be");
	refuse(&good, -1, "encoder", "gru", "is missing");
	refuse(&good, -1, "width", "20", "another shape");
	refuse(&good, -1, "width", "99999", "the width must be");
	refuse(&good, -1, "width", "1e3", "is not a count");
	refuse(&good, -1, "heads", "3", "multiple of the number of heads");
	refuse(&good, -1, "layers", "3", "is missing");
	refuse(&good, -1, "ffn", "4096", "larger than the file");
	refuse(&good, -1, "layers", "1", "are known");
	refuse(&good, -1, "features", "39", "other features");
	refuse(&good, -1, "components", "3", "components must be");
	refuse(&good, -1, "tasks", NULL, "tasks and conditions");
	refuse(&good, -1, "tasks", "a\na\n", "tasks and conditions");
	refuse(&good, -1, "conditions", "1\tx\n3\ty\n", "tasks and conditions");
	refuse(&good, -1, "conditions", "1\tx\n", "does not have the size");
	nn_checkpoint_clear(&good);
	unlink(path);
}
END_TEST

Suite *
suite_forecaster(void)
{
	Suite *suite = suite_create("forecaster");
	TCase *tc = tcase_create("forecaster");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_forecast_knows_nothing_of_its_trial_or_the_future, 0,
			    N_CONFIGS);
	tcase_add_loop_test(tc, more_trials_leave_the_earlier_forecasts_as_they_were, 0,
			    N_CONFIGS);
	tcase_add_loop_test(tc, a_stream_forecasts_what_a_run_does, 0, N_CONFIGS);
	tcase_add_test(tc, the_moments_are_those_of_the_mixture);
	tcase_add_loop_test(tc, unknown_tasks_and_conditions_are_forecast, 0, N_CONFIGS);
	tcase_add_loop_test(tc, gradients_are_those_of_the_losses, 0, N_CONFIGS - 1);
	tcase_add_test(tc, a_file_that_does_not_fit_itself_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
