/*
 * models/tasks/simulate: sessions that look as the definition says, and scorers that find
 * the effects that were put in, with standard errors that are as large as the errors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/describe.h"
#include "models/tasks/simulate.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define PEOPLE 1500
#define SPEED_OF_MEAN 1.0257099036288582
#define MEDIAN_OF_MEAN 0.9694363950490412

START_TEST(simulate_repeats_for_a_seed)
{
	struct task_definition *def = unit_definition("stroop");
	struct task_population population;
	struct trial *sessions[2];
	size_t n[2];

	ck_assert_int_eq(task_population_standard(&population, "stroop"), CAMP_OK);
	for (int i = 0; i < 2; i++) {
		struct task_person person;
		struct rng rng;

		rng_seed(&rng, 4, 2);
		task_person_draw(&person, &population, &rng);
		ck_assert_int_eq(task_simulate(def, &population, &person, 0, 0, &rng,
					       &sessions[i], &n[i]),
				 CAMP_OK);
	}
	ck_assert_uint_eq(n[0], 96);
	ck_assert_uint_eq(n[1], 96);
	for (size_t i = 0; i < n[0]; i++) {
		ck_assert_int_eq(sessions[0][i].condition, sessions[1][i].condition);
		ck_assert(sessions[0][i].rt_ms == sessions[1][i].rt_ms ||
			  (isnan(sessions[0][i].rt_ms) && isnan(sessions[1][i].rt_ms)));
		ck_assert_int_eq(sessions[0][i].correct, sessions[1][i].correct);
		ck_assert_int_eq(sessions[0][i].response, sessions[1][i].response);
	}
	free(sessions[0]);
	free(sessions[1]);
	task_definition_free(def);
}
END_TEST

/*
 * Trials of a condition for 15 of the parameter: of digits there are eight to press for
 * and one other; of arrows four of five are valid; of a counter, as many as fit into 15
 * s.
 */
static int
trials_for_15(const char *condition)
{
	if (strcmp(condition, "go") == 0)
		return 120;
	if (strcmp(condition, "valid") == 0)
		return 12;
	if (strcmp(condition, "invalid") == 0)
		return 3;
	return strcmp(condition, "counter") == 0 ? 5 : 15;
}

START_TEST(simulate_makes_sessions_a_client_could_send)
{
	static const char *const tasks[] = {"stroop", "visual-search", "flanker",
					    "sart",   "pvt",           "cueing"};
	struct task_definition *def = unit_definition(tasks[_i]);
	int counts[TASK_NAMES_MAX] = {0}, omitted = 0, wanted = 0;
	struct task_population population;
	struct task_person person;
	double clock = -1;
	struct trial *trials;
	struct rng rng;
	size_t n;

	ck_assert_int_eq(task_population_standard(&population, tasks[_i]), CAMP_OK);
	population.omissions = 0.1;
	rng_seed(&rng, 8, 0);
	task_person_draw(&person, &population, &rng);
	person.touch = true;
	ck_assert_int_eq(task_simulate(def, &population, &person, 1, 15, &rng, &trials,
				       &n),
			 CAMP_OK);
	for (int c = 0; c < def->n_conditions; c++)
		wanted += trials_for_15(def->conditions[c].name);
	ck_assert_uint_eq(n, (size_t)wanted);
	for (size_t i = 0; i < n; i++) {
		const struct trial *t = &trials[i];

		ck_assert_int_eq(t->seq, (int)i);
		ck_assert_int_eq(t->trial, -1);
		counts[t->condition]++;
		ck_assert(t->onset_ms > clock);
		clock = t->onset_ms;
		if (isnan(t->rt_ms)) {
			bool right =
				strcmp(def->conditions[t->condition].name, "nogo") == 0;

			omitted += !right;
			ck_assert_int_eq(t->flags, right ? 0 : TRIAL_TIMEOUT);
			ck_assert_int_eq(t->response, -1);
			ck_assert_int_eq(t->correct, right);
			continue;
		}
		ck_assert_int_eq(t->flags, TRIAL_TOUCH);
		ck_assert(t->rt_ms > 0 || (t->rt_ms == 0 && !t->correct));
		ck_assert(t->rt_ms <= 8000);
		ck_assert(t->response >= 0 && t->response < def->n_responses);
	}
	/* A tenth of the trials; five may have none. */
	ck_assert(omitted > 0 || n < 20);
	for (int c = 0; c < def->n_conditions; c++)
		ck_assert_int_eq(counts[c], trials_for_15(def->conditions[c].name));
	free(trials);
	task_definition_free(def);
}
END_TEST

START_TEST(simulate_answers_visual_search_consistently)
{
	struct task_definition *def = unit_definition("visual-search");
	struct task_population population;
	struct task_person person;
	struct trial *trials;
	struct rng rng;
	size_t n;

	ck_assert_int_eq(task_population_standard(&population, "visual-search"), CAMP_OK);
	rng_seed(&rng, 9, 0);
	task_person_draw(&person, &population, &rng);
	person.truth[4] = person.truth[5] = 0.5; /* both accuracies */
	ck_assert_int_eq(task_simulate(def, &population, &person, 0, 0, &rng, &trials,
				       &n),
			 CAMP_OK);
	for (size_t i = 0; i < n; i++) {
		bool target = def->conditions[trials[i].condition].target;

		if (trials[i].response >= 0)
			ck_assert_str_eq(def->responses[trials[i].response],
					 target == trials[i].correct ? "present"
								     : "absent");
	}
	free(trials);
	task_definition_free(def);
}
END_TEST

START_TEST(simulate_refuses_what_it_cannot_do)
{
	struct task_definition *def = unit_definition("stroop");
	struct task_population population, empty = {0};
	struct task_person person = {0};
	struct trial *trials;
	struct rng rng;
	size_t n;

	rng_seed(&rng, 1, 1);
	ck_assert_int_eq(task_population_standard(&population, "unheard-of"),
			 CAMP_ERR_NOT_FOUND);
	ck_assert_mem_eq(&population, &empty, sizeof(empty));
	ck_assert_int_eq(task_population_standard(&population, "stroop"), CAMP_OK);
	ck_assert_int_eq(task_simulate(def, &population, &person, 0, 97, &rng, &trials,
				       &n),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_null(trials);
	ck_assert_int_eq(task_simulate(def, &population, &person, 0, -1, &rng, &trials,
				       &n),
			 CAMP_ERR_INVALID);
	for (long nth = 1; nth <= 2; nth++) {
		fail_alloc_arm(nth);
		ck_assert_int_eq(task_simulate(def, &population, &person, 0, 1, &rng,
					       &trials, &n),
				 CAMP_ERR_MEMORY);
		ck_assert(fail_alloc_disarm());
		ck_assert_ptr_null(trials);
		ck_assert_uint_eq(n, 0);
	}
	strcpy(def->name, "unheard-of");
	ck_assert_int_eq(task_simulate(def, &population, &person, 0, 1, &rng, &trials,
				       &n),
			 CAMP_ERR_NOT_FOUND);
	task_definition_free(def);
}
END_TEST

START_TEST(simulate_practice_makes_faster)
{
	struct task_definition *def = unit_definition("stroop");
	struct task_population population;
	struct task_score_set set;
	struct task_person person;
	double rt[2] = {0};
	struct trial *trials;
	struct rng rng;
	size_t n;

	ck_assert_int_eq(task_population_standard(&population, "stroop"), CAMP_OK);
	rng_seed(&rng, 10, 0);
	for (int i = 0; i < 400; i++) {
		task_person_draw(&person, &population, &rng);
		ck_assert_int_eq(task_simulate(def, &population, &person, 3 * (i % 2), 0,
					       &rng, &trials, &n),
				 CAMP_OK);
		ck_assert_int_eq(task_score(def, trials, n, &set), CAMP_OK);
		rt[i % 2] += unit_score(&set, "rt_congruent")->value / 200;
		free(trials);
	}
	/* 4^-0.05 = 0.933; people differ by 80 ms, so the ratio's error is about 0.012.
	 */
	unit_close(rt[1] / rt[0], 0.933, 0.04, "pace of the fourth session");
	task_definition_free(def);
}
END_TEST

/*
 * The person's truth under the names of the scores, those that follow from others too.
 * NAN: the simulator has no truth for it.
 */
static double
truth_of(const struct task_population *population, const struct task_person *person,
	 const char *score)
{
	for (int i = 0; i < TASK_EFFECTS_MAX && population->effects[i].score; i++) {
		if (strcmp(population->effects[i].score, score) == 0)
			return person->truth[i];
	}
	if (strcmp(score, "rt_incongruent") == 0)
		return truth_of(population, person, "rt_congruent") +
		       truth_of(population, person, "stroop_effect");
	/* Mean of 1/x and median of 0.85 + 0.08 N + 0.15 E, by scipy's exponnorm. */
	if (strcmp(score, "speed") == 0)
		return 1000 * SPEED_OF_MEAN / truth_of(population, person, "rt_mean");
	if (strcmp(score, "rt_median") == 0)
		return MEDIAN_OF_MEAN * truth_of(population, person, "rt_mean");
	return NAN;
}

/*
 * Many people, one session each: how far every raw score is from the truth, and in its
 * own standard errors. Raw, as the exclusion of slow outliers shortens skewed times on
 * purpose.
 */
static void
check_recovery(const char *task, const char *score, double spread)
{
	struct task_definition *def = unit_definition(task);
	double error[PEOPLE], standardised[PEOPLE];
	struct stat_estimate bias, z;
	struct task_population population;
	struct rng rng;

	ck_assert_int_eq(task_population_standard(&population, task), CAMP_OK);
	population.day_sd = population.omissions = 0;
	rng_seed(&rng, 12, 0);
	for (int i = 0; i < PEOPLE; i++) {
		const struct task_score_value *v;
		struct task_person person;
		struct task_score_set set;
		struct trial *trials;
		size_t n;

		task_person_draw(&person, &population, &rng);
		ck_assert_int_eq(task_simulate(def, &population, &person, 0, 0, &rng,
					       &trials, &n),
				 CAMP_OK);
		ck_assert_int_eq(task_score(def, trials, n, &set), CAMP_OK);
		v = unit_score(&set, score);
		error[i] = v->raw_value - truth_of(&population, &person, score);
		standardised[i] = error[i] / v->raw_standard_error;
		free(trials);
	}
	bias = stat_mean_estimate(error, PEOPLE);
	z = stat_mean_estimate(standardised, PEOPLE);
	/* Four standard errors of the mean; the seed is fixed. */
	ck_assert_msg(fabs(bias.value) < 4 * bias.standard_error,
		      "%s %s: off by %g, standard error %g", task, score, bias.value,
		      bias.standard_error);
	/* Errors in units of the reported standard error have sd 1. */
	unit_close(z.standard_error * sqrt(PEOPLE), 1, spread, score);
	task_definition_free(def);
}

/*
 * Allowed is what the standard errors are known to miss. Times are skewed, so a mean of
 * 48 is not quite normal; least squares takes them for equally spread, while longer ones
 * vary more. The error of a share is judged from the share itself, which near 1 is too
 * small just where the share came out too high.
 */
static const struct {
	const char *task, *score;
	double spread;
} recoveries[] = {
	{"stroop", "stroop_effect", 0.12},
	{"stroop", "rt_congruent", 0.12},
	{"stroop", "rt_incongruent", 0.12},
	{"stroop", "accuracy_incongruent", 0.25},
	{"cueing", "validity_effect", 0.12},
	{"cueing", "rt_valid", 0.12},
	{"cueing", "accuracy_valid", 0.25},
	{"flanker", "flanker_effect", 0.12},
	{"flanker", "interference", 0.12},
	{"flanker", "rt_congruent", 0.12},
	{"flanker", "accuracy_incongruent", 0.25},
	{"pvt", "speed", 0.12},
	{"pvt", "rt_median", 0.15},
	{"pvt", "rt_mean", 0.12},
	{"pvt", "false_start_rate", 0.25},
	{"sart", "commission_rate", 0.25},
	{"sart", "omission_rate", 0.25},
	{"sart", "rt_go", 0.12},
	{"sart", "rt_cv", 0.12},
	{"visual-search", "present_slope", 0.12},
	{"visual-search", "present_intercept", 0.12},
	{"visual-search", "absent_slope", 0.12},
	{"visual-search", "absent_intercept", 0.12},
	{"visual-search", "accuracy_present", 0.25},
};

START_TEST(scorers_find_the_effects_that_were_put_in)
{
	check_recovery(recoveries[_i].task, recoveries[_i].score, recoveries[_i].spread);
}
END_TEST

/* Hit rate 0.9, false alarms 0.1: d' = 2 z(0.9) = 2.5631, c = 0. */
START_TEST(visual_search_finds_d_prime_and_criterion)
{
	struct task_definition *def = unit_definition("visual-search");
	double d_prime[PEOPLE], criterion[PEOPLE], z[PEOPLE];
	struct task_population population;
	struct task_person person;
	struct stat_estimate e;
	struct rng rng;

	ck_assert_int_eq(task_population_standard(&population, "visual-search"), CAMP_OK);
	rng_seed(&rng, 13, 0);
	task_person_draw(&person, &population, &rng);
	person.truth[4] = person.truth[5] = 0.9; /* both accuracies */
	for (int i = 0; i < PEOPLE; i++) {
		struct task_score_set set;
		struct trial *trials;
		size_t n;

		ck_assert_int_eq(task_simulate(def, &population, &person, 0, 60, &rng,
					       &trials, &n),
				 CAMP_OK);
		ck_assert_int_eq(task_score(def, trials, n, &set), CAMP_OK);
		d_prime[i] = unit_score(&set, "d_prime")->raw_value;
		criterion[i] = unit_score(&set, "criterion")->raw_value;
		z[i] = (d_prime[i] - 2.5631) /
		       unit_score(&set, "d_prime")->raw_standard_error;
		free(trials);
	}
	/* The log-linear correction draws d' of 240 trials a kind in by about 0.006. */
	e = stat_mean_estimate(d_prime, PEOPLE);
	unit_close(e.value, 2.5631, (4 * e.standard_error + 0.01) / 2.5631, "d'");
	e = stat_mean_estimate(criterion, PEOPLE);
	unit_close(e.value, 0, 4 * e.standard_error, "criterion");
	e = stat_mean_estimate(z, PEOPLE);
	unit_close(e.standard_error * sqrt(PEOPLE), 1, 0.1, "error of d'");
	task_definition_free(def);
}
END_TEST

Suite *
suite_simulate(void)
{
	Suite *s = suite_create("models/tasks/simulate");
	TCase *t = tcase_create("simulate");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, simulate_repeats_for_a_seed);
	tcase_add_loop_test(t, simulate_makes_sessions_a_client_could_send, 0, 6);
	tcase_add_test(t, simulate_answers_visual_search_consistently);
	tcase_add_test(t, simulate_refuses_what_it_cannot_do);
	tcase_add_test(t, simulate_practice_makes_faster);
	tcase_add_loop_test(t, scorers_find_the_effects_that_were_put_in, 0,
			    (int)(sizeof(recoveries) / sizeof(recoveries[0])));
	tcase_add_test(t, visual_search_finds_d_prime_and_criterion);
	suite_add_tcase(s, t);
	return s;
}
