/** Trials of one session in, published scores with standard errors out. Pure. */
#ifndef MODELS_TASKS_SCORE_H
#define MODELS_TASKS_SCORE_H

#include "base/errors.h"
#include "base/trial.h"
#include "models/stats/interval.h"
#include "models/tasks/definition.h"

#define TASK_SCORES_MAX 48
#define TASK_RULES_MAX 8

struct task_score_value {
	const char *name; /* static text: "stroop_effect", "present_slope" */
	const char *unit; /* "ms", "ms/item", "proportion", "ratio", "z", "percent" */
	double value, standard_error;         /* with exclusions; NAN when not defined */
	int n;                                /* trials it rests on */
	double raw_value, raw_standard_error; /* without exclusions */
	int raw_n;
	bool posterior; /* the errors are sds of a posterior, not of a sample */
};

struct task_rule_count {
	const char *rule; /* "blurred", "rt_fast", "rt_slow", "rt_outlier" */
	int trials;       /* that it removed; a trial counts for the first rule only */
};

struct task_score_set {
	int scorer_version;
	int trials;  /* given */
	bool usable; /* no session rule applies */
	int n_values, n_rules, n_reasons;
	struct task_score_value values[TASK_SCORES_MAX];
	struct task_rule_count rules[TASK_RULES_MAX]; /* those in use, 0 trials too */
	/* Session rules that apply: "no_trials", "accuracy", "omissions", "catch". */
	const char *reasons[TASK_RULES_MAX];
};

/**
 * Scores trials in order of seq, by the rules of tasks/README.md. The values come in the
 * order of the definition's list. Errors: NOT_FOUND (no scorer of that name), INVALID
 * (the definition lacks a condition the scorer needs, or a trial's condition is out of
 * range), MEMORY; *out is then empty.
 */
CAMP_MUST_CHECK enum camp_err
task_score(const struct task_definition *def, const struct trial *trials, size_t n,
	   struct task_score_set *out);

/**
 * The 95 % interval of a score, with exclusions or raw: from name, unit, value, standard
 * error, n and whether it is a posterior's. Of a proportion: Wilson's. Of a posterior:
 * value +- z se, as its sd is not estimated from n numbers (n must be 2 or more). Else
 * value +- t se with n - 1 degrees of freedom; of a ratio above 0 ("_cv",
 * "_ratio"), on the scale of its logarithm, as it has a bound on one side, with (n - 1) /
 * 4, as spreads of skewed times are known less well.
 */
struct stat_interval task_score_interval(const struct task_score_value *v, bool kept);

/** Whether the error of a task's score is a posterior's sd; false when it is unknown. */
bool task_score_posterior(const char *task, const char *name);

#endif
