/* Vigilance: one press as fast as possible. All numbers are plausible and no more. */
#include <math.h>

#include "models/tasks/simulators.h"

#define FALSE_START_BELOW_MS 100.0
#define LAPSE_FROM_MS 355.0

enum { RT, FALSE_STARTS };

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT];
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[FALSE_STARTS];
}

/* As many as fit: the mean wait, and what the design takes an answer for. */
static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	double wait_ms = (task_simulate_parameter(def, "foreperiod_min_ms", 1000) +
			  task_simulate_parameter(def, "foreperiod_max_ms", 4000)) /
			 2.0;

	return (int)lround(1000 * count / (wait_ms + 300));
}

static double
time_of(double x, const void *arg)
{
	return x;
}

static double
speed_of(double x, const void *arg)
{
	return 1000 / x;
}

/* Presses before the stimulus are errors; omissions are lapses. */
static void
truth(const struct task_truth *t, double *out)
{
	struct stat_exgauss_part all = task_truth_times(t, 0);
	struct stat_exgauss_part valid =
		stat_exgauss_between(&all.law, FALSE_START_BELOW_MS, all.high);
	double omissions = t->population->omissions, early, false_starts, lapses;

	early = (1 - omissions) * t->person->truth[FALSE_STARTS];
	false_starts = early + (1 - omissions - early) * valid.below;
	lapses = omissions +
		 (1 - omissions - early) *
			 (1 - stat_exgauss_share_below(&all.law, LAPSE_FROM_MS));
	out[0] = stat_exgauss_part_mean(&valid, speed_of, NULL);
	out[1] = stat_exgauss_part_quantile(&valid, 0.5);
	out[2] = stat_exgauss_part_mean(&valid, time_of, NULL);
	out[3] = lapses / (1 - false_starts);
	out[4] = false_starts;
}

const struct task_simulator pvt_simulator = {
	.scorer = &pvt_scorer,
	.standard = {.effects = {[RT] = {"rt_mean", 300, 30, false},
				 [FALSE_STARTS] = {"false_start_rate", 0.02, 0.7, true}},
		     .sigma_share = 0.08,
		     .tau_share = 0.15,
		     .omissions = 0.002,
		     .practice = 0.01,
		     .day_sd = 0.04},
	.count_parameter = "duration_s",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.trials_of = trials_of,
	.errors_are_early = true,
};
