/*
 * Auditory oddball: presses to rare tones. People hardly ever miss one (Polich 2007); the
 * numbers are plausible and no more.
 */
#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

enum { HITS, FALSE_ALARMS, RT, CV };

static bool
is_standard(const struct task_condition *c)
{
	return strcmp(c->name, "standard") == 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT];
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return is_standard(c) ? 1 - truth[FALSE_ALARMS] : truth[HITS];
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int targets = (int)lround(
		count * task_simulate_parameter(def, "target_percent", 20) / 100.0);

	return is_standard(c) ? count - targets : targets;
}

static int
lasts_ms(const struct task_definition *def)
{
	return (task_simulate_parameter(def, "soa_min_ms", 1000) +
		task_simulate_parameter(def, "soa_max_ms", 2000)) /
	       2;
}

static double
cv(const double *truth)
{
	return truth[CV];
}

static void
truth(const struct task_truth *t, double *out)
{
	int target = task_condition_named(t->def, "target");
	double z[2];

	out[2] = task_truth_accuracy_in(t, target);
	out[3] = 1 - task_truth_accuracy_in(t, task_condition_named(t->def, "standard"));
	out[4] = task_truth_rt(t, target);
	out[5] = task_truth_rt_cv(t, target);
	z[0] = qnorm(out[2], 0, 1, 1, 0);
	z[1] = qnorm(out[3], 0, 1, 1, 0);
	out[0] = z[0] - z[1];
	out[1] = -(z[0] + z[1]) / 2;
}

const struct task_simulator oddball_simulator = {
	.scorer = &oddball_scorer,
	.standard = {.effects = {[HITS] = {"hit_rate", 0.94, 0.6, true},
				 [FALSE_ALARMS] = {"false_alarm_rate", 0.012, 0.5, true},
				 [RT] = {"rt_target", 420, 50, false},
				 [CV] = {"rt_cv", 0.2, 0.03, false}},
		     .sigma_share = 0.12,
		     .tau_share = 0.15,
		     .practice = 0.01,
		     .day_sd = 0.03},
	.count_parameter = "trials",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.withholds = is_standard,
	.trials_of = trials_of,
	.lasts_ms = lasts_ms,
	.cv = cv,
};
