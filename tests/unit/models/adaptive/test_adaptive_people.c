/* Adaptive difficulty on 2,000 simulated people (tests/support/adaptive_people.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/adaptive_people.h"
#include "tests/unit/unit.h"

#define PEOPLE 2000
#define SEED 20261123
#define REVERSALS_KEPT 8

struct spread {
	double sum, squares;
	int n, covered;
};

static void
spread_add(struct spread *s, double error, double sd)
{
	s->sum += error;
	s->squares += error * error;
	s->n++;
	s->covered += fabs(error) <= 1.96 * sd;
}

static double
spread_sd(const struct spread *s)
{
	return sqrt(s->squares / s->n - s->sum / s->n * s->sum / s->n);
}

/*
 * Levitt's estimate: the mean of the last eight reversals, the first two left out. By
 * itself rather than by the staircase's own count, which keeps all but two.
 */
static double
levitt(struct adaptive *a, struct person *p, int trials)
{
	double reversals[128], sum = 0, before = NAN;
	int n = 0, kept, direction = 0;

	adaptive_start(a, NULL, SEED);
	for (int i = 0; i < trials; i++) {
		float level = adaptive_next(a);

		if (level != before && !isnan(before)) {
			int now = level > before ? 1 : -1;

			if (direction == -now)
				reversals[n++] = before;
			direction = now;
		}
		before = level;
		adaptive_outcome(a, level, person_answer(p, level));
	}
	kept = n - 2 < REVERSALS_KEPT ? n - 2 : REVERSALS_KEPT;
	ck_assert_int_gt(kept, 0);
	for (int i = n - kept; i < n; i++)
		sum += reversals[i];
	return sum / kept;
}

/* 1-up/2-down: equal steps of 4 dB until the second reversal, then of 2 dB; 70.71 %. */
START_TEST(questplus_needs_half_the_trials_of_a_one_up_two_down_staircase)
{
	struct spread stairs = {0}, quest = {0};
	struct adaptive_config c;
	struct adaptive *a;

	people_config(&c, ADAPTIVE_UP_DOWN);
	c.ratio = 1;
	c.target = sqrt(0.5);
	a = people_adaptive(&c);
	for (int i = 0; i < PEOPLE; i++) {
		struct person p;

		person_init(&p, SEED, (uint64_t)i);
		spread_add(&stairs, levitt(a, &p, 80) - person_threshold(&p, c.target),
			   0);
	}
	free(a);
	people_config(&c, ADAPTIVE_QUESTPLUS);
	c.target = sqrt(0.5);
	c.probe_every = 1;
	a = people_adaptive(&c);
	for (int i = 0; i < PEOPLE; i++) {
		struct adaptive_estimate e;
		struct person p;

		person_init(&p, SEED, (uint64_t)i);
		e = people_run(a, &p, NULL, (uint32_t)i, 40);
		spread_add(&quest, e.threshold - person_threshold(&p, c.target),
			   e.threshold_sd);
	}
	free(a);
	printf("seed %d: sd of 80 trials 1-up/2-down %.3f dB, of 40 trials QUEST+ %.3f "
	       "dB, "
	       "bias %.3f, covered %.3f\n",
	       SEED, spread_sd(&stairs), spread_sd(&quest), quest.sum / quest.n,
	       quest.covered / (double)quest.n);
	ck_assert(spread_sd(&quest) < spread_sd(&stairs));
	/* A quarter of its sd; the priors of slope and lapse rate leave some. */
	ck_assert(fabs(quest.sum / quest.n) < 0.25 * spread_sd(&quest));
	/* 95 % and four standard errors of 2,000; wider posteriors than errors are no
	 * fault. */
	ck_assert(quest.covered > (0.95 - 0.02) * quest.n);
}
END_TEST

/* The mean chance of a correct answer in practice trials 41 to 80 of an 85 % rule. */
static double
practice_share(enum adaptive_kind kind, int probe_every)
{
	double sum = 0, n = 0;
	struct adaptive_config c;
	struct adaptive *a;

	people_config(&c, kind);
	c.target = 0.85;
	c.probe_every = probe_every;
	a = people_adaptive(&c);
	for (int i = 0; i < PEOPLE; i++) {
		struct adaptive_prior prior = {.location_sd = 2};
		struct person p;

		person_init(&p, SEED, (uint64_t)i);
		prior.location = p.location + 2 * rng_normal(&p.rng);
		adaptive_start(a, &prior, (uint32_t)i);
		for (int t = 0; t < 80; t++) {
			float level = adaptive_next(a);

			if (t >= 40 && !adaptive_is_probe(a)) {
				sum += person_correct_at(&p, level);
				n++;
			}
			adaptive_outcome(a, level, person_answer(&p, level));
		}
	}
	free(a);
	printf("seed %d: %s, one probe in %d: %.4f correct\n", SEED,
	       adaptive_kind_name((int)kind), probe_every, sum / n);
	return sum / n;
}

START_TEST(practice_keeps_within_two_points_of_85_percent)
{
	ck_assert(fabs(practice_share(ADAPTIVE_WEIGHTED, 0) - 0.85) < 0.02);
	ck_assert(fabs(practice_share(ADAPTIVE_WEIGHTED, 5) - 0.85) < 0.02);
	ck_assert(fabs(practice_share(ADAPTIVE_QUESTPLUS, 0) - 0.85) < 0.02);
	ck_assert(fabs(practice_share(ADAPTIVE_QUESTPLUS, 5) - 0.85) < 0.02);
}
END_TEST

/* Items a step apart, as spans: a person of ability theta passes by the 2PL model. */
START_TEST(ability_finds_span_and_keeps_its_target)
{
	struct spread spread = {0};
	struct adaptive_config c;
	struct adaptive *a;
	double practice = 0, n = 0;

	adaptive_config_init(&c);
	c.kind = ADAPTIVE_ABILITY;
	c.min = 2;
	c.max = 12;
	c.slope_min = c.slope_max = 1.7;
	c.location_min = 0;
	c.location_max = 14;
	c.location_points = 57;
	c.prior_mean = 6;
	c.prior_sd = 1.5;
	c.probe_every = 4;
	a = people_adaptive(&c);
	for (int i = 0; i < PEOPLE; i++) {
		struct adaptive_estimate e;
		struct rng rng;
		double theta;

		rng_seed(&rng, SEED, (uint64_t)i);
		theta = 6 + 1.5 * rng_normal(&rng);
		adaptive_start(a, NULL, (uint32_t)i);
		for (int t = 0; t < 40; t++) {
			float level = adaptive_next(a);
			double p = 1 / (1 + exp(-1.7 * (theta - level)));

			if (t >= 10 && !adaptive_is_probe(a)) {
				practice += p;
				n++;
			}
			adaptive_outcome(a, level, rng_uniform(&rng) < p);
		}
		adaptive_estimate(a, &e);
		spread_add(&spread, e.location - theta, e.location_sd);
	}
	free(a);
	printf("seed %d: ability, bias %.3f, sd %.3f, covered %.3f, practice %.4f\n",
	       SEED, spread.sum / spread.n, spread_sd(&spread),
	       spread.covered / (double)spread.n, practice / n);
	/* Four standard errors of each; people are drawn from the prior itself. */
	ck_assert(fabs(spread.sum / spread.n) < 4 * spread_sd(&spread) / sqrt(PEOPLE));
	ck_assert(fabs(spread.covered / (double)spread.n - 0.95) < 0.02);
	ck_assert(fabs(practice / n - 0.85) < 0.01);
}
END_TEST

Suite *
suite_adaptive_people(void)
{
	Suite *s = suite_create("models/adaptive people");
	TCase *t = tcase_create("people");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, questplus_needs_half_the_trials_of_a_one_up_two_down_staircase);
	tcase_add_test(t, practice_keeps_within_two_points_of_85_percent);
	tcase_add_test(t, ability_finds_span_and_keeps_its_target);
	suite_add_tcase(s, t);
	return s;
}
