/*
 * Cued attention (Posner 1980): what a cue that points the wrong way costs.
 *
 * Times are of correct trials. The effect is a difference of two means of different
 * numbers of trials, as most cues are valid; their variances are not taken for equal.
 */
#include "models/tasks/scorers.h"

static bool
cueing_fits(const struct task_definition *def)
{
	return task_condition_named(def, "valid") >= 0 &&
	       task_condition_named(def, "invalid") >= 0;
}

static void
cueing_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int valid = task_condition_named(s->def, "valid"),
	    invalid = task_condition_named(s->def, "invalid");
	out[1] = task_mean_rt(s, valid);
	out[2] = task_mean_rt(s, invalid);
	out[0] = stat_difference(out[2], out[1]);
	out[3] = task_accuracy_all(s);
	out[4] = task_accuracy_in(s, valid);
	out[5] = task_accuracy_in(s, invalid);
}

const struct task_scorer cueing_scorer = {
	.task = "cueing",
	.version = 2,
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
