/*
 * Attentional blink (Raymond, Shapiro & Arnell 1992): a second target that comes soon
 * after a first is missed.
 *
 * The second target is scored only over trials whose first was named: without it nothing
 * says that attention was taken. The response of a trial names both answers.
 */
#include <string.h>

#include "models/tasks/scorers.h"

#define LAGS 8

/* The two answers of a trial: T1 named, X seen. */
struct answers {
	bool given, first, second;
};

static bool
blink_fits(const struct task_definition *def)
{
	char name[] = "lag-1";

	for (int lag = 1; lag <= LAGS; lag++) {
		name[4] = (char)('0' + lag);
		if (task_condition_named(def, name) < 0)
			return false;
	}
	return task_condition_named(def, "absent") >= 0;
}

static struct answers
answers_of(const struct task_selection *s, const struct trial *t)
{
	const char *name;

	if (t->response < 0 || t->response >= s->def->n_responses)
		return (struct answers){0};
	name = s->def->responses[t->response];
	return (struct answers){.given = true,
				.first = strncmp(name, "t1-right", 8) == 0,
				.second = strcmp(strrchr(name, '-'), "-x") == 0};
}

/* Of each lag, and of the trials without an X at 0: those with T1 named, and X reported.
 */
struct counts {
	int named[LAGS + 1], seen[LAGS + 1];
	int trials, first; /* all of them, and those with T1 named */
};

/* With only_kept the exclusions count; the session's rule looks at every trial. */
static struct counts
count(const struct task_selection *s, bool only_kept)
{
	struct counts c = {0};

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];
		const char *condition = s->def->conditions[t->condition].name;
		int lag = strcmp(condition, "absent") == 0 ? 0 : condition[4] - '0';
		struct answers a = answers_of(s, t);

		if ((t->flags & TRIAL_CATCH) ||
		    (only_kept && !(s->keep[i] & TASK_KEEP_ANSWER)))
			continue;
		c.trials++;
		c.first += a.first;
		c.named[lag] += a.first;
		c.seen[lag] += a.first && a.second;
	}
	return c;
}

/* Share of X seen at the lags from..to together. */
static struct stat_estimate
seen_at(const struct counts *c, int from, int to)
{
	int named = 0, seen = 0;

	for (int lag = from; lag <= to; lag++) {
		named += c->named[lag];
		seen += c->seen[lag];
	}
	return stat_proportion(seen, named);
}

/* b - a in percentage points, a unit of its own as a share's interval would not fit it.
 */
static struct stat_estimate
points(struct stat_estimate b, struct stat_estimate a)
{
	struct stat_estimate d = stat_difference(b, a);

	return (struct stat_estimate){100 * d.value, 100 * d.standard_error, d.n};
}

static void
blink_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct counts c = count(s, true);
	struct stat_estimate early = seen_at(&c, 2, 3);

	out[0] = points(seen_at(&c, 7, 8), early);
	out[1] = points(seen_at(&c, 1, 1), early);
	out[2] = stat_proportion(c.first, c.trials);
	for (int lag = 1; lag <= LAGS; lag++)
		out[2 + lag] = seen_at(&c, lag, lag);
	out[3 + LAGS] = seen_at(&c, 0, 0);
}

static const char *
blink_unusable(const struct task_selection *s)
{
	struct counts c = count(s, false);

	/* Without the rule the limit is NAN, which nothing passes. */
	if (c.trials > 0 &&
	    (double)c.first / c.trials < s->def->exclusions.t1_accuracy_min)
		return "t1_accuracy";
	return NULL;
}

const struct task_scorer attentional_blink_scorer = {
	.task = "attentional-blink",
	.version = 1,
	.n_values = 12,
	.values = {{"blink_depth", "percent"},
		   {"lag_1_sparing", "percent"},
		   {"t1_accuracy", "proportion"},
		   {"t2_lag_1", "proportion"},
		   {"t2_lag_2", "proportion"},
		   {"t2_lag_3", "proportion"},
		   {"t2_lag_4", "proportion"},
		   {"t2_lag_5", "proportion"},
		   {"t2_lag_6", "proportion"},
		   {"t2_lag_7", "proportion"},
		   {"t2_lag_8", "proportion"},
		   {"false_alarm_rate", "proportion"}},
	.fits = blink_fits,
	.compute = blink_compute,
	.unusable = blink_unusable,
};
