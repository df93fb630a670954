/** Trials of one session in, published scores with standard errors out. Pure. */
#ifndef MODELS_TASKS_SCORE_H
#define MODELS_TASKS_SCORE_H

#include "base/errors.h"
#include "base/trial.h"
#include "models/tasks/definition.h"

#define TASK_SCORES_MAX 48
#define TASK_RULES_MAX 8

struct task_score_value {
	const char *name;             /* static text: "stroop_effect", "present_slope" */
	const char *unit;             /* "ms", "ms/item", "proportion", "z" */
	double value, standard_error; /* with exclusions; NAN when not defined */
	int n;                        /* trials it rests on */
	double raw_value, raw_standard_error; /* without exclusions */
	int raw_n;
};

struct task_rule_count {
	const char *rule; /* "rt_fast", "rt_slow", "rt_outlier", "practice" */
	int trials;       /* that the rule removed */
};

struct task_score_set {
	int scorer_version;
	int trials;  /* given */
	bool usable; /* no session rule applies */
	int n_values, n_rules, n_reasons;
	struct task_score_value values[TASK_SCORES_MAX];
	struct task_rule_count rules[TASK_RULES_MAX];
	const char *reasons[TASK_RULES_MAX]; /* session rules: "accuracy", "omissions" */
};

/** Scores trials in order of seq. Errors: NOT_FOUND (no scorer of that name), MEMORY. */
CAMP_MUST_CHECK enum camp_err
task_score(const struct task_definition *def, const struct trial *trials, size_t n,
	   struct task_score_set *out);

#endif
