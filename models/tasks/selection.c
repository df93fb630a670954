#include "models/tasks/selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer correct trials of a condition than this have no useful median deviation. */
#define OUTLIER_TRIALS_MIN 5

enum camp_err
task_selection_init(struct task_selection *s, const struct task_definition *def,
		    const struct trial *trials, size_t n)
{
	*s = (struct task_selection){.def = def, .trials = trials, .n = n};
	/* One more, as no trials are possible and malloc(0) may give NULL. */
	s->keep = malloc(n + 1);
	s->x = malloc((n + 1) * sizeof(*s->x));
	s->y = malloc((n + 1) * sizeof(*s->y));
	if (!s->keep || !s->x || !s->y) {
		task_selection_clear(s);
		return CAMP_ERR_MEMORY;
	}
	task_selection_reset(s);
	return CAMP_OK;
}

void
task_selection_reset(struct task_selection *s)
{
	const struct trial *trials = s->trials;

	for (size_t i = 0; i < s->n; i++) {
		s->keep[i] = trials[i].flags & TRIAL_CATCH ? 0 : TASK_KEEP_ANSWER;
		if (s->keep[i] && trials[i].correct && !isnan(trials[i].rt_ms))
			s->keep[i] |= TASK_KEEP_RT;
	}
}

void
task_selection_clear(struct task_selection *s)
{
	free(s->keep);
	free(s->x);
	free(s->y);
	memset(s, 0, sizeof(*s));
}

/* Removes and counts what a rule meets among the trials that still have `from`. */
static void
apply_rule(struct task_selection *s, struct task_score_set *out, const char *rule,
	   uint8_t from, uint8_t remove, bool (*meets)(const struct trial *, double),
	   double limit)
{
	int removed = 0;

	for (size_t i = 0; i < s->n; i++) {
		if ((s->keep[i] & from) && meets(&s->trials[i], limit)) {
			s->keep[i] &= (uint8_t)~remove;
			removed++;
		}
	}
	if (out)
		out->rules[out->n_rules++] = (struct task_rule_count){rule, removed};
}

static bool
is_blurred(const struct trial *t, double limit)
{
	return (t->flags & TRIAL_BLURRED) != 0;
}

/* Neither holds for a missing time, as no comparison with NAN does. */
static bool
is_faster(const struct trial *t, double limit)
{
	return t->rt_ms < limit;
}

static bool
is_slower(const struct trial *t, double limit)
{
	return t->rt_ms > limit;
}

static size_t
gather_rt(const struct task_selection *s, int condition, double *rt)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->trials[i].condition == condition && (s->keep[i] & TASK_KEEP_RT))
			rt[n++] = s->trials[i].rt_ms;
	}
	return n;
}

static int
exclude_outliers(struct task_selection *s, int condition, double deviations)
{
	size_t n = gather_rt(s, condition, s->x);
	double median, limit;
	int removed = 0;

	if (n < OUTLIER_TRIALS_MIN)
		return 0;
	median = stat_median(s->x, n);
	limit = deviations * STAT_MAD_SCALE * stat_mad(s->x, n, median);
	if (!(limit > 0))
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];

		if (t->condition == condition && (s->keep[i] & TASK_KEEP_RT) &&
		    fabs(t->rt_ms - median) > limit) {
			s->keep[i] &= (uint8_t)~TASK_KEEP_RT;
			removed++;
		}
	}
	return removed;
}

void
task_selection_exclude(struct task_selection *s, struct task_score_set *out)
{
	const struct task_exclusions *e = &s->def->exclusions;
	const uint8_t all = TASK_KEEP_ANSWER | TASK_KEEP_RT;
	int removed = 0;

	if (e->blurred)
		apply_rule(s, out, "blurred", TASK_KEEP_ANSWER, all, is_blurred, 0);
	if (!isnan(e->rt_min_ms))
		apply_rule(s, out, "rt_fast", TASK_KEEP_ANSWER, all, is_faster,
			   e->rt_min_ms);
	if (!isnan(e->rt_max_ms))
		apply_rule(s, out, "rt_slow", TASK_KEEP_RT, TASK_KEEP_RT, is_slower,
			   e->rt_max_ms);
	if (isnan(e->rt_mad))
		return;
	for (int c = 0; c < s->def->n_conditions; c++)
		removed += exclude_outliers(s, c, e->rt_mad);
	if (out)
		out->rules[out->n_rules++] =
			(struct task_rule_count){"rt_outlier", removed};
}

void
task_session_rules(const struct task_selection *s, struct task_score_set *out)
{
	const struct task_exclusions *e = &s->def->exclusions;
	double correct = 0, omitted = 0, n = 0, failed = 0, checks = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->trials[i].flags & TRIAL_CATCH) {
			checks++;
			failed += !s->trials[i].correct;
			continue;
		}
		n++;
		correct += s->trials[i].correct;
		/* Where withholding is right, a missing response is none. */
		omitted += isnan(s->trials[i].rt_ms) && !s->trials[i].correct;
	}
	if (n == 0) {
		out->reasons[out->n_reasons++] = "no_trials";
	} else {
		/* A rule that is not used has the limit NAN, which nothing passes. */
		if (correct / n < e->accuracy_min)
			out->reasons[out->n_reasons++] = "accuracy";
		if (omitted / n > e->omission_max)
			out->reasons[out->n_reasons++] = "omissions";
	}
	if (checks > 0 && failed / checks > e->catch_max)
		out->reasons[out->n_reasons++] = "catch";
	out->usable = out->n_reasons == 0;
}

struct stat_estimate
task_mean_rt(const struct task_selection *s, int condition)
{
	return stat_mean_estimate(s->x, gather_rt(s, condition, s->x));
}

struct stat_estimate
task_rt_cv(const struct task_selection *s, int condition)
{
	return stat_cv_estimate(s->x, gather_rt(s, condition, s->x));
}

struct stat_estimate
task_accuracy(const struct task_selection *s, const bool *wanted)
{
	int correct = 0, n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!(s->keep[i] & TASK_KEEP_ANSWER) || !wanted[s->trials[i].condition])
			continue;
		n++;
		correct += s->trials[i].correct;
	}
	return stat_proportion(correct, n);
}

struct stat_estimate
task_accuracy_in(const struct task_selection *s, int condition)
{
	bool wanted[TASK_NAMES_MAX] = {false};

	wanted[condition] = true;
	return task_accuracy(s, wanted);
}

struct stat_estimate
task_accuracy_all(const struct task_selection *s)
{
	bool wanted[TASK_NAMES_MAX];

	for (int i = 0; i < TASK_NAMES_MAX; i++)
		wanted[i] = true;
	return task_accuracy(s, wanted);
}

int
task_count_wrong(const struct task_selection *s, int condition, int *n)
{
	int wrong = 0;

	*n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];

		if (t->condition != condition || !(s->keep[i] & TASK_KEEP_ANSWER))
			continue;
		++*n;
		wrong += !t->correct;
	}
	return wrong;
}
