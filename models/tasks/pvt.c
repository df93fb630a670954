/*
 * Psychomotor vigilance, three minutes (Dinges & Powell 1985; Basner et al. 2011).
 *
 * A press before the stimulus is stored with a time of 0, so a false start is any time
 * below 100 ms. Speeds are of all other answers; a lapse is one of 355 ms or longer, the
 * bound of the short test, or none at all.
 */
#include <math.h>

#include "models/tasks/scorers.h"

#define FALSE_START_BELOW_MS 100.0
#define LAPSE_FROM_MS 355.0

struct pvt_counts {
	int trials, false_starts, lapses;
	size_t answers; /* times in s->x */
};

static bool
pvt_fits(const struct task_definition *def)
{
	return task_condition_named(def, "counter") >= 0;
}

static struct pvt_counts
pvt_count(const struct task_selection *s)
{
	struct pvt_counts c = {0};

	for (size_t i = 0; i < s->n; i++) {
		double rt_ms = s->trials[i].rt_ms;

		if (!(s->keep[i] & TASK_KEEP_ANSWER))
			continue;
		c.trials++;
		if (rt_ms < FALSE_START_BELOW_MS) {
			c.false_starts++;
			continue;
		}
		c.lapses += isnan(rt_ms) || rt_ms >= LAPSE_FROM_MS;
		if (!isnan(rt_ms)) {
			s->x[c.answers] = rt_ms;
			s->y[c.answers++] = 1000 / rt_ms;
		}
	}
	return c;
}

static void
pvt_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct pvt_counts c = pvt_count(s);

	out[0] = stat_mean_estimate(s->y, c.answers);
	out[2] = stat_mean_estimate(s->x, c.answers);
	out[1] = stat_median_estimate(s->x, c.answers);
	out[3] = stat_proportion(c.lapses, c.trials - c.false_starts);
	out[4] = stat_proportion(c.false_starts, c.trials);
}

const struct task_scorer pvt_scorer = {
	.task = "pvt",
	.version = 1,
	.n_values = 5,
	.values = {{"speed", "1/s"},
		   {"rt_median", "ms"},
		   {"rt_mean", "ms"},
		   {"lapse_rate", "proportion"},
		   {"false_start_rate", "proportion"}},
	.fits = pvt_fits,
	.compute = pvt_compute,
};
