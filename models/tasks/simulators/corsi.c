/* Corsi's blocks: about six (tasks/corsi/reference.json), 0.7 s a tap. */
#include "models/tasks/simulators/span.h"

static void
session(struct task_run *run)
{
	task_span_session(run, task_condition_named(run->def, "forward"),
			  run->person->truth[0], 600, 700);
}

static void
truth(const struct task_truth *t, double *out)
{
	out[0] = t->person->truth[0];
}

const struct task_simulator corsi_simulator = {
	.scorer = &corsi_scorer,
	.standard = {.effects = {{"span", 5.9, 0.9, false}},
		     .sigma_share = 0.15,
		     .tau_share = 0.15,
		     .day_sd = 0.05},
	.count_parameter = "trials_per_length",
	.truth = truth,
	.session = session,
};
