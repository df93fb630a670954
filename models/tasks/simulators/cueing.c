/*
 * Cueing: mostly valid arrows, and what an invalid one costs (Hedge et al. 2018: 33, sd
 * 25.5 ms). All else is plausible and no more.
 */
#include <math.h>
#include <string.h>

#include "models/tasks/simulators.h"

enum { RT_VALID, EFFECT, VALID, INVALID };

static bool
is_invalid(const struct task_condition *c)
{
	return strcmp(c->name, "invalid") == 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT_VALID] + (is_invalid(c) ? truth[EFFECT] : 0);
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return truth[is_invalid(c) ? INVALID : VALID];
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int valid = (int)lround(
		count * task_simulate_parameter(def, "valid_percent", 80) / 100.0);

	return is_invalid(c) ? count - valid : valid;
}

static void
truth(const struct task_truth *t, double *out)
{
	int valid = task_condition_named(t->def, "valid");
	int invalid = task_condition_named(t->def, "invalid");

	out[1] = task_truth_rt(t, valid);
	out[2] = task_truth_rt(t, invalid);
	out[0] = out[2] - out[1];
	out[3] = task_truth_accuracy_all(t);
	out[4] = task_truth_accuracy_in(t, valid);
	out[5] = task_truth_accuracy_in(t, invalid);
}

const struct task_simulator cueing_simulator = {
	.scorer = &cueing_scorer,
	.standard = {.effects = {[RT_VALID] = {"rt_valid", 480, 50, false},
				 [EFFECT] = {"validity_effect", 33, 25.5, false},
				 [VALID] = {"accuracy_valid", 0.97, 0.5, true},
				 [INVALID] = {"accuracy_invalid", 0.95, 0.5, true}},
		     .sigma_share = 0.09,
		     .tau_share = 0.15,
		     .omissions = 0.003,
		     .practice = 0.03,
		     .day_sd = 0.03},
	.count_parameter = "trials",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.trials_of = trials_of,
};
