/*
 * Sustained attention: presses for all but one of nine digits. Customary ranges
 * (tasks/sart/reference.json).
 */
#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

enum { COMMISSIONS, OMISSIONS, RT, CV };

static bool
is_nogo(const struct task_condition *c)
{
	return strcmp(c->name, "nogo") == 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT];
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[is_nogo(c) ? COMMISSIONS : OMISSIONS];
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	return is_nogo(c) ? count : 8 * count;
}

static int
lasts_ms(const struct task_definition *def)
{
	return task_simulate_parameter(def, "digit_ms", 250) +
	       task_simulate_parameter(def, "mask_ms", 900);
}

static double
cv(const double *truth)
{
	return truth[CV];
}

static void
truth(const struct task_truth *t, double *out)
{
	int go = task_condition_named(t->def, "go");
	int nogo = task_condition_named(t->def, "nogo");
	double hits = task_truth_accuracy_in(t, go), z[2];

	out[0] = 1 - task_truth_accuracy_in(t, nogo);
	out[1] = 1 - hits;
	out[2] = task_truth_rt(t, go);
	out[3] = task_truth_rt_cv(t, go);
	z[0] = qnorm(hits, 0, 1, 1, 0);
	z[1] = qnorm(out[0], 0, 1, 1, 0);
	out[4] = z[0] - z[1];
	out[5] = -(z[0] + z[1]) / 2;
}

const struct task_simulator sart_simulator = {
	.scorer = &sart_scorer,
	.standard = {.effects = {[COMMISSIONS] = {"commission_rate", 0.37, 0.7, true},
				 [OMISSIONS] = {"omission_rate", 0.02, 0.6, true},
				 [RT] = {"rt_go", 365, 40, false},
				 [CV] = {"rt_cv", 0.24, 0.03, false}},
		     .sigma_share = 0.15,
		     .tau_share = 0.15,
		     .practice = 0.02,
		     .day_sd = 0.03},
	.count_parameter = "trials_per_digit",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.withholds = is_nogo,
	.trials_of = trials_of,
	.lasts_ms = lasts_ms,
	.cv = cv,
};
