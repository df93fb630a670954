/*
 * Cued attention (Posner 1980): what a cue that points the wrong way costs.
 *
 * Times are of correct trials. The effect is a difference of two means of different
 * numbers of trials, as most cues are valid; their variances are not taken for equal.
 */
#include <string.h>

#include "models/tasks/scorers.h"

static int
code_of(const struct task_definition *def, const char *name)
{
	return task_condition_code(def, name, strlen(name));
}

static bool
cueing_fits(const struct task_definition *def)
{
	return code_of(def, "valid") >= 0 && code_of(def, "invalid") >= 0;
}

static void
cueing_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int valid = code_of(s->def, "valid"), invalid = code_of(s->def, "invalid");
	bool only_valid[TASK_NAMES_MAX] = {false};
	bool only_invalid[TASK_NAMES_MAX] = {false};
	bool both[TASK_NAMES_MAX] = {false};

	only_valid[valid] = only_invalid[invalid] = true;
	both[valid] = both[invalid] = true;
	out[1] = task_mean_rt(s, valid);
	out[2] = task_mean_rt(s, invalid);
	out[0] = stat_difference(out[2], out[1]);
	out[3] = task_accuracy(s, both);
	out[4] = task_accuracy(s, only_valid);
	out[5] = task_accuracy(s, only_invalid);
}

const struct task_scorer cueing_scorer = {
	.task = "cueing",
	.version = 1,
	.n_values = 6,
	.values = {{"validity_effect", "ms"},
		   {"rt_valid", "ms"},
		   {"rt_invalid", "ms"},
		   {"accuracy", "proportion"},
		   {"accuracy_valid", "proportion"},
		   {"accuracy_invalid", "proportion"}},
	.fits = cueing_fits,
	.compute = cueing_compute,
};
