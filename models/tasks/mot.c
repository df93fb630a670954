/*
 * Multiple object tracking (Pylyshyn & Storm 1988): how many of n targets among N discs
 * are marked, and how many a person must have tracked for that.
 *
 * Capacity k solves p = k/n + (1 - k/n) (n - k)/(N - k): the tracked are marked, the rest
 * guessed among what is left (Hulleman 2005, Vision Research 45, 2298-2309). The squares
 * cancel and leave k = n (p N - n) / (N - 2 n + p n), whose slope over p is
 * n (N - n)^2 / (N - 2 n + p n)^2.
 */
#include <math.h>
#include <stdio.h>

#include "models/tasks/scorers.h"

#define TARGETS_MAX 5

/* Numbers of targets and of discs, from the condition's name; false: not such a one. */
static bool
numbers_of(const struct task_condition *c, int *targets, int *discs)
{
	char more;

	return sscanf(c->name, "%d-of-%d%c", targets, discs, &more) == 2 &&
	       *targets >= 1 && *targets <= TARGETS_MAX && *discs > *targets;
}

static bool
mot_fits(const struct task_definition *def)
{
	int targets, discs;

	for (int c = 0; c < def->n_conditions; c++) {
		if (!numbers_of(&def->conditions[c], &targets, &discs))
			return false;
	}
	return true;
}

/* Targets marked in a trial; none without an answer. */
static int
hits_of(const struct task_selection *s, const struct trial *t)
{
	int hits = 0;

	if (t->response < 0 || t->response >= s->def->n_responses ||
	    sscanf(s->def->responses[t->response], "hits-%d", &hits) != 1)
		return 0;
	return hits;
}

/* Shares marked in the selected trials of so many targets; 0: of any. */
struct marked {
	struct stat_estimate share; /* n: targets in all */
	int discs;
};

/*
 * The standard error is that of a mean over trials, as the marks of one trial hang
 * together; one more trial with half of its targets marked is added to the spread, so
 * that a session without a miss does not claim to be certain.
 */
static struct marked
marked_of(const struct task_selection *s, int wanted)
{
	struct marked m = {0};
	double sum = 0, squares = 0, mean;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];
		int targets = 0, discs = 0;

		numbers_of(&s->def->conditions[t->condition], &targets, &discs);
		if (!(s->keep[i] & TASK_KEEP_ANSWER) || (wanted && targets != wanted))
			continue;
		s->x[n] = (double)hits_of(s, t) / targets;
		sum += s->x[n++];
		m.share.n += targets;
		m.discs = discs;
	}
	m.share.value = n ? sum / (double)n : NAN;
	m.share.standard_error = NAN;
	if (n == 0)
		return m;
	mean = (sum + 0.5) / (double)(n + 1);
	for (size_t i = 0; i < n; i++)
		squares += (s->x[i] - mean) * (s->x[i] - mean);
	squares += (0.5 - mean) * (0.5 - mean);
	m.share.standard_error = sqrt(squares / (double)n / (double)n);
	return m;
}

static struct stat_estimate
capacity_of(const struct marked *m, int targets)
{
	double n = targets, all = m->discs, p = m->share.value;
	double below = all - 2 * n + p * n;

	if (isnan(p) || below <= 0)
		return (struct stat_estimate){NAN, NAN, m->share.n};
	return (struct stat_estimate){.value = n * (p * all - n) / below,
				      .standard_error = n * (all - n) * (all - n) /
							(below * below) *
							m->share.standard_error,
				      .n = m->share.n};
}

static void
mot_compute(const struct task_selection *s, struct stat_estimate *out)
{
	out[0] = (struct stat_estimate){NAN, NAN, 0};
	out[1] = marked_of(s, 0).share;
	for (int k = 1; k <= TARGETS_MAX; k++) {
		struct marked m = marked_of(s, k);

		out[1 + k] = m.share;
		out[1 + TARGETS_MAX + k] = capacity_of(&m, k);
		if (m.share.n > 0)
			out[0] = out[1 + TARGETS_MAX + k];
	}
}

const struct task_scorer mot_scorer = {
	.task = "mot",
	.version = 1,
	.n_values = 12,
	.values = {{"capacity", "items"},
		   {"hits", "proportion"},
		   {"hits_1", "proportion"},
		   {"hits_2", "proportion"},
		   {"hits_3", "proportion"},
		   {"hits_4", "proportion"},
		   {"hits_5", "proportion"},
		   {"capacity_1", "items"},
		   {"capacity_2", "items"},
		   {"capacity_3", "items"},
		   {"capacity_4", "items"},
		   {"capacity_5", "items"}},
	.fits = mot_fits,
	.compute = mot_compute,
};
