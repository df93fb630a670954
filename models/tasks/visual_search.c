/*
 * Visual search (Treisman & Gelade 1980): response time over the number of items, apart
 * for trials with and without a target, and how well the two are told apart.
 *
 * The lines go through the times of single correct trials, whose spread grows with them.
 * Detection is over answered trials, as a trial that ran out of time says neither
 * "present" nor "absent".
 */
#include <math.h>

#include "models/stats/detection.h"
#include "models/stats/line.h"
#include "models/tasks/scorers.h"

static bool
search_fits(const struct task_definition *def)
{
	for (int c = 0; c < def->n_conditions; c++) {
		if (isnan(def->conditions[c].set_size))
			return false;
	}
	return true;
}

static struct stat_line
search_line(const struct task_selection *s, bool target)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct task_condition *c =
			&s->def->conditions[s->trials[i].condition];

		if (c->target != target || !(s->keep[i] & TASK_KEEP_RT))
			continue;
		s->x[n] = c->set_size;
		s->y[n++] = s->trials[i].rt_ms;
	}
	return stat_line_fit_robust(s->x, s->y, n);
}

static struct stat_detection
search_detection(const struct task_selection *s)
{
	int answered[2] = {0}, wrong[2] = {0};

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];
		bool target = s->def->conditions[t->condition].target;

		if (!(s->keep[i] & TASK_KEEP_ANSWER) || isnan(t->rt_ms))
			continue;
		answered[target]++;
		wrong[target] += !t->correct;
	}
	return stat_detection(answered[1] - wrong[1], answered[1], wrong[0], answered[0]);
}

/* By what the slopes' standard errors are in the end. */
static void
search_finish(struct stat_estimate *out)
{
	out[4] = stat_ratio_unbiased(out[2], out[0]);
}

static void
search_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_line present = search_line(s, true), absent = search_line(s, false);
	struct stat_detection detection = search_detection(s);
	bool all[TASK_NAMES_MAX], with[TASK_NAMES_MAX], without[TASK_NAMES_MAX];

	for (int c = 0; c < s->def->n_conditions; c++) {
		all[c] = true;
		with[c] = s->def->conditions[c].target;
		without[c] = !with[c];
	}
	out[0] = present.slope;
	out[1] = present.intercept;
	out[2] = absent.slope;
	out[3] = absent.intercept;
	search_finish(out);
	out[5] = task_accuracy(s, all);
	out[6] = task_accuracy(s, with);
	out[7] = task_accuracy(s, without);
	out[8] = detection.d_prime;
	out[9] = detection.criterion;
}

/* One search a row: what is looked for differs, so that results are never pooled. */
#define SEARCH_SCORER(name) \
	{ \
		.task = name, .version = 2, .n_values = 10, \
		.values = {{"present_slope", "ms/item"}, \
			   {"present_intercept", "ms"}, \
			   {"absent_slope", "ms/item"}, \
			   {"absent_intercept", "ms"}, \
			   {"slope_ratio", "ratio"}, \
			   {"accuracy", "proportion"}, \
			   {"accuracy_present", "proportion"}, \
			   {"accuracy_absent", "proportion"}, \
			   {"d_prime", "z"}, \
			   {"criterion", "z"}}, \
		.fits = search_fits, .compute = search_compute, .finish = search_finish, \
	}

const struct task_scorer visual_search_scorer = SEARCH_SCORER("visual-search");
const struct task_scorer visual_search_2_5_scorer = SEARCH_SCORER("visual-search-2-5");
const struct task_scorer visual_search_feature_scorer =
	SEARCH_SCORER("visual-search-feature");
