/*
 * N-back (Kirchner 1958): presses for a letter that is the same as the one n before.
 *
 * The level held is the location of a curve of right answers over n: between what never
 * pressing gets right, about 0.7, and all but lapses. Presses to matches are hits, to
 * other letters false alarms; the first n letters of a round, which cannot match, tell of
 * the curve only. The levels of a course hang together, so their mean has no standard
 * error.
 */
#include <math.h>

#include "models/stats/detection.h"
#include "models/tasks/curve.h"
#include "models/tasks/scorers.h"

static bool
n_back_fits(const struct task_definition *def)
{
	return def->adapts && task_condition_named(def, "target") >= 0 &&
	       task_condition_named(def, "nontarget") >= 0 &&
	       task_condition_named(def, "lead") >= 0;
}

/* Mean n over the letters that could match. */
static struct stat_estimate
mean_level(const struct task_selection *s)
{
	int lead = task_condition_named(s->def, "lead");
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (task_curve_counts(s, i) && s->trials[i].condition != lead)
			s->x[n++] = s->trials[i].difficulty;
	}
	return (struct stat_estimate){n > 0 ? stat_mean(s->x, n) : NAN, NAN, (int)n};
}

static void
n_back_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int target = task_condition_named(s->def, "target"), targets, others;
	int missed = task_count_wrong(s, target, &targets),
	    alarms = task_count_wrong(s, task_condition_named(s->def, "nontarget"),
				      &others);
	struct stat_detection detection =
		stat_detection(targets - missed, targets, alarms, others);
	struct stat_estimate difference;

	out[0] = task_curve_location(s);
	out[1] = mean_level(s);
	out[2] = detection.d_prime;
	out[3] = detection.criterion;
	out[4] = stat_proportion(targets - missed, targets);
	out[5] = stat_proportion(alarms, others);
	difference = stat_difference(out[4], out[5]);
	/* In percentage points, as an interval of a share would not fit it. */
	out[6] = (struct stat_estimate){100 * difference.value,
					100 * difference.standard_error, difference.n};
	out[7] = task_mean_rt(s, target);
}

const struct task_scorer n_back_scorer = {
	.task = "n-back",
	.version = 1,
	.n_values = 8,
	.values = {{"threshold", "items"},
		   {"load", "items"},
		   {"d_prime", "z"},
		   {"criterion", "z"},
		   {"hit_rate", "proportion"},
		   {"false_alarm_rate", "proportion"},
		   {"hits_minus_false_alarms", "percent"},
		   {"rt_target", "ms"}},
	.posteriors = {"threshold"},
	.fits = n_back_fits,
	.compute = n_back_compute,
};
