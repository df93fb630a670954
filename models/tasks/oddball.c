/*
 * Auditory oddball (Polich 2007): a press to rare high tones among frequent low ones.
 *
 * Presses to targets are hits, presses to standards false alarms. What is right is the
 * trial's own word, so that a trial without a press needs no response time.
 */
#include "models/stats/detection.h"
#include "models/tasks/scorers.h"

static bool
oddball_fits(const struct task_definition *def)
{
	return task_condition_named(def, "standard") >= 0 &&
	       task_condition_named(def, "target") >= 0;
}

static void
oddball_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int standard = task_condition_named(s->def, "standard"),
	    target = task_condition_named(s->def, "target"), n_standard, n_target;
	int missed = task_count_wrong(s, target, &n_target), hits = n_target - missed,
	    false_alarms = task_count_wrong(s, standard, &n_standard);
	struct stat_detection detection =
		stat_detection(hits, n_target, false_alarms, n_standard);

	out[0] = detection.d_prime;
	out[1] = detection.criterion;
	out[2] = stat_proportion(hits, n_target);
	out[3] = stat_proportion(false_alarms, n_standard);
	out[4] = task_mean_rt(s, target);
	out[5] = task_rt_cv(s, target);
}

const struct task_scorer oddball_scorer = {
	.task = "oddball",
	.version = 2,
	.n_values = 6,
	.values = {{"d_prime", "z"},
		   {"criterion", "z"},
		   {"hit_rate", "proportion"},
		   {"false_alarm_rate", "proportion"},
		   {"rt_target", "ms"},
		   {"rt_cv", "ratio"}},
	.fits = oddball_fits,
	.compute = oddball_compute,
};
