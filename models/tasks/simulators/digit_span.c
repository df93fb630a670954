/*
 * Digit span: about seven digits forwards and five backwards (customary laboratory
 * values; tasks/digit-span/reference.json), half a second a digit to type.
 */
#include "models/tasks/simulators/span.h"

enum { FORWARD, BACKWARD };

/* As the parameter "direction" stands: both, in their order. */
static void
session(struct task_run *run)
{
	static const char *const names[] = {"forward", "backward"};

	/* Lengths that follow the person are of one order. */
	for (int i = 0; i < (run->adaptive ? 1 : 2); i++)
		task_span_session(run, task_condition_named(run->def, names[i]),
				  run->person->truth[i], 900, 500);
}

static void
truth(const struct task_truth *t, double *out)
{
	out[0] = t->person->truth[FORWARD];
	out[3] = t->person->truth[BACKWARD];
}

const struct task_simulator digit_span_simulator = {
	.scorer = &digit_span_scorer,
	.standard = {.effects = {[FORWARD] = {"forward_span", 6.8, 1.1, false},
				 [BACKWARD] = {"backward_span", 5.2, 1.1, false}},
		     .sigma_share = 0.15,
		     .tau_share = 0.15,
		     .day_sd = 0.05},
	.count_parameter = "trials_per_length",
	.truth = truth,
	.session = session,
};
