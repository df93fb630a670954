/** Which trials of a session enter which scores. */
#ifndef MODELS_TASKS_SELECTION_H
#define MODELS_TASKS_SELECTION_H

#include "models/stats/describe.h"
#include "models/tasks/score.h"

enum task_keep {
	TASK_KEEP_ANSWER = 1, /* it enters accuracies */
	TASK_KEEP_RT = 2,     /* its time enters the scores of response times */
};

struct task_selection {
	const struct task_definition *def; /* borrowed, as are the trials */
	const struct trial *trials;
	size_t n;
	uint8_t *keep; /* [n] enum task_keep */
	double *x, *y; /* [n] room to gather numbers in */
};

/**
 * Selects what raw scores use: every trial but attention checks, and the time of every
 * correct one that has one. Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
task_selection_init(struct task_selection *s, const struct task_definition *def,
		    const struct trial *trials, size_t n);
void task_selection_clear(struct task_selection *s);

/** The same selection again, of trials that may have changed in their place. */
void task_selection_reset(struct task_selection *s);

/** Applies the definition's trial rules, and lists them with their counts in *out, or
 * NULL. */
void task_selection_exclude(struct task_selection *s, struct task_score_set *out);

/**
 * Applies the session rules, which look at every trial given, attention checks apart:
 * usable and reasons.
 */
void task_session_rules(const struct task_selection *s, struct task_score_set *out);

/** Mean selected response time in one condition. */
struct stat_estimate task_mean_rt(const struct task_selection *s, int condition);
/** Their standard deviation over their mean. */
struct stat_estimate task_rt_cv(const struct task_selection *s, int condition);

/** Share correct of the selected trials: in one condition, in all, */
struct stat_estimate task_accuracy_in(const struct task_selection *s, int condition);
struct stat_estimate task_accuracy_all(const struct task_selection *s);
/** and for whose condition wanted[] is true. */
struct stat_estimate task_accuracy(const struct task_selection *s, const bool *wanted);

/** Wrong answers among the selected trials of a condition; the number of these in *n. */
int task_count_wrong(const struct task_selection *s, int condition, int *n);

#endif
