/*
 * Gradual onset: presses for all but one of ten pictures. A d' of about 2.9 (Fortenbaugh
 * et al. 2015); times and their spread as customary. All else is plausible and no more.
 */
#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

enum { COMMISSIONS, OMISSIONS, RT, CV };

static bool
is_mountain(const struct task_condition *c)
{
	return strcmp(c->name, "mountain") == 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT];
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[is_mountain(c) ? COMMISSIONS : OMISSIONS];
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int percent = task_simulate_parameter(def, "mountain_percent", 10);
	int mountains = (int)lround(count * percent / 100.0);

	return is_mountain(c) ? mountains : count - mountains;
}

/* A picture's window ends where the next has 40 %; time runs from its first trace. */
static int
lasts_ms(const struct task_definition *def)
{
	return 14 * task_simulate_parameter(def, "image_ms", 800) / 10;
}

static double
cv(const double *truth)
{
	return truth[CV];
}

static void
truth(const struct task_truth *t, double *out)
{
	int city = task_condition_named(t->def, "city");
	double z[2];

	out[2] = 1 - task_truth_accuracy_in(t, task_condition_named(t->def, "mountain"));
	out[3] = 1 - task_truth_accuracy_in(t, city);
	out[4] = task_truth_rt(t, city);
	out[5] = task_truth_rt_cv(t, city);
	z[0] = qnorm(1 - out[3], 0, 1, 1, 0);
	z[1] = qnorm(out[2], 0, 1, 1, 0);
	out[0] = z[0] - z[1];
	out[1] = -(z[0] + z[1]) / 2;
}

const struct task_simulator gradcpt_simulator = {
	.scorer = &gradcpt_scorer,
	.standard = {.effects = {[COMMISSIONS] = {"commission_rate", 0.22, 0.7, true},
				 [OMISSIONS] = {"omission_rate", 0.02, 0.6, true},
				 [RT] = {"rt_city", 680, 60, false},
				 [CV] = {"rt_cv", 0.16, 0.025, false}},
		     .sigma_share = 0.12,
		     .tau_share = 0.1,
		     .practice = 0.01,
		     .day_sd = 0.02},
	.count_parameter = "trials",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.withholds = is_mountain,
	.trials_of = trials_of,
	.lasts_ms = lasts_ms,
	.cv = cv,
};
