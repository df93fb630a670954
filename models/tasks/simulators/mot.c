/*
 * Multiple object tracking: each target is tracked by chance, as many on average as the
 * person's capacity, and the others are guessed among the discs that are not tracked.
 * Three to four at moderate speeds is customary; all else is plausible and no more. Each
 * session has ten discs, and three to five targets.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/tasks/simulators.h"

#define TARGETS_MAX 5
#define DISCS 10

enum { CAPACITY };

/* Nobody tracks for sure, and half of the trials go better than the others. */
#define TRACKED_MOST 0.82
#define SWING 0.17

static int
targets_of(const struct task_condition *c)
{
	int targets = 0, discs = 0;

	sscanf(c->name, "%d-of-%d", &targets, &discs);
	return discs == DISCS && targets >= 3 ? targets : 0;
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	return targets_of(c) > 0 ? count : 0;
}

static double
tracked_share(int targets, const double *truth)
{
	return fmax(0, fmin(TRACKED_MOST, truth[CAPACITY] / targets));
}

static int
draw_hits(int targets, const double *truth, struct rng *rng)
{
	double swing = rng_uniform(rng) < 0.5 ? 1 - SWING : 1 + SWING;
	double share = swing * tracked_share(targets, truth);
	int tracked = 0, hits;

	for (int i = 0; i < targets; i++)
		tracked += rng_uniform(rng) < share;
	hits = tracked;
	for (int guess = 0; guess < targets - tracked; guess++) {
		/* Targets among the discs that are neither tracked nor marked by now. */
		double left = (double)(targets - hits) / (DISCS - tracked - guess);

		hits += rng_uniform(rng) < left;
	}
	return hits;
}

static struct trial
draw(struct task_run *run, int condition)
{
	int targets = targets_of(&run->def->conditions[condition]);
	int hits = draw_hits(targets, run->person->truth, run->rng);
	/* The marking of one after the other. */
	struct trial t = task_run_draw(run, condition, 800 * targets, hits == targets);
	char name[TASK_LABEL_MAX + 1];

	if (isnan(t.rt_ms))
		return t;
	snprintf(name, sizeof(name), "hits-%d", hits);
	t.response = (int16_t)task_response_code(run->def, name, strlen(name));
	return t;
}

static void
session(struct task_run *run)
{
	int order[TASK_NAMES_MAX], waiting[TASK_NAMES_MAX], n = 0;
	double still_ms = task_simulate_parameter(run->def, "flash_ms", 2000) +
			  task_simulate_parameter(run->def, "move_ms", 6000);

	for (int c = 0; c < run->def->n_conditions; c++) {
		if (targets_of(&run->def->conditions[c]) > 0)
			waiting[n++] = c;
	}
	/* One of each number at a time, in random order. */
	for (int block = 0; block < run->count; block++) {
		memcpy(order, waiting, sizeof(*order) * (size_t)n);
		rng_shuffle(run->rng, order, (uint32_t)n);
		for (int i = 0; i < n; i++) {
			task_run_wait(run, still_ms);
			task_run_add(run, draw(run, order[i]));
		}
	}
}

/*
 * Share marked for a share tracked: over the numbers m that may be tracked, m and the
 * guesses of the others, (n - m)^2 / (N - m) on average.
 */
static double
marked_share(int targets, double share)
{
	double sum = 0, n = targets;

	for (int m = 0; m <= targets; m++) {
		double ways = 1;

		for (int i = 0; i < m; i++)
			ways *= (n - i) / (i + 1);
		sum += ways * pow(share, m) * pow(1 - share, n - m) *
		       (m + (n - m) * (n - m) / (DISCS - m)) / n;
	}
	return sum;
}

static void
truth(const struct task_truth *t, double *out)
{
	double answered = 1 - t->population->omissions, sum = 0;

	for (int k = 3; k <= TARGETS_MAX; k++) {
		double share = tracked_share(k, t->person->truth);
		double p = answered *
			   (marked_share(k, (1 - SWING) * share) +
			    marked_share(k, (1 + SWING) * share)) /
			   2;

		sum += p / 3;
		out[1 + k] = p;
		out[1 + TARGETS_MAX + k] = k * (p * DISCS - k) / (DISCS - 2 * k + p * k);
	}
	out[0] = out[1 + 2 * TARGETS_MAX];
	out[1] = sum;
}

const struct task_simulator mot_simulator = {
	.scorer = &mot_scorer,
	.standard = {.effects = {[CAPACITY] = {"capacity", 3.3, 0.5, false}},
		     .sigma_share = 0.15,
		     .tau_share = 0.2,
		     .omissions = 0.002,
		     .practice = 0.03,
		     .day_sd = 0.03},
	.truth = truth,
	.session = session,
	.trials_of = trials_of,
};
