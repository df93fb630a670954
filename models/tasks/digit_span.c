/* Digit span: rows of digits given in the same order, then backwards. */
#include "models/tasks/span.h"

static bool
digit_span_fits(const struct task_definition *def)
{
	return def->adapts && task_condition_named(def, "forward") >= 0 &&
	       task_condition_named(def, "backward") >= 0;
}

static void
digit_span_compute(const struct task_selection *s, struct stat_estimate *out)
{
	static const char *const conditions[] = {"forward", "backward"};

	for (int i = 0; i < 2; i++) {
		int condition = task_condition_named(s->def, conditions[i]);
		struct task_span span = task_span(s, condition);

		out[3 * i] = span.span;
		out[3 * i + 1] = span.longest;
		out[3 * i + 2] = span.correct;
	}
}

const struct task_scorer digit_span_scorer = {
	.task = "digit-span",
	.version = 1,
	.n_values = 6,
	.values = {{"forward_span", "items"},
		   {"forward_longest", "items"},
		   {"forward_correct", "trials"},
		   {"backward_span", "items"},
		   {"backward_longest", "items"},
		   {"backward_correct", "trials"}},
	.posteriors = {"forward_span", "backward_span"},
	.fits = digit_span_fits,
	.compute = digit_span_compute,
};
