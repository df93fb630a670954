/*
 * Adaptive difficulty on simulated people (tests/support/adaptive_people.h): bias, sd and
 * RMSE against trials, coverage of the 95 % interval, share correct, time of a decision.
 *
 *     tests/bench/adaptive [PEOPLE] [SEED]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/adaptive_people.h"

#define CHECKPOINTS 5
static const int checkpoints[CHECKPOINTS] = {10, 20, 40, 80, 160};

/* Errors of one estimator at one checkpoint. */
struct errors {
	double sum, squares;
	int n, covered;
};

static void
errors_add(struct errors *e, double error, double sd)
{
	if (isnan(error))
		return;
	e->sum += error;
	e->squares += error * error;
	e->n++;
	e->covered += fabs(error) <= 1.96 * sd;
}

static void
errors_print(const struct errors *e)
{
	double mean = e->sum / e->n, square = e->squares / e->n;

	if (e->n == 0) {
		printf("  %6s %6s %6s %5s", "-", "-", "-", "-");
		return;
	}
	printf("  %6.2f %6.2f %6.2f %5.1f", mean, sqrt(square - mean * mean),
	       sqrt(square), 100.0 * e->covered / e->n);
}

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct design {
	const char *name;
	enum adaptive_kind kind;
	double target;
	int probe_every, n_down;
	double prior_sd; /* of an earlier estimate's error; 0: a newcomer */
};

static void
run(const struct design *d, int people, uint64_t seed)
{
	struct errors posterior[CHECKPOINTS] = {0}, reversals[CHECKPOINTS] = {0};
	double practice[CHECKPOINTS] = {0}, practised[CHECKPOINTS] = {0};
	double after = 0, after_n = 0, begin, decisions = 0;
	struct adaptive_config c;
	struct adaptive *a;

	people_config(&c, d->kind);
	c.target = d->target;
	c.probe_every = d->probe_every;
	c.n_down = d->n_down;
	a = people_adaptive(&c);
	begin = now_us();
	for (int i = 0; i < people; i++) {
		struct adaptive_prior prior = {0};
		struct person p;

		person_init(&p, seed, (uint64_t)i);
		prior.location = p.location + d->prior_sd * rng_normal(&p.rng);
		prior.location_sd = d->prior_sd;
		adaptive_start(a, d->prior_sd > 0 ? &prior : NULL, (uint32_t)i);
		for (int t = 0, k = 0; k < CHECKPOINTS; t++) {
			struct adaptive_estimate e;
			float level = adaptive_next(a);

			/* Expected rather than drawn, so that fewer people will do. */
			if (t >= 40 && t < 80 && !adaptive_is_probe(a)) {
				after += person_correct_at(&p, level);
				after_n++;
			}
			adaptive_outcome(a, level, person_answer(&p, level));
			decisions++;
			if (t + 1 < checkpoints[k])
				continue;
			adaptive_estimate(a, &e);
			errors_add(&posterior[k],
				   e.threshold - person_threshold(&p, e.settles_at),
				   e.threshold_sd);
			errors_add(&reversals[k],
				   e.reversal_mean - person_threshold(&p, e.settles_at),
				   e.reversal_error);
			practice[k] += e.correct - e.probes_correct;
			practised[k] += e.trials - e.probes;
			k++;
		}
	}
	printf("\n%s: settles at %.4f; %.1f us a trial; practice trials 41 to 80 "
	       "correct: %.4f\n",
	       d->name, adaptive_settles_at(&c), (now_us() - begin) / decisions,
	       after / after_n);
	printf("trials  | posterior: bias sd RMSE covered%% | reversals: the same | "
	       "practice correct so far\n");
	for (int k = 0; k < CHECKPOINTS; k++) {
		printf("%6d", checkpoints[k]);
		errors_print(&posterior[k]);
		errors_print(&reversals[k]);
		printf("   %.4f\n", practice[k] / practised[k]);
	}
	free(a);
}

int
main(int argc, char **argv)
{
	static const struct design designs[] = {
		{"1-up/2-down", ADAPTIVE_UP_DOWN, 0.85, 0, 2, 0},
		{"1-up/3-down", ADAPTIVE_UP_DOWN, 0.85, 0, 3, 0},
		{"weighted up-down, 85 %, newcomers", ADAPTIVE_WEIGHTED, 0.85, 0, 1, 0},
		{"weighted up-down, 85 %, from an estimate of sd 2 dB", ADAPTIVE_WEIGHTED,
		 0.85, 0, 1, 2},
		{"QUEST+, probes only, threshold of 80.35 %", ADAPTIVE_QUESTPLUS, 0.8035,
		 1, 1, 0},
		{"QUEST+, probes only, threshold of 85 %", ADAPTIVE_QUESTPLUS, 0.85, 1, 1,
		 0},
		{"QUEST+, practice at 85 %, newcomers", ADAPTIVE_QUESTPLUS, 0.85, 0, 1,
		 0},
		{"QUEST+, practice at 85 %, one probe in 5, newcomers",
		 ADAPTIVE_QUESTPLUS, 0.85, 5, 1, 0},
		{"QUEST+, practice at 85 %, one probe in 5, from an estimate of sd 2 dB",
		 ADAPTIVE_QUESTPLUS, 0.85, 5, 1, 2},
		{"weighted up-down, 85 %, one probe in 5, from an estimate of sd 2 dB",
		 ADAPTIVE_WEIGHTED, 0.85, 5, 1, 2},
	};
	int people = argc > 1 ? atoi(argv[1]) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	printf("%d people, seed %llu; dB\n", people, (unsigned long long)seed);
	for (size_t i = 0; i < sizeof(designs) / sizeof(designs[0]); i++)
		run(&designs[i], people, seed);
	return 0;
}
