#include "models/tasks/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/rng.h"

struct resample {
	const struct trial *trials;
	size_t n;
	size_t *by_condition; /* [n] numbers of trials, a condition after another */
	size_t start[TASK_NAMES_MAX + 1]; /* of each condition there */
	struct trial *drawn;              /* [n] */
	struct rng rng[TASK_NAMES_MAX];
};

static bool
is_of_times(const char *unit)
{
	return strcmp(unit, "ms") == 0 || strcmp(unit, "ms/item") == 0 ||
	       strcmp(unit, "1/s") == 0 || strcmp(unit, "ratio") == 0;
}

static void
resample_clear(struct resample *r)
{
	free(r->by_condition);
	free(r->drawn);
}

static bool
resample_init(struct resample *r, int n_conditions, const struct trial *trials, size_t n)
{
	size_t at = 0;

	*r = (struct resample){.trials = trials, .n = n};
	r->by_condition = malloc((n + 1) * sizeof(*r->by_condition));
	r->drawn = malloc((n + 1) * sizeof(*r->drawn));
	if (!r->by_condition || !r->drawn) {
		resample_clear(r);
		return false;
	}
	for (int c = 0; c < n_conditions; c++) {
		rng_seed(&r->rng[c], TASK_RESAMPLES_SEED, (uint64_t)c);
		r->start[c] = at;
		for (size_t i = 0; i < n; i++)
			if (trials[i].condition == c && !(trials[i].flags & TRIAL_CATCH))
				r->by_condition[at++] = i;
	}
	r->start[n_conditions] = r->n = at;
	return true;
}

static void
resample_draw(struct resample *r, int n_conditions)
{
	for (int c = 0; c < n_conditions; c++) {
		size_t first = r->start[c], n = r->start[c + 1] - first;

		for (size_t i = 0; i < n; i++) {
			uint32_t which = rng_below(&r->rng[c], (uint32_t)n);

			r->drawn[first + i] = r->trials[r->by_condition[first + which]];
		}
	}
}

/* Sums over the sessions in which a score is defined; of deviations from its value. */
struct spread {
	double sum, squares;
	int n;
};

static double
sd_of(const struct spread *s)
{
	double mean = s->sum / s->n;

	return sqrt((s->squares - s->n * mean * mean) / (s->n - 1));
}

enum camp_err
task_resample_errors(const struct task_scorer *scorer, const struct task_definition *def,
		     const struct trial *trials, size_t n, struct stat_estimate *values)
{
	struct spread spreads[TASK_SCORES_MAX] = {0};
	struct stat_estimate again[TASK_SCORES_MAX];
	struct task_selection selection;
	struct resample r;
	enum camp_err err;

	if (isnan(def->exclusions.rt_mad))
		return CAMP_OK;
	if (!resample_init(&r, def->n_conditions, trials, n))
		return CAMP_ERR_MEMORY;
	resample_draw(&r, def->n_conditions);
	err = task_selection_init(&selection, def, r.drawn, r.n);
	for (int i = 0; err == CAMP_OK && i < TASK_RESAMPLES; i++) {
		if (i > 0)
			resample_draw(&r, def->n_conditions);
		task_selection_reset(&selection);
		task_selection_exclude(&selection, NULL);
		scorer->compute(&selection, again);
		for (int v = 0; v < scorer->n_values; v++) {
			double d = again[v].value - values[v].value;

			if (isnan(d))
				continue;
			spreads[v].sum += d;
			spreads[v].squares += d * d;
			spreads[v].n++;
		}
	}
	for (int v = 0; err == CAMP_OK && v < scorer->n_values; v++) {
		if (is_of_times(scorer->values[v].unit) &&
		    spreads[v].n > TASK_RESAMPLES / 2 && !isnan(values[v].standard_error))
			values[v].standard_error =
				fmax(values[v].standard_error, sd_of(&spreads[v]));
	}
	if (err == CAMP_OK)
		task_selection_clear(&selection);
	resample_clear(&r);
	return err;
}
