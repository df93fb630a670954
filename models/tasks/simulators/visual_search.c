/*
 * Visual search: a line over the number of items, with and without a target. Conjunction
 * slopes of about 9 and 20 ms/item (Wolfe et al. 2010); all else is plausible and no
 * more.
 */
#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/stats/line.h"
#include "models/tasks/simulators.h"

enum {
	PRESENT_SLOPE,
	PRESENT_INTERCEPT,
	ABSENT_SLOPE,
	ABSENT_INTERCEPT,
	ACCURACY_PRESENT,
	ACCURACY_ABSENT
};

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	double slope = truth[c->target ? PRESENT_SLOPE : ABSENT_SLOPE];

	return truth[c->target ? PRESENT_INTERCEPT : ABSENT_INTERCEPT] +
	       slope * c->set_size;
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return truth[c->target ? ACCURACY_PRESENT : ACCURACY_ABSENT];
}

static int
respond(const struct task_definition *def, const struct task_condition *c, bool correct,
	struct rng *rng)
{
	return c->target == correct ? task_response_code(def, "present", 7)
				    : task_response_code(def, "absent", 6);
}

/* The line through the means of equally many trials of each number of items. */
static struct stat_line
line_of(const struct task_truth *t, bool target)
{
	double x[TASK_NAMES_MAX], y[TASK_NAMES_MAX];
	size_t n = 0;

	for (int c = 0; c < t->def->n_conditions; c++) {
		if (t->def->conditions[c].target != target)
			continue;
		x[n] = t->def->conditions[c].set_size;
		y[n++] = task_truth_rt(t, c);
	}
	return stat_line_fit(x, y, n);
}

static void
truth(const struct task_truth *t, double *out)
{
	struct stat_line present = line_of(t, true), absent = line_of(t, false);
	bool with[TASK_NAMES_MAX] = {false}, without[TASK_NAMES_MAX] = {false};
	double answered = 1 - t->population->omissions, z[2];

	for (int c = 0; c < t->def->n_conditions; c++) {
		with[c] = t->def->conditions[c].target;
		without[c] = !with[c];
	}
	out[0] = present.slope.value;
	out[1] = present.intercept.value;
	out[2] = absent.slope.value;
	out[3] = absent.intercept.value;
	/*
	 * Nothing is claimed of the ratio: the present slope may be 0, in searches for a
	 * feature it nearly is, and over such a number no estimate of a ratio has a mean.
	 */
	out[4] = NAN;
	out[5] = task_truth_accuracy_all(t);
	out[6] = task_truth_accuracy(t, with);
	out[7] = task_truth_accuracy(t, without);
	/* Detection is of answered trials. */
	z[0] = qnorm(out[6] / answered, 0, 1, 1, 0);
	z[1] = qnorm(1 - out[7] / answered, 0, 1, 1, 0);
	out[8] = z[0] - z[1];
	out[9] = -(z[0] + z[1]) / 2;
}

#define SEARCH_SIMULATOR(which, present, present_sd, absent, absent_sd, base) \
	{ \
		.scorer = &which, \
		.standard = {.effects = {[PRESENT_SLOPE] = {"present_slope", present, \
							    present_sd, false}, \
					 [PRESENT_INTERCEPT] = {"present_intercept", \
								base, 60, false}, \
					 [ABSENT_SLOPE] = {"absent_slope", absent, \
							   absent_sd, false}, \
					 [ABSENT_INTERCEPT] = {"absent_intercept", \
							       base + 20, 60, false}, \
					 [ACCURACY_PRESENT] = {"accuracy_present", 0.94, \
							       0.5, true}, \
					 [ACCURACY_ABSENT] = {"accuracy_absent", 0.975, \
							      0.5, true}}, \
			     .sigma_share = 0.1, \
			     .tau_share = 0.2, \
			     .omissions = 0.002, \
			     .practice = 0.05, \
			     .day_sd = 0.03}, \
		.truth = truth, .mean_rt_ms = mean_rt_ms, .accuracy = accuracy, \
		.respond = respond, \
	}

const struct task_simulator visual_search_simulator =
	SEARCH_SIMULATOR(visual_search_scorer, 9, 2.5, 20, 5, 480);
const struct task_simulator visual_search_2_5_simulator =
	SEARCH_SIMULATOR(visual_search_2_5_scorer, 43, 8, 95, 16, 500);
const struct task_simulator visual_search_feature_simulator =
	SEARCH_SIMULATOR(visual_search_feature_scorer, 0.5, 0.5, 0.5, 0.5, 450);
