/** The table of scorers (tasks.def); one file of models/tasks each. */
#ifndef MODELS_TASKS_SCORERS_H
#define MODELS_TASKS_SCORERS_H

#include "models/stats/describe.h"
#include "models/tasks/selection.h"

struct task_scorer {
	const char *task;
	int version; /* grows with every change of a formula; results keep it */
	int n_values;
	/* In the order of the definition's scores, which a test compares. */
	const struct {
		const char *name, *unit;
	} values[TASK_SCORES_MAX];
	/* Names of the values whose errors are sds of a posterior; the rest is NULL. */
	const char *posteriors[3];
	/* True when the definition has the conditions that compute() needs. */
	bool (*fits)(const struct task_definition *def);
	/* Fills out[0..n_values) from the trials that *s selects. */
	void (*compute)(const struct task_selection *s, struct stat_estimate *out);
	/* The session rule of the task's own that applies, as a name; else NULL. NULL:
	 * none. */
	const char *(*unusable)(const struct task_selection *s);
	/* NULL, or what follows from other values and their standard errors, once more
	 * when those have been raised (models/tasks/resample.h). */
	void (*finish)(struct stat_estimate *out);
};

#define TASK(name) extern const struct task_scorer name##_scorer;
#include "models/tasks/tasks.def"
#undef TASK

#endif
