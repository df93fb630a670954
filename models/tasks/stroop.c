/*
 * Stroop (1935): the cost of a word that names another colour than its own.
 *
 * Times are of correct trials. The effect is a difference of two means whose variances
 * are not taken for equal, as incongruent trials vary more.
 */
#include "models/tasks/scorers.h"

static bool
stroop_fits(const struct task_definition *def)
{
	return task_condition_named(def, "congruent") >= 0 &&
	       task_condition_named(def, "incongruent") >= 0;
}

static void
stroop_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int congruent = task_condition_named(s->def, "congruent");
	int incongruent = task_condition_named(s->def, "incongruent");
	out[1] = task_mean_rt(s, congruent);
	out[2] = task_mean_rt(s, incongruent);
	out[0] = stat_difference(out[2], out[1]);
	out[3] = task_accuracy_all(s);
	out[4] = task_accuracy_in(s, congruent);
	out[5] = task_accuracy_in(s, incongruent);
}

const struct task_scorer stroop_scorer = {
	.task = "stroop",
	.version = 2,
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
