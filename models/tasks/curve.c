#include "models/tasks/curve.h"

#include <math.h>

bool
task_curve_counts(const struct task_selection *s, size_t i)
{
	return (s->keep[i] & TASK_KEEP_ANSWER) && !isnan(s->trials[i].difficulty);
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

		if (!task_curve_counts(s, i))
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

struct stat_estimate
task_curve_location(const struct task_selection *s)
{
	const struct adaptive_config *c = &s->def->adaptive;
	double greatest = -INFINITY, sum = 0, first = 0, second = 0, mean;
	int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += task_curve_counts(s, i);
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
