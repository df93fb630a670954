/*
 * Flanker (Eriksen & Eriksen 1974): the cost of neighbours that point the other way.
 *
 * Times are of correct trials. Effects are differences of two means whose variances are
 * not taken for equal.
 */
#include "models/tasks/scorers.h"

enum { CONGRUENT, NEUTRAL, INCONGRUENT, CONDITIONS };

static const char *const names[CONDITIONS] = {"congruent", "neutral", "incongruent"};

static bool
flanker_fits(const struct task_definition *def)
{
	for (int i = 0; i < CONDITIONS; i++)
		if (task_condition_named(def, names[i]) < 0)
			return false;
	return true;
}

static void
flanker_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_estimate *rt = out + 2, *accuracy = out + 6;

	for (int i = 0; i < CONDITIONS; i++) {
		int condition = task_condition_named(s->def, names[i]);

		rt[i] = task_mean_rt(s, condition);
		accuracy[i] = task_accuracy_in(s, condition);
	}
	out[0] = stat_difference(rt[INCONGRUENT], rt[CONGRUENT]);
	out[1] = stat_difference(rt[INCONGRUENT], rt[NEUTRAL]);
	out[5] = task_accuracy_all(s);
}

const struct task_scorer flanker_scorer = {
	.task = "flanker",
	.version = 2,
	.n_values = 9,
	.values = {{"flanker_effect", "ms"},
		   {"interference", "ms"},
		   {"rt_congruent", "ms"},
		   {"rt_neutral", "ms"},
		   {"rt_incongruent", "ms"},
		   {"accuracy", "proportion"},
		   {"accuracy_congruent", "proportion"},
		   {"accuracy_neutral", "proportion"},
		   {"accuracy_incongruent", "proportion"}},
	.fits = flanker_fits,
	.compute = flanker_compute,
};
