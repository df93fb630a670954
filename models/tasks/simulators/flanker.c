/*
 * Flanker: the congruent time, and what neutral and incongruent neighbours add to it. The
 * conflict is that of students in the laboratory (Hedge et al. 2018: 46, sd 21 ms), their
 * times about 30 ms longer on the web. All else is plausible and no more.
 */
#include <string.h>

#include "models/tasks/simulators.h"

enum { RT_CONGRUENT, EFFECT, INTERFERENCE, CONGRUENT, NEUTRAL, INCONGRUENT };

static int
kind_of(const struct task_condition *c)
{
	if (strcmp(c->name, "neutral") == 0)
		return NEUTRAL;
	return strcmp(c->name, "incongruent") == 0 ? INCONGRUENT : CONGRUENT;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	double incongruent = truth[RT_CONGRUENT] + truth[EFFECT];

	switch (kind_of(c)) {
	case NEUTRAL:
		return incongruent - truth[INTERFERENCE];
	case INCONGRUENT:
		return incongruent;
	default:
		return truth[RT_CONGRUENT];
	}
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return truth[kind_of(c)];
}

static void
truth(const struct task_truth *t, double *out)
{
	static const char *const names[] = {"congruent", "neutral", "incongruent"};

	for (int i = 0; i < 3; i++) {
		int condition = task_condition_named(t->def, names[i]);

		out[2 + i] = task_truth_rt(t, condition);
		out[6 + i] = task_truth_accuracy_in(t, condition);
	}
	out[0] = out[4] - out[2];
	out[1] = out[4] - out[3];
	out[5] = task_truth_accuracy_all(t);
}

const struct task_simulator flanker_simulator = {
	.scorer = &flanker_scorer,
	.standard = {.effects = {[RT_CONGRUENT] = {"rt_congruent", 450, 45, false},
				 [EFFECT] = {"flanker_effect", 46, 21, false},
				 [INTERFERENCE] = {"interference", 38, 18, false},
				 [CONGRUENT] = {"accuracy_congruent", 0.98, 0.5, true},
				 [NEUTRAL] = {"accuracy_neutral", 0.98, 0.5, true},
				 [INCONGRUENT] = {"accuracy_incongruent", 0.94, 0.5,
						  true}},
		     .sigma_share = 0.09,
		     .tau_share = 0.15,
		     .omissions = 0.003,
		     .practice = 0.04,
		     .day_sd = 0.03},
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
};
