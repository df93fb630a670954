/*
 * Digits in noise (Smits et al. 2013): the signal-to-noise ratio at which half the
 * triplets are understood.
 *
 * The speech reception threshold is the mean of the levels from the fifth trial on, with
 * the one that would follow the last answer. The levels of a staircase hang together, so
 * their sd over sqrt(n) is far too small an error: it would cover the truth in 75 of 100
 * sessions. Its error is taken from the posterior of the threshold over the same trials,
 * which uses them about as well (the mean is off by 0.68 dB sd in simulated people where
 * the posterior's mean is by 0.67 dB).
 *
 * Where the level never moved, its mean says what was set and not what was heard: then
 * there is no threshold, and the share of triplets is the score.
 */
#include <math.h>

#include "models/tasks/curve.h"
#include "models/tasks/scorers.h"

#define FIRST_AVERAGED 4 /* the fifth trial, counted from 0 without attention checks */

static bool
speech_fits(const struct task_definition *def)
{
	return def->adapts && task_condition_named(def, "triplet") >= 0;
}

/* The level that the rule would have given after a trial. */
static double
level_after(const struct adaptive_config *c, const struct trial *t)
{
	double step = t->correct ? c->ratio * c->step_easier : -c->step_easier;

	return fmin(fmax(t->difficulty + c->harder * step, c->min), c->max);
}

/* Mean level from the fifth trial on; without an error of its own. */
static struct stat_estimate
mean_level(const struct task_selection *s)
{
	const struct trial *last = NULL;
	size_t n = 0, number = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->trials[i].flags & TRIAL_CATCH)
			continue;
		if (number++ < FIRST_AVERAGED || !task_curve_counts(s, i))
			continue;
		last = &s->trials[i];
		s->x[n++] = last->difficulty;
	}
	if (!last)
		return (struct stat_estimate){NAN, NAN, 0};
	s->x[n++] = level_after(&s->def->adaptive, last);
	return (struct stat_estimate){stat_mean(s->x, n), NAN, (int)n};
}

static bool
level_moved(const struct task_selection *s)
{
	float first = NAN;

	for (size_t i = 0; i < s->n; i++) {
		if (!task_curve_counts(s, i))
			continue;
		if (isnan(first))
			first = s->trials[i].difficulty;
		else if (s->trials[i].difficulty != first)
			return true;
	}
	return false;
}

static void
speech_compute(const struct task_selection *s, struct stat_estimate *out)
{
	out[0] = out[1] = (struct stat_estimate){NAN, NAN, 0};
	if (level_moved(s)) {
		out[0] = mean_level(s);
		out[1] = task_curve_location(s);
		if (out[0].n > 0)
			out[0].standard_error = out[1].standard_error;
	}
	out[2] = task_accuracy_all(s);
}

const struct task_scorer speech_in_noise_scorer = {
	.task = "speech-in-noise",
	.version = 2,
	.n_values = 3,
	.values = {{"srt", "dB"}, {"threshold", "dB"}, {"accuracy", "proportion"}},
	.posteriors = {"srt", "threshold"},
	.fits = speech_fits,
	.compute = speech_compute,
};
