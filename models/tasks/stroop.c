/*
 * Stroop (1935): the cost of a word that names another colour than its own.
 *
 * Times are of correct trials. The effect is a difference of two means whose variances
 * are not taken for equal, as incongruent trials vary more.
 */
#include <string.h>

#include "models/tasks/scorers.h"

static int
code_of(const struct task_definition *def, const char *name)
{
	return task_condition_code(def, name, strlen(name));
}

static bool
stroop_fits(const struct task_definition *def)
{
	return code_of(def, "congruent") >= 0 && code_of(def, "incongruent") >= 0;
}

static void
stroop_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int congruent = code_of(s->def, "congruent");
	int incongruent = code_of(s->def, "incongruent");
	bool only_congruent[TASK_NAMES_MAX] = {false};
	bool only_incongruent[TASK_NAMES_MAX] = {false};
	bool both[TASK_NAMES_MAX] = {false};

	only_congruent[congruent] = only_incongruent[incongruent] = true;
	both[congruent] = both[incongruent] = true;
	out[1] = task_mean_rt(s, congruent);
	out[2] = task_mean_rt(s, incongruent);
	out[0] = stat_difference(out[2], out[1]);
	out[3] = task_accuracy(s, both);
	out[4] = task_accuracy(s, only_congruent);
	out[5] = task_accuracy(s, only_incongruent);
}

const struct task_scorer stroop_scorer = {
	.task = "stroop",
	.version = 1,
	.n_values = 6,
	.values = {{"stroop_effect", "ms"},
		   {"rt_congruent", "ms"},
		   {"rt_incongruent", "ms"},
		   {"accuracy", "proportion"},
		   {"accuracy_congruent", "proportion"},
		   {"accuracy_incongruent", "proportion"}},
	.fits = stroop_fits,
	.compute = stroop_compute,
};
