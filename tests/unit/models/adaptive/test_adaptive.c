/* models/adaptive/adaptive and config: the interface, replays, what is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/adaptive_people.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define TRIALS 120

static struct adaptive_config
config_of(enum adaptive_kind kind)
{
	struct adaptive_config c;

	people_config(&c, kind);
	c.probe_every = 5;
	return c;
}

/* A session as it would be stored. */
static void
play(struct adaptive *a, const struct adaptive_prior *prior, uint32_t seed,
     struct adaptive_trial *trials)
{
	struct person p;

	person_init(&p, 7, seed);
	adaptive_start(a, prior, seed);
	for (int i = 0; i < TRIALS; i++) {
		trials[i].difficulty = adaptive_next(a);
		trials[i].correct = person_answer(&p, trials[i].difficulty);
		adaptive_outcome(a, trials[i].difficulty, trials[i].correct);
	}
}

START_TEST(adaptive_replay_follows_what_was_played)
{
	struct adaptive_config c = config_of((enum adaptive_kind)_i);
	struct adaptive *a = people_adaptive(&c), *b = people_adaptive(&c);
	struct adaptive_prior prior = {1.5, 2, 0.6, 0.2};
	struct adaptive_estimate played, replayed;
	struct adaptive_trial trials[TRIALS];

	play(a, &prior, 99, trials);
	adaptive_start(b, &prior, 99);
	ck_assert_int_eq(adaptive_replay(b, trials, TRIALS), -1);
	adaptive_estimate(a, &played);
	adaptive_estimate(b, &replayed);
	ck_assert_mem_eq(&played, &replayed, sizeof(played));
	/* A block is one level, so there is no place for a probe. */
	ck_assert(played.trials == TRIALS &&
		  played.probes == (c.kind == ADAPTIVE_BLOCKS ? 0 : TRIALS / 5));

	/* From another state it is another session. */
	adaptive_start(b, NULL, 99);
	ck_assert_int_ge(adaptive_replay(b, trials, TRIALS), 0);
	free(a);
	free(b);
}
END_TEST

START_TEST(adaptive_replay_names_the_first_trial_that_does_not_follow)
{
	struct adaptive_config c = config_of((enum adaptive_kind)_i);
	struct adaptive *a = people_adaptive(&c);
	struct adaptive_trial trials[TRIALS], *t = &trials[50];
	struct adaptive_estimate e;
	float decided;

	play(a, NULL, 5, trials);
	decided = t->difficulty;
	t->difficulty = nextafterf(decided, 100);
	adaptive_start(a, NULL, 5);
	ck_assert_int_eq(adaptive_replay(a, trials, TRIALS), 50);
	t->difficulty = NAN;
	adaptive_start(a, NULL, 5);
	ck_assert_int_eq(adaptive_replay(a, trials, TRIALS), 50);
	adaptive_estimate(a, &e);
	ck_assert(e.trials == TRIALS - 1);
	t->difficulty = decided;
	adaptive_start(a, NULL, 5);
	ck_assert_int_eq(adaptive_replay(a, trials, TRIALS), -1);
	free(a);
}
END_TEST

START_TEST(adaptive_levels_are_within_bounds_and_on_the_grid)
{
	struct adaptive_config c = config_of((enum adaptive_kind)_i);
	struct adaptive *a;

	c.min = -3;
	c.max = 2.9;
	c.start = 0;
	a = people_adaptive(&c);
	/* All right, all wrong, by turns: the ends of the range and the middle. */
	for (int how = 0; how < 3; how++) {
		adaptive_start(a, NULL, 1);
		for (int i = 0; i < TRIALS; i++) {
			float level = adaptive_next(a);
			double steps = (level - c.min) / c.step;

			ck_assert(level >= c.min && level <= c.max);
			ck_assert(fabs(steps - round(steps)) < 1e-6);
			ck_assert(adaptive_next(a) == level);
			adaptive_outcome(a, level, how == 0 || (how == 2 && i % 2 == 0));
		}
	}
	free(a);
}
END_TEST

/* Harder upwards or downwards is the same world seen in a mirror. */
START_TEST(adaptive_directions_mirror_each_other)
{
	struct adaptive_config c = config_of((enum adaptive_kind)_i), m = c;
	struct adaptive *a, *b;
	struct adaptive_estimate e, f;
	struct person p;

	/* An odd number of a cell keeps equally good levels from being mirrored. */
	c.prior_mean = 0.3;
	m.harder = -1;
	m.prior_mean = -0.3;
	m.start = -c.start;
	a = people_adaptive(&c);
	b = people_adaptive(&m);
	adaptive_start(a, NULL, 3);
	adaptive_start(b, NULL, 3);
	person_init(&p, 3, 3);
	for (int i = 0; i < 30; i++) {
		float level = adaptive_next(a);
		bool correct = person_answer(&p, level);

		/* The staircase rounds halves upwards in both. */
		ck_assert(fabs(adaptive_next(b) + level) <= c.step);
		adaptive_outcome(a, level, correct);
		adaptive_outcome(b, -level, correct);
	}
	adaptive_estimate(a, &e);
	adaptive_estimate(b, &f);
	unit_close(f.threshold, -e.threshold, 1e-9, "threshold");
	unit_close(f.threshold_sd, e.threshold_sd, 1e-9, "its sd");
	free(a);
	free(b);
}
END_TEST

START_TEST(adaptive_probes_come_once_in_each_run_wherever_the_seed_says)
{
	struct adaptive_config c = config_of(ADAPTIVE_QUESTPLUS);
	struct adaptive *a = people_adaptive(&c);
	int places[5] = {0};

	for (uint32_t seed = 0; seed < 40; seed++) {
		adaptive_start(a, NULL, seed);
		for (int run = 0; run < 4; run++) {
			int probes = 0;

			for (int i = 0; i < 5; i++) {
				places[i] += adaptive_is_probe(a);
				probes += adaptive_is_probe(a);
				adaptive_outcome(a, adaptive_next(a), i % 2 == 0);
			}
			ck_assert_int_eq(probes, 1);
		}
	}
	/* 160 runs: a mean of 32 each and five standard deviations. */
	for (int i = 0; i < 5; i++)
		ck_assert(places[i] > 32 - 25 && places[i] < 32 + 25);
	free(a);
}
END_TEST

START_TEST(adaptive_starts_where_the_last_session_ended)
{
	struct adaptive_config c = config_of(ADAPTIVE_QUESTPLUS);
	struct adaptive_prior prior = {6, 0.01, 0, 0};
	struct adaptive_estimate e;
	struct adaptive *a;

	c.drift_sd = 1.5;
	a = people_adaptive(&c);
	adaptive_start(a, &prior, 1);
	adaptive_estimate(a, &e);
	unit_close(e.location, 6, 1e-3, "location");
	unit_close(e.location_sd, 1.5, 1e-2, "sd grown by drift");
	c.drift_sd = 0;
	free(a);
	a = people_adaptive(&c);
	adaptive_start(a, &prior, 1);
	adaptive_estimate(a, &e);
	/* A sum over points one sd apart is nearly the integral. */
	unit_close(e.location_sd, 1, 1e-2, "sd no less than the grid's spacing");
	free(a);
}
END_TEST

/* Jaeggi et al. 2008: 20 + n trials; up below three errors, down above five. */
START_TEST(adaptive_blocks_move_by_the_errors_of_a_block)
{
	static const struct {
		int errors, level; /* of a block, and of the next one */
	} blocks[] = {{2, 3}, {3, 3}, {5, 3}, {6, 2}, {22, 1}, {21, 1}, {0, 2}, {0, 3}};
	struct adaptive_config c = config_of(ADAPTIVE_BLOCKS);
	struct adaptive *a;
	double level = 2;

	c.min = 1;
	c.max = 3;
	c.step = 1;
	c.start = 2;
	c.block_trials = 20;
	c.block_per_level = 1;
	c.up_below = 3;
	c.down_above = 5;
	ck_assert_ptr_null(adaptive_config_check(&c));
	a = people_adaptive(&c);
	adaptive_start(a, NULL, 4);
	for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
		for (int i = 0; i < 20 + level; i++) {
			ck_assert(adaptive_next(a) == (float)level);
			adaptive_outcome(a, (float)level, i >= blocks[b].errors);
		}
		level = blocks[b].level;
	}
	/* No level is above the last. */
	for (int i = 0; i < 23; i++)
		adaptive_outcome(a, 3, true);
	ck_assert(adaptive_next(a) == 3);
	/* Someone known starts where they are expected to succeed. */
	adaptive_start(a, &(struct adaptive_prior){9, 0.5, 0, 0}, 4);
	ck_assert(adaptive_next(a) == 3);
	c.up_below = 6;
	ck_assert_ptr_nonnull(adaptive_config_check(&c));
	free(a);
}
END_TEST

START_TEST(adaptive_config_names_what_it_refuses)
{
	static const struct {
		const char *field;
		double value;
	} cases[] = {{"kind", 5},           {"kind", 0.5},
		     {"version", 2},        {"harder", 0},
		     {"step", 0},           {"step", NAN},
		     {"step", 1e-3},        {"max", -20},
		     {"target", 0.5},       {"target", 1},
		     {"start", 21},         {"location_points", 1},
		     {"location_max", -30}, {"slope_max", 0.1},
		     {"slope_points", 1},   {"lapse_points", 1},
		     {"guess_max", 0.4},    {"guess_points", 3},
		     {"prior_sd", -1},      {"location_points", 511}};
	struct adaptive_config c = config_of(ADAPTIVE_QUESTPLUS);

	ck_assert_ptr_null(adaptive_config_check(&c));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = config_of(ADAPTIVE_QUESTPLUS);
		*adaptive_field(&c, adaptive_field_find(cases[i].field)) = cases[i].value;
		ck_assert_msg(adaptive_config_check(&c) != NULL, "%s = %g was taken",
			      cases[i].field, cases[i].value);
	}
	ck_assert_int_eq(adaptive_field_find("nothing"), -1);
	ck_assert_ptr_null(adaptive_field_name(ADAPTIVE_FIELDS));
	ck_assert_str_eq(adaptive_estimate_name(0), "threshold");
}
END_TEST

/* Wrong answers where nobody errs, and right ones where nobody succeeds, by the hundred.
 */
START_TEST(adaptive_estimates_stay_finite_whatever_the_answers)
{
	struct adaptive_config c = config_of((enum adaptive_kind)_i);
	struct adaptive_estimate e;
	struct adaptive *a;

	c.lapse_min = c.lapse_max = 0;
	c.lapse_points = 1;
	c.slope_min = c.slope_max = 50;
	c.slope_points = 1;
	a = people_adaptive(&c);
	for (int i = 0; i < 400; i++)
		adaptive_outcome(a, i % 2 == 0 ? -20.0f : 20.0f, i % 2 == 1);
	adaptive_estimate(a, &e);
	ck_assert(isfinite(e.threshold) && isfinite(e.threshold_sd));
	ck_assert(isfinite(adaptive_next(a)));
	free(a);
}
END_TEST

Suite *
suite_adaptive(void)
{
	Suite *s = suite_create("models/adaptive");
	TCase *t = tcase_create("adaptive");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, adaptive_replay_follows_what_was_played, 0,
			    ADAPTIVE_KIND_COUNT);
	tcase_add_loop_test(t, adaptive_replay_names_the_first_trial_that_does_not_follow,
			    0, ADAPTIVE_KIND_COUNT);
	tcase_add_loop_test(t, adaptive_levels_are_within_bounds_and_on_the_grid, 0,
			    ADAPTIVE_KIND_COUNT);
	tcase_add_loop_test(t, adaptive_directions_mirror_each_other, 0,
			    ADAPTIVE_KIND_COUNT);
	tcase_add_test(t, adaptive_probes_come_once_in_each_run_wherever_the_seed_says);
	tcase_add_test(t, adaptive_starts_where_the_last_session_ended);
	tcase_add_test(t, adaptive_blocks_move_by_the_errors_of_a_block);
	tcase_add_test(t, adaptive_config_names_what_it_refuses);
	tcase_add_loop_test(t, adaptive_estimates_stay_finite_whatever_the_answers, 0,
			    ADAPTIVE_KIND_COUNT);
	suite_add_tcase(s, t);
	return s;
}
