/* models/train/evaluate: on simulated people and a model fitted to them in a moment. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "models/engagement/score.h"
#include "models/train/evaluate.h"
#include "models/train/evaluate_figures.h"
#include "models/train/fit.h"
#include "models/train/simulate_sequences.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

static struct dataset data;
static struct forecaster *model;
static struct evaluation out, again;
static char path[64];

static const char *const tasks[] = {"stroop", "flanker"};

static void
simulate(const char *prefix, int people, int n_tasks)
{
	struct simulated_people what = {.people = people,
					.sessions = 1,
					.trials = 150,
					.seed = 5,
					.prefix = prefix,
					.tasks = tasks,
					.n_tasks = n_tasks,
					.history = 1};

	dataset_clear(&data);
	ck_assert_int_eq(simulate_sequences(&data, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
}

/* Once for all tests, which Check forks from here. */
static void
fit(void)
{
	struct fit_config config;
	struct fit_result result;
	char why[256] = "";
	int fd;

	strcpy(path, "/tmp/camp-evaluate-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	simulate("sim", 40, 1);
	fit_config_default(&config, &data);
	config.encoder = "transformer";
	config.width = 16;
	config.layers = 1;
	config.heads = 2;
	config.ffn = 16;
	config.steps = 4;
	config.batch = 8;
	config.threads = 1;
	ck_assert_msg(fit_run(&data, &config, path, NULL, NULL, NULL, &result, why,
			      sizeof(why)) == CAMP_OK,
		      "%s", why);
	ck_assert_msg(forecaster_load(&model, path, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
	unlink(path);
}

static void
clean(void)
{
	forecaster_free(model);
	dataset_clear(&data);
}

static void
evaluate(struct evaluation *to, enum dataset_split split, int threads)
{
	const struct evaluate_config config = {.model = model,
					       .split = split,
					       .threads = threads};

	ck_assert_int_eq(evaluate_run(&data, &config, to), CAMP_OK);
}

/* Every figure within its range, so that a NAN or a swapped member shows. */
static void
check_ranges(const struct evaluation_figures *f)
{
	ck_assert(f->defined);
	ck_assert(f->auc > 0.4 && f->auc <= 1);
	ck_assert(f->nll_correct > 0 && f->nll_correct < 0.7);
	ck_assert(f->brier > 0 && f->brier < 0.25);
	ck_assert(f->ece >= 0 && f->ece < 0.15);
	ck_assert(f->nll_rt > -1 && f->nll_rt < 1);
	ck_assert(f->r2 > -0.2 && f->r2 < 1);
	ck_assert(f->rmse > 0.05 && f->rmse < 0.6);
	ck_assert(f->crps > 0.02 && f->crps < f->rmse);
	ck_assert(f->cov90 > 0.75 && f->cov90 <= 1);
	ck_assert(f->pit_ks > 0 && f->pit_ks < 0.3);
	ck_assert(f->lapse_auc > 0.4 && f->lapse_auc <= 1);
	ck_assert(f->lapse_ece >= 0 && f->lapse_ece < 0.3);
	ck_assert(fabs(f->next20_r) <= 1 && fabs(f->next20_r_persistence) <= 1);
	ck_assert(f->interval_cov > 0.6 && f->interval_cov <= 1);
}

START_TEST(evaluate_scores_every_trial_of_the_split_once)
{
	static const enum dataset_split splits[] = {SPLIT_TEST, SPLIT_VALIDATION,
						    SPLIT_TRAIN};
	int64_t trials = 0;
	int participants = 0;

	for (int i = 0; i < 3; i++) {
		evaluate(&out, splits[i], 1);
		ck_assert_int_gt(out.participants, 0);
		ck_assert_int_eq(out.trials, 150 * (int64_t)out.sequences);
		/* 150 trials: blocks begin at 20, 40, ... 120. */
		ck_assert_int_eq(out.blocks, 6 * (int64_t)out.sequences);
		ck_assert_int_eq(out.model.n, out.trials);
		check_ranges(&out.model);
		check_ranges(&out.linear);
		check_ranges(&out.running_mean);
		check_ranges(&out.condition_mean);
		trials += out.trials;
		participants += out.participants;
	}
	ck_assert_int_eq(trials, data.n_trials);
	ck_assert_int_eq(participants, 40);
	evaluate(&out, SPLIT_ALL, 1);
	ck_assert_int_eq(out.trials, data.n_trials);
	ck_assert_int_eq(out.unknown_conditions, 0);
	ck_assert_int_eq(out.eeg.trials, 0);
}
END_TEST

START_TEST(evaluate_gives_the_same_bits_with_any_number_of_threads)
{
	evaluate(&out, SPLIT_ALL, 1);
	evaluate(&again, SPLIT_ALL, 3);
	ck_assert_mem_eq(&out, &again, sizeof(out));
}
END_TEST

START_TEST(evaluate_takes_tasks_that_the_model_never_saw)
{
	simulate("new", 30, 2);
	evaluate(&out, SPLIT_ALL, 1);
	ck_assert_int_eq(out.unknown_tasks, 1);
	ck_assert_int_gt(out.unknown_conditions, 1);
	ck_assert_int_eq(out.trials, 30 * 2 * 150);
	check_ranges(&out.model);
}
END_TEST

START_TEST(evaluate_does_without_training_participants)
{
	const struct evaluate_config config = {.model = model,
					       .split = SPLIT_TEST,
					       .threads = 1};
	struct dataset few = {0};

	for (int i = 0; i < data.n_sequences; i++) {
		const struct dataset_sequence *q = &data.sequences[i];

		for (int t = 0; q->split == SPLIT_TEST && t < q->s.n; t++) {
			const struct sequence_trial *trial = &q->s.trials[t];

			ck_assert_int_eq(
				dataset_add(
					&few,
					&(struct dataset_row){
						.participant =
							data.participants[q->participant],
						.session = q->session,
						.task = data.tasks[q->s.task],
						.condition =
							data.conditions[trial->condition]
								.name,
						.number = -1,
						.trial = *trial}),
				CAMP_OK);
		}
	}
	ck_assert_int_eq(dataset_finish(&few), CAMP_OK);
	evaluate(&again, SPLIT_TEST, 1);
	ck_assert_int_eq(evaluate_run(&few, &config, &out), CAMP_OK);
	ck_assert(!out.condition_mean.defined && !out.running_mean.defined);
	ck_assert_double_nan(out.model_running_mean.value);
	/* The model's own figures do not depend on who else is in the data. */
	ck_assert_mem_eq(&out.model, &again.model, sizeof(out.model));
	dataset_clear(&few);
}
END_TEST

START_TEST(evaluate_refuses_a_split_without_participants)
{
	struct evaluate_config config = {.model = model,
					 .split = SPLIT_TEST,
					 .threads = 1};
	struct dataset one = {0};
	char name[8];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		if (dataset_split_of(name) == SPLIT_TRAIN)
			break;
	}
	ck_assert_int_eq(dataset_add(&one,
				     &(struct dataset_row){.participant = name,
							   .session = "1",
							   .task = "stroop",
							   .condition = "congruent",
							   .trial = {.correct = true,
								     .rt_ms = 500}}),
			 CAMP_OK);
	ck_assert_int_eq(dataset_finish(&one), CAMP_OK);
	ck_assert_int_eq(evaluate_run(&one, &config, &out), CAMP_ERR_NOT_FOUND);
	/* One trial is enough for some figures and too few for others. */
	config.split = SPLIT_ALL;
	ck_assert_int_eq(evaluate_run(&one, &config, &out), CAMP_OK);
	ck_assert_int_eq(out.model.n, 1);
	ck_assert_double_gt(out.model.nll_correct, 0);
	ck_assert_double_nan(out.model.auc);
	ck_assert_double_nan(out.model.r2);
	ck_assert_double_nan(out.model.lapse_auc);
	ck_assert_double_nan(out.model.next20_r);
	ck_assert_double_nan(out.model.interval_cov);
	dataset_clear(&one);
}
END_TEST

/* Two people of 1 and 3 trials; p of .5 against .8 of correct trials. */
START_TEST(evaluation_differences_are_paired_by_participant)
{
	struct sequence_trial trials[3] = {{.correct = true, .rt_ms = NAN},
					   {.correct = true, .rt_ms = NAN},
					   {.correct = false, .rt_ms = NAN}};
	struct dataset_sequence a = {.participant = 0, .s = {.n = 1, .trials = trials}};
	struct dataset_sequence b = {.participant = 1, .s = {.n = 3, .trials = trials}};
	const struct dataset_sequence *sequences[2] = {&a, &b};
	size_t first[3] = {0, 1, 4};
	struct evaluation_trials t = {.n_sequences = 2,
				      .sequences = sequences,
				      .first = first,
				      .n = 4};
	struct forecast half[4], sure[4];
	struct evaluation_difference d;
	double win = -log(0.8) + log(0.5), loss = -log(0.2) + log(0.5);

	for (int i = 0; i < 4; i++) {
		half[i] = (struct forecast){.p = 0.5f};
		sure[i] = (struct forecast){.p = 0.8f};
	}
	ck_assert_int_eq(evaluation_compare(&t, 2, sure, half, &d), CAMP_OK);
	ck_assert_double_eq_tol(d.value, (3 * win + loss) / 4, 1e-7);
	/* Of two people drawn twice, a quarter of draws is one of them alone each. */
	ck_assert_double_eq_tol(d.low, win, 1e-7);
	ck_assert_double_eq_tol(d.high, (2 * win + loss) / 3, 1e-7);
	t.n_sequences = 1;
	ck_assert_int_eq(evaluation_compare(&t, 2, sure, half, &d), CAMP_OK);
	ck_assert_double_eq_tol(d.value, win, 1e-7);
	ck_assert_double_nan(d.low);
}
END_TEST

/* Blocks by hand: 60 trials, all fast and correct but for what is set. */
START_TEST(evaluation_blocks_follow_their_forecast)
{
	struct sequence_trial trials[60];
	struct dataset_sequence q = {.s = {.n = 59, .trials = trials}};
	const struct dataset_sequence *sequences[1] = {&q};
	float rate[60], threshold[60];
	bool lapse[60] = {false};
	struct forecast f[60];
	size_t first[2] = {0, 59};
	struct evaluation_trials t = {.n_sequences = 1,
				      .sequences = sequences,
				      .first = first,
				      .n = 59,
				      .response_rate = rate,
				      .threshold = threshold,
				      .lapse = lapse};
	struct evaluation_figures figures;

	for (int i = 0; i < 60; i++) {
		trials[i] = (struct sequence_trial){.correct = true, .rt_ms = 500};
		f[i] = (struct forecast){.p = i < 20 ? 0.9f : 0.5f,
					 .mu = -0.7f,
					 .sigma = 0.2f,
					 .mu1 = -0.7f,
					 .sigma1 = 0.2f,
					 .sigma2 = 0.2f};
		rate[i] = 1;
		threshold[i] = 5;
		lapse[i] = i >= 40 && i % 2;
	}
	/* 59 trials: the block 20..39 alone is whole; 60: 40..59 too. */
	ck_assert_int_eq(evaluation_blocks(&t), 1);
	q.s.n = 60;
	t.n = 60;
	first[1] = 60;
	ck_assert_int_eq(evaluation_blocks(&t), 2);
	ck_assert_int_eq(evaluation_figure(&t, f, &figures), CAMP_OK);
	/* E fell from 90 to 50 and the share from 1 to 1/2, while what was seen did not
	 * change. */
	ck_assert_double_eq_tol(figures.next20_r, 1, 1e-6);
	ck_assert_double_nan(figures.next20_r_persistence);
	ck_assert_double_eq_tol(figures.interval_cov, 1, 1e-12);
	for (int i = 40; i < 60; i++)
		lapse[i] = true;
	ck_assert_int_eq(evaluation_figure(&t, f, &figures), CAMP_OK);
	ck_assert_double_eq_tol(figures.interval_cov, 0.5, 1e-12);
}
END_TEST

Suite *
suite_evaluate(void)
{
	Suite *s = suite_create("models/train/evaluate");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, fit, clean);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, evaluate_scores_every_trial_of_the_split_once);
	tcase_add_test(t, evaluate_gives_the_same_bits_with_any_number_of_threads);
	tcase_add_test(t, evaluate_takes_tasks_that_the_model_never_saw);
	tcase_add_test(t, evaluate_does_without_training_participants);
	tcase_add_test(t, evaluate_refuses_a_split_without_participants);
	tcase_add_test(t, evaluation_differences_are_paired_by_participant);
	tcase_add_test(t, evaluation_blocks_follow_their_forecast);
	suite_add_tcase(s, t);
	return s;
}
