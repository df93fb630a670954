/**
 * Simulated participants: sessions of a task from known effects, the same for the same
 * seed. For the demo, and for tests that each scorer finds what was put in.
 *
 * A person's times in a condition are ex-Gaussian, normal plus exponential (Luce 1986),
 * with a mean that follows from the person's effects; errors and omissions are
 * independent of time. People differ by normal random effects, shares by normal ones on
 * the logit scale.
 */
#ifndef MODELS_TASKS_SIMULATE_H
#define MODELS_TASKS_SIMULATE_H

#include <stddef.h>

#include "base/errors.h"
#include "base/trial.h"
#include "models/adaptive/adaptive.h"
#include "models/stats/rng.h"
#include "models/tasks/definition.h"

#define TASK_EFFECTS_MAX 16

/* What the population has of one score; the scorer reports it under the same name. */
struct task_effect {
	const char *score; /* "stroop_effect"; NULL ends the list */
	double mean;
	double sd;  /* between people; for a share, of its logit */
	bool share; /* in 0..1 */
};

struct task_population {
	/* In the order that task_population_standard() gives them. */
	struct task_effect effects[TASK_EFFECTS_MAX];
	double sigma_share; /* sd of the normal part, as a share of the mean time */
	double tau_share;   /* mean of the exponential part, likewise */
	double omissions;   /* share of trials without a response */
	double practice;    /* session k (from 0) takes (k + 1)^-practice of the time */
	double day_sd;      /* sd of the log of a session's own pace */
};

struct task_person {
	double truth[TASK_EFFECTS_MAX]; /* of the population's effects, in order */
	bool touch;                     /* answers by touch */
};

/* One session of a person. */
struct task_visit {
	int number;    /* sessions of this task before */
	int count;     /* trials_per_cell, or what the task counts by; 0: the standard */
	uint32_t seed; /* of the session: adaptive difficulty is decided by it */
	const struct adaptive_prior
		*ability; /* from earlier sessions; NULL: a newcomer */
};

/**
 * Adults as the literature reports them (sources in simulators/NAME.c). Errors: NOT_FOUND
 * (no such task), which leaves *out empty.
 */
CAMP_MUST_CHECK enum camp_err
task_population_standard(struct task_population *out, const char *task);

/** Draws a person. */
void task_person_draw(struct task_person *out, const struct task_population *population,
		      struct rng *rng);

/**
 * Makes one session of a person: as many trials as the player makes for visit->count, seq
 * from 0, with onsets on the session's clock, responses, flags and difficulties; no
 * detail.
 * The caller frees *out with free(). visit->count must be 0 or within the definition's
 * range of the parameter. Errors: NOT_FOUND (no such task), INVALID (the definition does
 * not fit the simulator, or the count is out of range), MEMORY; *out is then NULL.
 */
CAMP_MUST_CHECK enum camp_err
task_simulate(const struct task_definition *def, const struct task_population *population,
	      const struct task_person *person, const struct task_visit *visit,
	      struct rng *rng, struct trial **out, size_t *n);

/**
 * What a person's scores truly are: values of the scorer, in its order, for endless
 * trials of a first session of visit count `count` (0: the standard), raw or with the
 * definition's exclusions. The truth of a mean without outliers is the mean of the law
 * without its outliers, and so on. NAN where the simulator knows none. Errors: NOT_FOUND,
 * INVALID, as task_simulate().
 */
CAMP_MUST_CHECK enum camp_err
task_truths(const struct task_definition *def, const struct task_population *population,
	    const struct task_person *person, int count, bool kept, double *out);

#endif
