/* Corsi's block tapping: sequences of places given in the same order. */
#include "models/tasks/span.h"

#include <math.h>

static bool
corsi_fits(const struct task_definition *def)
{
	return def->adapts && task_condition_named(def, "forward") >= 0;
}

static void
corsi_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct task_span span = task_span(s, task_condition_named(s->def, "forward"));

	out[0] = span.span;
	out[1] = span.longest;
	out[2] = span.correct;
	/* Kessels et al. (2000): span x number of correct sequences. */
	out[3] = (struct stat_estimate){span.longest.value * span.correct.value, NAN,
					span.correct.n};
}

const struct task_scorer corsi_scorer = {
	.task = "corsi",
	.version = 1,
	.n_values = 4,
	.values = {{"span", "items"},
		   {"longest", "items"},
		   {"correct", "trials"},
		   {"total", "points"}},
	.posteriors = {"span"},
	.fits = corsi_fits,
	.compute = corsi_compute,
};
