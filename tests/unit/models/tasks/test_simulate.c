/*
 * models/tasks/simulate: sessions that look as the definition says, and scorers that find
 * the effects that were put in, with standard errors that are as large as the errors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/describe.h"
#include "models/tasks/simulators.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/score_people.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

static const struct task_visit standard, shortest = {.count = 1};

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
		ck_assert_int_eq(task_simulate(def, &population, &person, &standard, &rng,
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

static void
check_trial(const struct task_definition *def, const struct task_simulator *simulator,
	    const struct trial *t)
{
	const struct task_condition *c = &def->conditions[t->condition];
	bool right = simulator->withholds && simulator->withholds(c);

	ck_assert_int_eq(t->trial, -1);
	if (isnan(t->rt_ms)) {
		ck_assert_int_eq(t->flags, right ? 0 : TRIAL_TIMEOUT);
		ck_assert_int_eq(t->response, -1);
		ck_assert_int_eq(t->correct, right);
		return;
	}
	ck_assert_int_eq(t->flags, TRIAL_TOUCH);
	ck_assert(t->rt_ms > 0 || (t->rt_ms == 0 && !t->correct));
	ck_assert(t->rt_ms <= (float)TRIAL_RT_MS_MAX);
	ck_assert(t->response >= 0 && t->response < def->n_responses);
}

START_TEST(simulate_makes_sessions_a_client_could_send)
{
	for (int i = 0; i < task_simulators_n; i++) {
		const struct task_simulator *simulator = task_simulators[i];
		struct task_definition *def = unit_definition(simulator->scorer->task);
		const struct task_visit second = {.number = 1, .seed = 3};
		struct task_population population = simulator->standard;
		int counts[TASK_NAMES_MAX] = {0};
		struct task_person person;
		double clock = -1;
		struct trial *trials;
		struct rng rng;
		size_t n;

		population.omissions = 0.1;
		rng_seed(&rng, 8, 0);
		task_person_draw(&person, &population, &rng);
		person.touch = true;
		ck_assert_int_eq(task_simulate(def, &population, &person, &second, &rng,
					       &trials, &n),
				 CAMP_OK);
		ck_assert_uint_gt(n, 0);
		for (size_t k = 0; k < n; k++) {
			ck_assert_int_eq(trials[k].seq, (int)k);
			ck_assert(trials[k].onset_ms > clock);
			clock = trials[k].onset_ms;
			counts[trials[k].condition]++;
			if (!simulator->session)
				check_trial(def, simulator, &trials[k]);
		}
		/* Some are only there for other parameters than the defaults. */
		for (int c = 0; c < def->n_conditions; c++)
			ck_assert_msg(counts[c] > 0 ||
					      (simulator->trials_of &&
					       !simulator->trials_of(def,
								     &def->conditions[c],
								     1)),
				      "%s: no '%s'", def->name, def->conditions[c].name);
		free(trials);
		task_definition_free(def);
	}
}
END_TEST

/* What a session of the standard length has of a condition, by the definitions. */
START_TEST(simulate_counts_as_the_player_does)
{
	static const struct {
		const char *task, *condition;
		int n;
	} wanted[] = {{"stroop", "congruent", 48},
		      {"flanker", "neutral", 48},
		      {"visual-search", "absent-6", 20},
		      {"sart", "nogo", 25},
		      {"sart", "go", 200},
		      {"cueing", "valid", 128},
		      {"cueing", "invalid", 32},
		      {"pvt", "counter", 64}};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct task_definition *def = unit_definition(wanted[i].task);
		struct task_population population;
		struct task_person person;
		struct trial *trials;
		struct rng rng;
		size_t n;
		int found = 0;

		ck_assert_int_eq(task_population_standard(&population, wanted[i].task),
				 CAMP_OK);
		rng_seed(&rng, 9, 0);
		task_person_draw(&person, &population, &rng);
		ck_assert_int_eq(task_simulate(def, &population, &person, &standard, &rng,
					       &trials, &n),
				 CAMP_OK);
		for (size_t k = 0; k < n; k++)
			found += trials[k].condition ==
				 task_condition_named(def, wanted[i].condition);
		ck_assert_int_eq(found, wanted[i].n);
		free(trials);
		task_definition_free(def);
	}
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
	ck_assert_int_eq(task_simulate(def, &population, &person, &standard, &rng,
				       &trials, &n),
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
	ck_assert_int_eq(task_simulate(def, &population, &person,
				       &(struct task_visit){.count = 97}, &rng, &trials,
				       &n),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_null(trials);
	ck_assert_int_eq(task_simulate(def, &population, &person,
				       &(struct task_visit){.count = -1}, &rng, &trials,
				       &n),
			 CAMP_ERR_INVALID);
	for (long nth = 1; nth <= 2; nth++) {
		fail_alloc_arm(nth);
		ck_assert_int_eq(task_simulate(def, &population, &person, &shortest, &rng,
					       &trials, &n),
				 CAMP_ERR_MEMORY);
		ck_assert(fail_alloc_disarm());
		ck_assert_ptr_null(trials);
		ck_assert_uint_eq(n, 0);
	}
	strcpy(def->name, "unheard-of");
	ck_assert_int_eq(task_simulate(def, &population, &person, &shortest, &rng,
				       &trials, &n),
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
		ck_assert_int_eq(task_simulate(def, &population, &person,
					       &(struct task_visit){.number =
									    3 * (i % 2)},
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
 * A quick look at what `./dev bench scores` measures with 2,000 people: with PEOPLE, a
 * bias may be off by four of its own standard errors more, and coverage by four standard
 * errors of a share of 0.95, which is 0.062. The seed is fixed.
 */
#define PEOPLE 200

static void
find_effects(const struct task_definition *def, const struct task_simulator *simulator)
{
	struct score_recovery results[TASK_SCORES_MAX];
	int n = score_people(def, simulator, PEOPLE, 12, true, results), known = 0;

	ck_assert_int_eq(n, simulator->scorer->n_values);
	for (int k = 0; k < n; k++) {
		struct score_recovery r = results[k];

		if (r.people == 0)
			continue;
		known++;
		ck_assert_msg(r.coverage > 0.93 - 0.062, "%s %s: %g covered", def->name,
			      r.name, r.coverage);
		r.bias = copysign(fmax(fabs(r.bias) - 4 * r.bias_error, 0), r.bias);
		ck_assert_msg(score_recovery_bias_meets(&r),
			      "%s %s: off by %g beyond its error %g", def->name, r.name,
			      r.bias, r.bias_error);
	}
	ck_assert_int_gt(known, 0);
}

START_TEST(scorers_find_the_effects_that_were_put_in)
{
	for (int i = 0; i < task_simulators_n; i++) {
		const struct task_simulator *simulator = task_simulators[i];
		struct task_definition *def = unit_definition(simulator->scorer->task);

		find_effects(def, simulator);
		if (score_people_hold_difficulty(def))
			find_effects(def, simulator);
		task_definition_free(def);
	}
}
END_TEST

Suite *
suite_simulate(void)
{
	Suite *s = suite_create("models/tasks/simulate");
	TCase *t = tcase_create("simulate");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, simulate_repeats_for_a_seed);
	tcase_add_test(t, simulate_makes_sessions_a_client_could_send);
	tcase_add_test(t, simulate_counts_as_the_player_does);
	tcase_add_test(t, simulate_answers_visual_search_consistently);
	tcase_add_test(t, simulate_refuses_what_it_cannot_do);
	tcase_add_test(t, simulate_practice_makes_faster);
	tcase_add_test(t, scorers_find_the_effects_that_were_put_in);
	suite_add_tcase(s, t);
	return s;
}
