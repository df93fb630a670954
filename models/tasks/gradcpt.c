/*
 * Gradual-onset continuous performance (Esterman et al. 2013): presses for cities, which
 * are frequent, and none for mountains, while pictures fade into each other.
 *
 * Presses to cities are hits, presses to mountains false alarms. What is right is the
 * trial's own word, so that a trial without a press needs no response time.
 */
#include "models/stats/detection.h"
#include "models/tasks/scorers.h"

static bool
gradcpt_fits(const struct task_definition *def)
{
	return task_condition_named(def, "city") >= 0 &&
	       task_condition_named(def, "mountain") >= 0;
}

static void
gradcpt_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int city = task_condition_named(s->def, "city"),
	    mountain = task_condition_named(s->def, "mountain"), cities, mountains;
	int omissions = task_count_wrong(s, city, &cities),
	    commissions = task_count_wrong(s, mountain, &mountains);
	struct stat_detection detection =
		stat_detection(cities - omissions, cities, commissions, mountains);

	out[0] = detection.d_prime;
	out[1] = detection.criterion;
	out[2] = stat_proportion(commissions, mountains);
	out[3] = stat_proportion(omissions, cities);
	out[4] = task_mean_rt(s, city);
	out[5] = task_rt_cv(s, city);
}

const struct task_scorer gradcpt_scorer = {
	.task = "gradcpt",
	.version = 1,
	.n_values = 6,
	.values = {{"d_prime", "z"},
		   {"criterion", "z"},
		   {"commission_rate", "proportion"},
		   {"omission_rate", "proportion"},
		   {"rt_city", "ms"},
		   {"rt_cv", "ratio"}},
	.fits = gradcpt_fits,
	.compute = gradcpt_compute,
};
