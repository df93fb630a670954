/*
 * Stroop: the congruent time and what incongruence adds. The effect lies between a
 * laboratory and a web sample (Hedge et al. 2018: 78, sd 39 ms; Eisenberg et al. 2019:
 * 129, sd 68 ms). All else is plausible and no more.
 */
#include <string.h>

#include "models/tasks/simulators.h"

enum { RT_CONGRUENT, EFFECT, CONGRUENT, INCONGRUENT };

static bool
is_incongruent(const struct task_condition *c)
{
	return strcmp(c->name, "incongruent") == 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT_CONGRUENT] + (is_incongruent(c) ? truth[EFFECT] : 0);
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return truth[is_incongruent(c) ? INCONGRUENT : CONGRUENT];
}

static void
truth(const struct task_truth *t, double *out)
{
	int congruent = task_condition_named(t->def, "congruent");
	int incongruent = task_condition_named(t->def, "incongruent");

	out[1] = task_truth_rt(t, congruent);
	out[2] = task_truth_rt(t, incongruent);
	out[0] = out[2] - out[1];
	out[3] = task_truth_accuracy_all(t);
	out[4] = task_truth_accuracy_in(t, congruent);
	out[5] = task_truth_accuracy_in(t, incongruent);
}

const struct task_simulator stroop_simulator = {
	.scorer = &stroop_scorer,
	.standard = {.effects = {[RT_CONGRUENT] = {"rt_congruent", 660, 80, false},
				 [EFFECT] = {"stroop_effect", 100, 40, false},
				 [CONGRUENT] = {"accuracy_congruent", 0.97, 0.5, true},
				 [INCONGRUENT] = {"accuracy_incongruent", 0.94, 0.5,
						  true}},
		     .sigma_share = 0.09,
		     .tau_share = 0.2,
		     .omissions = 0.003,
		     .practice = 0.05,
		     .day_sd = 0.03},
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
};
