/* models/train/baselines: by hand on a few trials, and their known figures on recordings.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"
#include "models/train/baselines.h"
#include "models/train/metrics.h"
#include "server/cli/dataset_file.h"
#include "tests/unit/unit.h"

static struct dataset data;
static struct baselines baselines;

static void
clean(void)
{
	baselines_clear(&baselines);
	dataset_clear(&data);
}

static void
add(const char *participant, const char *condition, bool correct, float rt_ms)
{
	ck_assert_int_eq(dataset_add(&data,
				     &(struct dataset_row){.participant = participant,
							   .session = "1",
							   .task = "t",
							   .condition = condition,
							   .number = -1,
							   .trial = {.correct = correct,
								     .rt_ms = rt_ms}}),
			 CAMP_OK);
}

/* A participant of the split, by trying names. */
static const char *
someone(enum dataset_split split, char name[8])
{
	for (int i = 0; i < 1000; i++) {
		snprintf(name, 8, "p%d", i);
		if (dataset_split_of(name) == split)
			break;
	}
	return name;
}

START_TEST(baselines_are_means_of_training_trials)
{
	float one_s = 1000, e_s = 2718.2818f; /* ln RT 0 and 1 */
	struct forecast out[3];
	char train[8], test[8];

	someone(SPLIT_TRAIN, train);
	someone(SPLIT_TEST, test);
	add(train, "a", true, one_s);
	add(train, "a", true, e_s);
	add(train, "a", false, NAN);
	add(train, "b", true, one_s);
	add(test, "a", false, one_s);
	add(test, "a", false, one_s);
	add(test, "new", false, one_s);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	ck_assert_int_eq(baselines_fit(&baselines, &data), CAMP_OK);
	baselines_condition_mean(&baselines, &data.sequences[1].s, out);
	/* All: (3 + 1) / (4 + 2); a: (2 + 2 x 2/3) / (3 + 2). */
	ck_assert_double_eq_tol((double)out[0].p, (2 + 4.0 / 3) / 5, 1e-6);
	ck_assert_double_eq_tol((double)out[0].mu, 0.5, 1e-6);
	/* All: ln RT 0, 1, 0. a: two at 1/2 from their mean, and twice that variance. */
	ck_assert_double_eq_tol((double)out[0].sigma, sqrt((0.5 + 2 * 2.0 / 9) / (2 + 2)),
				1e-6);
	ck_assert_float_eq(out[0].mu1, out[0].mu);
	ck_assert_float_eq(out[0].slow, 0);
	/* What training lacks is forecast as all of it. */
	ck_assert_double_eq_tol((double)out[2].p, 4.0 / 6, 1e-6);
	ck_assert_double_eq_tol((double)out[2].mu, 1.0 / 3, 1e-6);
	ck_assert_double_eq_tol(baselines.cells[1].response_rate, 1, 1e-12);

	baselines_running_mean(&baselines, &data.sequences[1].s, out);
	ck_assert_double_eq_tol((double)out[0].mu, 0.5, 1e-6);
	/* After an error and a response faster than the mean by 1/2. */
	ck_assert_float_lt(out[1].p, out[0].p);
	ck_assert_double_eq_tol((double)out[1].mu, 0.5 - 0.5 / (1 + baselines.rt_weight),
				1e-6);
}
END_TEST

START_TEST(baselines_need_training_participants)
{
	char test[8];

	someone(SPLIT_TEST, test);
	add(test, "a", true, 500);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	ck_assert_int_eq(baselines_fit(&baselines, &data), CAMP_ERR_NOT_FOUND);
}
END_TEST

/* The figures of test participants. */
struct figures {
	double auc, nll, nll_rt, r2;
};

typedef void
baseline(const struct baselines *b, const struct sequence *s, struct forecast *out);

static struct figures
figures_of(baseline *forecast)
{
	size_t n = (size_t)data.n_trials, n_rt = 0, at = 0;
	struct metric_pair *pairs = calloc(n, sizeof(*pairs));
	double *y = calloc(n, sizeof(*y)), *mu = calloc(n, sizeof(*mu));
	struct forecast *out = calloc(n, sizeof(*out));
	struct figures f = {0};

	ck_assert(pairs && y && mu && out);
	for (int i = 0; i < data.n_sequences; i++) {
		const struct sequence *s = &data.sequences[i].s;

		if (data.sequences[i].split != SPLIT_TEST)
			continue;
		forecast(&baselines, s, out);
		for (int t = 0; t < s->n; t++) {
			pairs[at++] = (struct metric_pair){(double)out[t].p,
							   s->trials[t].correct};
			if (isnan(s->trials[t].rt_ms))
				continue;
			y[n_rt] = log((double)s->trials[t].rt_ms / 1000);
			mu[n_rt] = (double)out[t].mu;
			f.nll_rt += metric_rt_nll(&out[t], y[n_rt++]);
		}
	}
	f.nll = metric_log_loss(pairs, at);
	f.auc = metric_auc(pairs, at);
	f.r2 = metric_r2(y, mu, n_rt);
	f.nll_rt /= (double)n_rt;
	free(pairs);
	free(y);
	free(mu);
	free(out);
	return f;
}

/*
 * Condition means: what independent implementations in numpy gave, to the digits they
 * stated (how few trials are smoothed may differ). Running means: theirs are .738 .1307
 * .032 .474 and .756 .1789 -.037 .283, with another shrinkage; this one is to be as good
 * to .003.
 */
START_TEST(baselines_have_their_known_figures)
{
	static const struct {
		const char *file;
		struct figures condition, running;
	} sets[] = {
		{"lef_attention.csv",
		 {.7316, .1310, .1503, .3352},
		 {.738, .1307, .032, .474}},
		{"stroop13_trials.csv.gz",
		 {.6847, .1854, .0879, .0651},
		 {.756, .1789, -.037, .283}},
	};
	const char *folder = unit_data_folder("baselines_have_their_known_figures");

	for (size_t i = 0; folder && i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct dataset_file_notes notes;
		struct figures got;
		char path[1024], why[512];

		clean();
		snprintf(path, sizeof(path), "%s/%s", folder, sets[i].file);
		ck_assert_int_eq(dataset_file_add(&data, path, NULL, &notes, why,
						  sizeof(why)),
				 CAMP_OK);
		ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
		ck_assert_int_eq(baselines_fit(&baselines, &data), CAMP_OK);
		got = figures_of(baselines_condition_mean);
		ck_assert_double_eq_tol(got.auc, sets[i].condition.auc, 3e-4);
		ck_assert_double_eq_tol(got.nll, sets[i].condition.nll, 3e-4);
		ck_assert_double_eq_tol(got.nll_rt, sets[i].condition.nll_rt, 3e-4);
		ck_assert_double_eq_tol(got.r2, sets[i].condition.r2, 3e-4);
		got = figures_of(baselines_running_mean);
		ck_assert_double_gt(got.auc, sets[i].running.auc - .003);
		ck_assert_double_lt(got.nll, sets[i].running.nll + .003);
		ck_assert_double_lt(got.nll_rt, sets[i].running.nll_rt + .003);
		ck_assert_double_gt(got.r2, sets[i].running.r2 - .003);
	}
}
END_TEST

Suite *
suite_baselines(void)
{
	Suite *s = suite_create("models/train/baselines");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, NULL, clean);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, baselines_are_means_of_training_trials);
	tcase_add_test(t, baselines_need_training_participants);
	tcase_add_test(t, baselines_have_their_known_figures);
	suite_add_tcase(s, t);
	return s;
}
