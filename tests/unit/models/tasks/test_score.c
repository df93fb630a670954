/* models/tasks/score: the rules one by one, on trials written out by hand. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define MAX 64

/* A session in the making. */
struct session {
	struct task_definition *def;
	struct trial trials[MAX];
	size_t n;
	struct task_score_set set;
};

static struct session s;

static void
start_stroop(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("stroop");
}

static void
start_search(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("visual-search");
}

static void
start_ant(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("ant");
}

static void
start_ax_cpt(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("ax-cpt");
}

static void
start_switching(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("task-switching");
}

static void
start_gradcpt(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("gradcpt");
}

static void
start_speech(void)
{
	memset(&s, 0, sizeof(s));
	s.def = unit_definition("speech-in-noise");
}

static void
finish(void)
{
	task_definition_free(s.def);
}

static struct trial *
add(const char *condition, bool correct, double rt_ms)
{
	ck_assert_uint_lt(s.n, MAX);
	s.trials[s.n] = unit_trial(s.def, condition, correct, rt_ms);
	s.trials[s.n].seq = (int32_t)s.n;
	return &s.trials[s.n++];
}

static const struct task_score_value *
score(const char *name)
{
	ck_assert_int_eq(task_score(s.def, s.trials, s.n, &s.set), CAMP_OK);
	return unit_score(&s.set, name);
}

START_TEST(stroop_effect_is_of_correct_trials)
{
	const struct task_score_value *effect;

	add("congruent", true, 500);
	add("congruent", true, 520);
	add("congruent", false, 900);
	add("incongruent", true, 600);
	add("incongruent", true, 640);
	add("incongruent", false, 300);
	effect = score("stroop_effect");
	ck_assert_double_eq(effect->raw_value, 110);
	/* Variances 200 and 800, two trials each. */
	unit_close(effect->raw_standard_error, sqrt(500), 1e-12, "standard error");
	ck_assert_int_eq(effect->raw_n, 4);
	unit_close(score("accuracy_congruent")->raw_value, 2 / 3.0, 1e-15, "accuracy");
}
END_TEST

START_TEST(stroop_effect_needs_both_conditions)
{
	add("congruent", true, 500);
	add("incongruent", false, 700);
	unit_close(score("stroop_effect")->raw_value, NAN, 0, "effect");
	unit_close(score("rt_congruent")->raw_value, 500, 0, "congruent");
	unit_close(score("rt_congruent")->raw_standard_error, NAN, 0, "its error");
	unit_close(score("rt_incongruent")->raw_value, NAN, 0, "incongruent");
}
END_TEST

/* A right answer without a time can be sent; it is right, and has no time. */
START_TEST(stroop_takes_a_correct_trial_without_a_time)
{
	add("congruent", true, NAN);
	add("congruent", true, 500);
	ck_assert_int_eq(score("rt_congruent")->raw_n, 1);
	ck_assert_double_eq(score("accuracy")->raw_value, 1);
}
END_TEST

START_TEST(fast_answers_leave_every_score)
{
	add("congruent", true, 500);
	add("congruent", true, 199.9);
	add("congruent", false, 150);
	add("congruent", false, 400);
	add("congruent", true, 200);
	ck_assert_double_eq(score("accuracy")->raw_value, 0.6);
	ck_assert_int_eq(unit_rule(&s.set, "rt_fast"), 2);
	unit_close(score("accuracy")->value, 2 / 3.0, 1e-15, "accuracy");
	ck_assert_int_eq(score("accuracy")->n, 3);
	ck_assert_double_eq(score("rt_congruent")->value, 350);
}
END_TEST

START_TEST(slow_answers_stay_in_the_accuracy)
{
	add("incongruent", true, 3000);
	add("incongruent", true, 3000.5);
	add("incongruent", false, 4000);
	ck_assert_double_eq(score("rt_incongruent")->value, 3000);
	ck_assert_int_eq(score("accuracy")->n, 3);
	/* The wrong one had no time to remove. */
	ck_assert_int_eq(unit_rule(&s.set, "rt_slow"), 1);
}
END_TEST

START_TEST(blurred_trials_leave_every_score_and_count_once)
{
	add("congruent", true, 500);
	add("congruent", true, 100)->flags = TRIAL_BLURRED | TRIAL_TOUCH;
	add("congruent", true, NAN)->flags = TRIAL_BLURRED;
	add("congruent", true, 600)->flags = TRIAL_FRAMES_DROPPED;
	ck_assert_double_eq(score("rt_congruent")->value, 550);
	ck_assert_int_eq(score("accuracy")->n, 2);
	ck_assert_int_eq(unit_rule(&s.set, "blurred"), 2);
	ck_assert_int_eq(unit_rule(&s.set, "rt_fast"), 0);
}
END_TEST

START_TEST(outliers_are_far_from_the_median_of_their_condition)
{
	/* Median 500, deviations 10 10 20 20 0 and the far one's: MAD 15, limit 66.7. */
	static const double rts[] = {490, 510, 480, 520, 500, 567};

	for (int i = 0; i < 6; i++)
		add("congruent", true, rts[i]);
	/* Median 505 with the far one: deviations 15 5 25 15 5 62, MAD 15, limit 66.7. */
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 0);
	s.trials[5].rt_ms = 572;
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 1);
	ck_assert_double_eq(score("rt_congruent")->value, 500);
	ck_assert_int_eq(score("accuracy")->n, 6);
	/* The other condition is judged by itself. */
	for (int i = 0; i < 6; i++)
		add("incongruent", true, rts[i] + 300);
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 1);
}
END_TEST

START_TEST(outliers_need_five_trials_and_a_spread)
{
	for (int i = 0; i < 3; i++)
		add("congruent", true, 500 + i);
	add("congruent", true, 2000);
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 0);
	add("congruent", true, 503);
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 1);
	for (size_t i = 0; i < s.n; i++)
		s.trials[i].rt_ms = i ? 500 : 2000;
	score("rt_congruent");
	ck_assert_int_eq(unit_rule(&s.set, "rt_outlier"), 0);
}
END_TEST

/* 0.7 and 0.2 themselves are still good. */
START_TEST(session_rules_are_strict_at_their_bounds)
{
	for (int i = 0; i < 10; i++)
		add("congruent", i < 7, i < 8 ? 500 : NAN);
	score("accuracy");
	ck_assert(s.set.usable);
	ck_assert_int_eq(s.set.n_reasons, 0);
	s.trials[6].correct = false;
	s.trials[7].rt_ms = NAN;
	score("accuracy");
	ck_assert(!s.set.usable);
	ck_assert_int_eq(s.set.n_reasons, 2);
	ck_assert_str_eq(s.set.reasons[0], "accuracy");
	ck_assert_str_eq(s.set.reasons[1], "omissions");
}
END_TEST

/* The checks are wrong, slow and blurred: no score and no other rule sees them. */
START_TEST(attention_checks_enter_nothing_but_their_own_rule)
{
	for (int i = 0; i < 10; i++)
		add("congruent", true, 500);
	for (int i = 0; i < 5; i++)
		add("congruent", i > 0, 4000)->flags = TRIAL_CATCH | TRIAL_BLURRED;
	ck_assert_double_eq(score("rt_congruent")->raw_value, 500);
	ck_assert_int_eq(score("accuracy")->raw_n, 10);
	ck_assert_int_eq(unit_rule(&s.set, "blurred"), 0);
	ck_assert(s.set.usable);
	s.def->exclusions.catch_max = 0.2;
	score("accuracy");
	ck_assert(s.set.usable);
	s.trials[11].correct = false;
	score("accuracy");
	ck_assert_int_eq(s.set.n_reasons, 1);
	ck_assert_str_eq(s.set.reasons[0], "catch");
	/* Of checks alone. */
	s.n = 0;
	add("congruent", false, NAN)->flags = TRIAL_CATCH;
	score("accuracy");
	ck_assert_int_eq(s.set.n_reasons, 2);
	ck_assert_str_eq(s.set.reasons[0], "no_trials");
}
END_TEST

START_TEST(a_session_of_no_trials_is_not_usable)
{
	unit_close(score("stroop_effect")->value, NAN, 0, "effect");
	unit_close(score("accuracy")->value, NAN, 0, "accuracy");
	ck_assert(!s.set.usable);
	ck_assert_int_eq(s.set.n_reasons, 1);
	ck_assert_str_eq(s.set.reasons[0], "no_trials");
}
END_TEST

START_TEST(search_slopes_are_apart_for_present_and_absent)
{
	static const int sizes[] = {3, 6, 12, 18};
	char name[16];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "present-%d", sizes[i]);
		add(name, true, 480 + 9 * sizes[i]);
		add(name, false, 2000);
		snprintf(name, sizeof(name), "absent-%d", sizes[i]);
		add(name, true, 500 + 20 * sizes[i]);
	}
	unit_close(score("present_slope")->value, 9, 1e-12, "present slope");
	unit_close(score("present_intercept")->value, 480, 1e-12, "present intercept");
	unit_close(score("absent_slope")->value, 20, 1e-12, "absent slope");
	unit_close(score("absent_intercept")->value, 500, 1e-12, "absent intercept");
	unit_close(score("slope_ratio")->value, 20 / 9.0, 1e-12, "ratio");
	ck_assert_int_eq(score("present_slope")->n, 4);
	ck_assert_double_eq(score("accuracy_present")->value, 0.5);
	ck_assert_double_eq(score("accuracy_absent")->value, 1);
	/* H = F's complement would be 0: half of 8 found, none of 4 imagined. */
	ck_assert_double_gt(score("criterion")->value, 0);
}
END_TEST

/* A trial that ran out of time says neither present nor absent. */
START_TEST(search_detection_is_of_answered_trials)
{
	for (int i = 0; i < 4; i++) {
		add("present-3", true, 500);
		add("absent-3", true, 500);
	}
	add("present-3", false, NAN);
	add("absent-3", false, NAN);
	ck_assert_int_eq(score("d_prime")->n, 8);
	ck_assert_int_eq(score("accuracy")->n, 10);
	unit_close(score("criterion")->value, 0, 1e-12, "criterion");
}
END_TEST

/* The mean of levels that were set says nothing of what was heard. */
START_TEST(speech_at_one_level_has_no_threshold)
{
	for (int i = 0; i < 8; i++)
		add("triplet", i % 4 != 0, 2000)->difficulty = -6;
	ck_assert_double_nan(score("srt")->value);
	ck_assert_double_nan(score("threshold")->value);
	ck_assert_double_eq(score("accuracy")->value, 0.75);
	add("triplet", true, 2000)->difficulty = -8;
	ck_assert(!isnan(score("srt")->value) && !isnan(score("threshold")->value));
}
END_TEST

/* Every condition at 500 ms, but what its cue and its neighbours add. */
static void
add_networks(int times)
{
	static const char *const cues[] = {"none", "centre", "double", "spatial"};
	static const char *const kinds[] = {"neutral", "congruent", "incongruent"};
	static const double cue_ms[] = {90, 50, 45, 0}, kind_ms[] = {0, 0, 80};
	char name[32];

	for (int i = 0; i < times; i++) {
		for (int c = 0; c < 4; c++) {
			for (int k = 0; k < 3; k++) {
				snprintf(name, sizeof(name), "%s-%s", cues[c], kinds[k]);
				add(name, true, 500 + cue_ms[c] + kind_ms[k]);
			}
		}
	}
}

START_TEST(ant_networks_are_differences_of_condition_means)
{
	add_networks(2);
	/* One condition more often than the others must not weigh more. */
	for (int i = 0; i < 20; i++)
		add("none-incongruent", true, 670);
	unit_close(score("alerting")->raw_value, 45, 1e-12, "alerting");
	unit_close(score("orienting")->raw_value, 50, 1e-12, "orienting");
	unit_close(score("conflict")->raw_value, 80, 1e-12, "conflict");
	unit_close(score("rt_mean")->raw_value, 500 + 185 / 4.0 + 80 / 3.0, 1e-12,
		   "mean of means");
	ck_assert_int_eq(score("rt_mean")->raw_n, 44);
}
END_TEST

START_TEST(ant_effects_need_every_condition_they_are_of)
{
	add_networks(1);
	s.trials[0].correct = false; /* none, neutral */
	unit_close(score("alerting")->raw_value, NAN, 0, "alerting");
	unit_close(score("conflict")->raw_value, 80, 1e-12, "conflict");
	unit_close(score("accuracy_neutral")->raw_value, 0.75, 1e-15, "accuracy");
}
END_TEST

/* Without a single error both rates are half an error, and the index is of their n. */
START_TEST(ax_cpt_index_of_errors_is_corrected)
{
	for (int i = 0; i < 4; i++) {
		add("ax", true, 400);
		add("ay", true, 600);
		add("bx", true, 400);
	}
	unit_close(score("pbi_errors")->raw_value, 0, 1e-15, "no errors");
	unit_close(score("pbi_rt")->raw_value, 0.2, 1e-12, "times");
	add("ay", false, 500);
	/* 1.5 / 6 against 0.5 / 5. */
	unit_close(score("pbi_errors")->raw_value, 0.15 / 0.35, 1e-12, "one error");
	unit_close(score("error_rate_ay")->raw_value, 0.2, 1e-15, "its rate as it is");
}
END_TEST

START_TEST(ax_cpt_errors_are_of_answered_trials)
{
	add("bx", true, 400);
	add("bx", false, NAN);
	ck_assert_int_eq(score("error_rate_bx")->raw_n, 1);
	ck_assert_double_eq(score("error_rate_bx")->raw_value, 0);
	ck_assert_double_eq(score("accuracy")->raw_value, 0.5);
	unit_close(score("d_context")->raw_value, NAN, 0, "without AX");
}
END_TEST

START_TEST(switching_costs_leave_first_trials_out)
{
	static const struct {
		const char *name;
		double rt_ms;
	} trials[] = {{"first", 2500},
		      {"pure-congruent", 500},
		      {"pure-incongruent", 520},
		      {"repeat-congruent", 600},
		      {"repeat-incongruent", 640},
		      {"switch-congruent", 700},
		      {"switch-incongruent", 780}};

	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		add(trials[i].name, true, trials[i].rt_ms);
	/* Once more, so that congruent and incongruent repetitions differ in number. */
	add("repeat-congruent", true, 600);
	unit_close(score("switch_cost")->raw_value, 120, 1e-12, "switch");
	unit_close(score("mixing_cost")->raw_value, 110, 1e-12, "mixing");
	unit_close(score("congruency_effect")->raw_value, 60, 1e-12, "congruency");
	add("first", false, 400);
	unit_close(score("accuracy")->raw_value, 8 / 9.0, 1e-15, "accuracy");
	ck_assert_double_eq(score("accuracy_switch")->raw_value, 1);
}
END_TEST

START_TEST(gradcpt_presses_for_mountains_are_false_alarms)
{
	for (int i = 0; i < 8; i++)
		add("city", true, 700);
	add("city", false, NAN);
	add("mountain", true, NAN);
	add("mountain", false, 650);
	ck_assert_double_eq(score("commission_rate")->raw_value, 0.5);
	unit_close(score("omission_rate")->raw_value, 1 / 9.0, 1e-15, "omissions");
	ck_assert_double_eq(score("rt_city")->raw_value, 700);
	/* z(8.5 / 10) - z(1.5 / 3). */
	unit_close(score("d_prime")->raw_value, 1.0364333894937898, 1e-12, "d'");
}
END_TEST

/* qt(0.975, 9) and qnorm(0.975) as R 4.2.2 prints them. */
START_TEST(only_a_sampled_error_widens_with_few_trials)
{
	struct task_score_value v = {
		.name = "span",
		.unit = "items",
		.value = 6,
		.standard_error = 0.5,
		.n = 10,
		.posterior = true,
	};
	struct stat_interval posterior = task_score_interval(&v, true);
	struct stat_interval sample;

	v.posterior = false;
	sample = task_score_interval(&v, true);
	ck_assert_double_eq_tol(posterior.high - 6, 0.5 * 1.959963984540054, 1e-12);
	ck_assert_double_eq_tol(6 - posterior.low, 0.5 * 1.959963984540054, 1e-12);
	ck_assert_double_eq_tol(sample.high - 6, 0.5 * 2.262157162798205, 1e-12);
}
END_TEST

START_TEST(a_share_stays_within_its_bounds)
{
	/* Wilson 1927, of 10 out of 10: 1 / (1 + z^2 / 10) to 1. */
	struct task_score_value v = {
		.name = "accuracy",
		.unit = "proportion",
		.value = 1,
		.standard_error = 0,
		.n = 10,
	};
	struct stat_interval share = task_score_interval(&v, true);

	ck_assert_double_eq_tol(share.low, 1 / (1 + 3.841458820694124 / 10), 1e-12);
	ck_assert_double_eq_tol(share.high, 1, 1e-12);
	v.n = 0;
	v.unit = "ms";
	ck_assert(isnan(task_score_interval(&v, true).low));
}
END_TEST

START_TEST(scoring_refuses_what_it_cannot_score)
{
	struct task_score_set empty = {0};

	add("congruent", true, 500)->condition = 2;
	ck_assert_int_eq(task_score(s.def, s.trials, 1, &s.set), CAMP_ERR_INVALID);
	ck_assert_mem_eq(&s.set, &empty, sizeof(empty));
	s.trials[0].condition = -1;
	ck_assert_int_eq(task_score(s.def, s.trials, 1, &s.set), CAMP_ERR_INVALID);
	s.trials[0].condition = 0;
	strcpy(s.def->name, "unheard-of");
	ck_assert_int_eq(task_score(s.def, s.trials, 1, &s.set), CAMP_ERR_NOT_FOUND);
	/* A definition that calls itself visual search and has no set sizes. */
	strcpy(s.def->name, "visual-search");
	ck_assert_int_eq(task_score(s.def, s.trials, 1, &s.set), CAMP_ERR_INVALID);
}
END_TEST

START_TEST(scoring_reports_every_failed_allocation)
{
	add("congruent", true, 500);
	for (long n = 1;; n++) {
		enum camp_err err;

		fail_alloc_arm(n);
		err = task_score(s.def, s.trials, s.n, &s.set);
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_int_eq(n, 9);
			break;
		}
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_int_eq(s.set.n_values, 0);
	}
}
END_TEST

Suite *
suite_score(void)
{
	Suite *suite = suite_create("models/tasks/score");
	TCase *stroop = tcase_create("stroop"), *search = tcase_create("search");
	TCase *ant = tcase_create("ant"), *ax_cpt = tcase_create("ax_cpt"),
	      *switching = tcase_create("switching"), *gradcpt = tcase_create("gradcpt"),
	      *speech = tcase_create("speech");

	tcase_add_checked_fixture(stroop, start_stroop, finish);
	tcase_add_test(stroop, stroop_effect_is_of_correct_trials);
	tcase_add_test(stroop, stroop_effect_needs_both_conditions);
	tcase_add_test(stroop, stroop_takes_a_correct_trial_without_a_time);
	tcase_add_test(stroop, fast_answers_leave_every_score);
	tcase_add_test(stroop, slow_answers_stay_in_the_accuracy);
	tcase_add_test(stroop, blurred_trials_leave_every_score_and_count_once);
	tcase_add_test(stroop, outliers_are_far_from_the_median_of_their_condition);
	tcase_add_test(stroop, outliers_need_five_trials_and_a_spread);
	tcase_add_test(stroop, session_rules_are_strict_at_their_bounds);
	tcase_add_test(stroop, attention_checks_enter_nothing_but_their_own_rule);
	tcase_add_test(stroop, a_session_of_no_trials_is_not_usable);
	tcase_add_test(stroop, only_a_sampled_error_widens_with_few_trials);
	tcase_add_test(stroop, a_share_stays_within_its_bounds);
	tcase_add_test(stroop, scoring_refuses_what_it_cannot_score);
	tcase_add_test(stroop, scoring_reports_every_failed_allocation);
	suite_add_tcase(suite, stroop);
	tcase_add_checked_fixture(search, start_search, finish);
	tcase_add_test(search, search_slopes_are_apart_for_present_and_absent);
	tcase_add_test(search, search_detection_is_of_answered_trials);
	suite_add_tcase(suite, search);
	tcase_add_checked_fixture(ant, start_ant, finish);
	tcase_add_test(ant, ant_networks_are_differences_of_condition_means);
	tcase_add_test(ant, ant_effects_need_every_condition_they_are_of);
	suite_add_tcase(suite, ant);
	tcase_add_checked_fixture(ax_cpt, start_ax_cpt, finish);
	tcase_add_test(ax_cpt, ax_cpt_index_of_errors_is_corrected);
	tcase_add_test(ax_cpt, ax_cpt_errors_are_of_answered_trials);
	suite_add_tcase(suite, ax_cpt);
	tcase_add_checked_fixture(switching, start_switching, finish);
	tcase_add_test(switching, switching_costs_leave_first_trials_out);
	suite_add_tcase(suite, switching);
	tcase_add_checked_fixture(gradcpt, start_gradcpt, finish);
	tcase_add_test(gradcpt, gradcpt_presses_for_mountains_are_false_alarms);
	suite_add_tcase(suite, gradcpt);
	tcase_add_checked_fixture(speech, start_speech, finish);
	tcase_add_test(speech, speech_at_one_level_has_no_threshold);
	suite_add_tcase(suite, speech);
	return suite;
}
