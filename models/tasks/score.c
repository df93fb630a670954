#include "models/tasks/score.h"

#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/resample.h"
#include "models/tasks/scorers.h"

#define INTERVAL_LEVEL 0.95
/* A spread of skewed times tells as much as one of so many times fewer normal ones. */
#define RATIO_SHARE 4.0

static const struct task_scorer *const scorers[] = {
#define TASK(name) &name##_scorer,
#include "models/tasks/tasks.def"
#undef TASK
};

static const struct task_scorer *
scorer_find(const char *task)
{
	for (size_t i = 0; i < sizeof(scorers) / sizeof(scorers[0]); i++) {
		if (strcmp(scorers[i]->task, task) == 0)
			return scorers[i];
	}
	return NULL;
}

static bool
conditions_in_range(const struct task_definition *def, const struct trial *trials,
		    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (trials[i].condition < 0 || trials[i].condition >= def->n_conditions)
			return false;
	}
	return true;
}

static bool
is_posterior(const struct task_scorer *scorer, const char *name)
{
	for (size_t i = 0; i < sizeof(scorer->posteriors) / sizeof(scorer->posteriors[0]);
	     i++) {
		if (scorer->posteriors[i] && strcmp(scorer->posteriors[i], name) == 0)
			return true;
	}
	return false;
}

static void
set_values(struct task_score_set *out, const struct task_scorer *scorer,
	   const struct stat_estimate *raw, const struct stat_estimate *kept)
{
	for (int i = 0; i < scorer->n_values; i++) {
		out->values[i] = (struct task_score_value){
			.name = scorer->values[i].name,
			.unit = scorer->values[i].unit,
			.value = kept[i].value,
			.standard_error = kept[i].standard_error,
			.n = kept[i].n,
			.raw_value = raw[i].value,
			.raw_standard_error = raw[i].standard_error,
			.raw_n = raw[i].n,
			.posterior = is_posterior(scorer, scorer->values[i].name),
		};
	}
	out->n_values = scorer->n_values;
}

static void
own_rule(const struct task_selection *s, const struct task_scorer *scorer,
	 struct task_score_set *out)
{
	const char *reason = scorer->unusable ? scorer->unusable(s) : NULL;

	if (!reason)
		return;
	out->reasons[out->n_reasons++] = reason;
	out->usable = false;
}

enum camp_err
task_score(const struct task_definition *def, const struct trial *trials, size_t n,
	   struct task_score_set *out)
{
	const struct task_scorer *scorer = scorer_find(def->name);
	struct stat_estimate raw[TASK_SCORES_MAX], kept[TASK_SCORES_MAX];
	struct task_selection selection;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	if (!scorer)
		return CAMP_ERR_NOT_FOUND;
	if (!scorer->fits(def) || !conditions_in_range(def, trials, n))
		return CAMP_ERR_INVALID;
	err = task_selection_init(&selection, def, trials, n);
	if (err != CAMP_OK)
		return err;
	scorer->compute(&selection, raw);
	task_selection_exclude(&selection, out);
	scorer->compute(&selection, kept);
	task_session_rules(&selection, out);
	own_rule(&selection, scorer, out);
	task_selection_clear(&selection);
	err = task_resample_errors(scorer, def, trials, n, kept);
	if (err != CAMP_OK) {
		memset(out, 0, sizeof(*out));
		return err;
	}
	if (scorer->finish)
		scorer->finish(kept);
	set_values(out, scorer, raw, kept);
	out->scorer_version = scorer->version;
	out->trials = (int)n;
	return CAMP_OK;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), len = strlen(end);

	return n >= len && strcmp(name + n - len, end) == 0;
}

bool
task_score_posterior(const char *task, const char *name)
{
	const struct task_scorer *scorer = scorer_find(task);

	return scorer && is_posterior(scorer, name);
}

/* Of two things that cannot be negative; bias indices and their like can. */
static bool
is_ratio(const char *name)
{
	return ends_with(name, "_cv") || ends_with(name, "_ratio");
}

struct stat_interval
task_score_interval(const struct task_score_value *v, bool kept)
{
	double value = kept ? v->value : v->raw_value;
	double error = kept ? v->standard_error : v->raw_standard_error;
	int n = kept ? v->n : v->raw_n;

	bool ratio = is_ratio(v->name) && value > 0;
	double half;

	if (strcmp(v->unit, "proportion") == 0)
		return stat_proportion_interval(value, n, INTERVAL_LEVEL);
	if (n < 2 || isnan(error))
		return (struct stat_interval){NAN, NAN};
	if (v->posterior)
		half = qnorm((1 - INTERVAL_LEVEL) / 2, 0, 1, 0, 0) * error;
	else
		half = qt((1 - INTERVAL_LEVEL) / 2, ratio ? (n - 1) / RATIO_SHARE : n - 1,
			  0, 0) *
		       error;
	if (ratio)
		return (struct stat_interval){value * exp(-half / value),
					      value * exp(half / value)};
	return (struct stat_interval){value - half, value + half};
}
