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
 * The posterior is that of the definition's adaptive difficulty, from a newcomer's prior:
 * a logistic curve of unknown location and slope with a fixed guess and lapse rate.
 */
#include <math.h>

#include "models/tasks/scorers.h"

#define FIRST_AVERAGED 4 /* the fifth trial, counted from 0 without attention checks */

static bool
speech_fits(const struct task_definition *def)
{
	return def->adapts && task_condition_named(def, "triplet") >= 0;
}

static bool
counts(const struct task_selection *s, size_t i)
{
	return (s->keep[i] & TASK_KEEP_ANSWER) && !isnan(s->trials[i].difficulty);
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
		if (number++ < FIRST_AVERAGED || !counts(s, i))
			continue;
		last = &s->trials[i];
		s->x[n++] = last->difficulty;
	}
	if (!last)
		return (struct stat_estimate){NAN, NAN, 0};
	s->x[n++] = level_after(&s->def->adaptive, last);
	return (struct stat_estimate){stat_mean(s->x, n), NAN, (int)n};
}

/* The logarithm of prior times likelihood, but for a constant. */
static double
log_weight(const struct task_selection *s, double location, double slope)
{
	const struct adaptive_config *c = &s->def->adaptive;
	double z = c->prior_sd > 0 ? (location - c->prior_mean) / c->prior_sd : 0;
	double sum = -z * z / 2;

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];
		double p;

		if (!counts(s, i))
			continue;
		p = 1 / (1 + exp(slope * c->harder * (t->difficulty - location)));
		p = c->guess_min + (1 - c->guess_min - c->lapse_min) * p;
		sum += log(fmax(t->correct ? p : 1 - p, 1e-9));
	}
	return sum;
}

static double
location_at(const struct adaptive_config *c, int i)
{
	return c->location_min +
	       i * (c->location_max - c->location_min) / (c->location_points - 1);
}

static double
slope_at(const struct adaptive_config *c, int i)
{
	return c->slope_points < 2 ? c->slope_min
				   : c->slope_min * pow(c->slope_max / c->slope_min,
							i / (c->slope_points - 1));
}

/* Mean and sd of the location. */
static struct stat_estimate
posterior(const struct task_selection *s)
{
	const struct adaptive_config *c = &s->def->adaptive;
	double greatest = -INFINITY, sum = 0, first = 0, second = 0, mean;
	int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += counts(s, i);
	if (n == 0)
		return (struct stat_estimate){NAN, NAN, 0};
	for (int i = 0; i < c->location_points; i++)
		for (int j = 0; j < c->slope_points; j++)
			greatest = fmax(greatest,
					log_weight(s, location_at(c, i), slope_at(c, j)));
	for (int i = 0; i < c->location_points; i++) {
		double x = location_at(c, i);

		for (int j = 0; j < c->slope_points; j++) {
			double w = exp(log_weight(s, x, slope_at(c, j)) - greatest);

			sum += w;
			first += w * x;
			second += w * x * x;
		}
	}
	mean = first / sum;
	return (struct stat_estimate){mean, sqrt(fmax(second / sum - mean * mean, 0)), n};
}

static void
speech_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_estimate threshold = posterior(s), srt = mean_level(s);

	if (srt.n > 0)
		srt.standard_error = threshold.standard_error;
	out[0] = srt;
	out[1] = threshold;
	out[2] = task_accuracy_all(s);
}

const struct task_scorer speech_in_noise_scorer = {
	.task = "speech-in-noise",
	.version = 1,
	.n_values = 3,
	.values = {{"srt", "dB"}, {"threshold", "dB"}, {"accuracy", "proportion"}},
	.fits = speech_fits,
	.compute = speech_compute,
};
