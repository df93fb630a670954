/*
 * A then X: a time and an error rate for each kind of pair, of people who prepare for the
 * X after an A: slow and wrong where it does not come. Plausible and no more (the
 * difference of AY and BY is smaller than the 216 ms of an online sample, whose patterns
 * of dots were harder to tell: Eisenberg et al. 2019).
 */
#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

enum { AX, AY, BX, BY, KINDS };

static const char *const names[KINDS] = {"ax", "ay", "bx", "by"};

static int
kind_of(const struct task_condition *c)
{
	for (int i = 0; i < KINDS; i++)
		if (strcmp(c->name, names[i]) == 0)
			return i;
	return AX;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[kind_of(c)];
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[KINDS + kind_of(c)];
}

static int
respond(const struct task_definition *def, const struct task_condition *c, bool correct,
	struct rng *rng)
{
	return (kind_of(c) == AX) == correct ? task_response_code(def, "target", 6)
					     : task_response_code(def, "other", 5);
}

/* AX has its share; the others divide the rest, the first taking what is over. */
static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int percent = task_simulate_parameter(def, "ax_percent", 70);
	int ax = (int)lround(count * percent / 100.0), kind = kind_of(c);

	return kind == AX ? ax : (count - ax + KINDS - 1 - kind) / (KINDS - 1);
}

/*
 * What the index of the error rates is expected to be with so many answered trials. Its
 * correction draws it towards 0 by design, the more so the fewer the trials, and an index
 * of endless trials cannot be had from the two dozen of a session.
 */
static double
index_expected(const double rate[2], const int n[2])
{
	double sum = 0;

	for (int i = 0; i <= n[0]; i++) {
		double share = dbinom(i, n[0], rate[0], 0), b = (i + 0.5) / (n[0] + 1);

		for (int k = 0; k <= n[1]; k++) {
			double a = (k + 0.5) / (n[1] + 1);

			sum += share * dbinom(k, n[1], rate[1], 0) * (b - a) / (b + a);
		}
	}
	return sum;
}

static void
truth(const struct task_truth *t, double *out)
{
	const double *rate = t->person->truth + KINDS;
	int condition[KINDS];

	for (int i = 0; i < KINDS; i++) {
		condition[i] = task_condition_named(t->def, names[i]);
		out[3 + i] = task_truth_rt(t, condition[i]);
		/* Errors are independent of times, so the same among those that count.
		 */
		out[7 + i] = rate[i];
	}
	out[0] = qnorm(1 - rate[AX], 0, 1, 1, 0) - qnorm(rate[BX], 0, 1, 1, 0);
	out[1] = index_expected((const double[]){rate[AY], rate[BX]},
				(const int[]){task_truth_trials(t, condition[AY]),
					      task_truth_trials(t, condition[BX])});
	out[2] = (out[3 + AY] - out[3 + BX]) / (out[3 + AY] + out[3 + BX]);
	out[11] = task_truth_accuracy_all(t);
}

const struct task_simulator ax_cpt_simulator = {
	.scorer = &ax_cpt_scorer,
	.standard = {.effects = {[AX] = {"rt_ax", 430, 50, false},
				 [AY] = {"rt_ay", 560, 60, false},
				 [BX] = {"rt_bx", 440, 60, false},
				 [BY] = {"rt_by", 410, 55, false},
				 [KINDS + AX] = {"error_rate_ax", 0.04, 0.5, true},
				 [KINDS + AY] = {"error_rate_ay", 0.15, 0.5, true},
				 [KINDS + BX] = {"error_rate_bx", 0.07, 0.5, true},
				 [KINDS + BY] = {"error_rate_by", 0.02, 0.5, true}},
		     .sigma_share = 0.1,
		     .tau_share = 0.15,
		     .omissions = 0.005,
		     .practice = 0.03,
		     .day_sd = 0.03},
	.count_parameter = "trials",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.respond = respond,
	.trials_of = trials_of,
};
