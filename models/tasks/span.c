#include "models/tasks/span.h"

#include <math.h>

/* The grid of the posterior: from 0 to some lengths beyond the longest. */
#define STEPS_PER_ITEM 8
#define BEYOND 3
#define POINTS_MAX 1024

/* ln P(right) of a sequence, or of a wrong one. */
static double
log_likelihood(double slope, double length, double span, bool right)
{
	double z = slope * (span - length);

	return -log1p(exp(right ? -z : z));
}

static struct stat_estimate
posterior(const struct task_selection *s, int condition)
{
	const struct adaptive_config *c = &s->def->adaptive;
	int points = (int)((c->max + BEYOND) * STEPS_PER_ITEM) + 1, n = 0;
	double ln[POINTS_MAX] = {0}, most = -INFINITY, sum = 0, mean = 0, square = 0;

	if (points > POINTS_MAX)
		points = POINTS_MAX;
	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];

		if (t->condition != condition || !(s->keep[i] & TASK_KEEP_ANSWER) ||
		    isnan(t->difficulty))
			continue;
		n++;
		for (int k = 0; k < points; k++)
			ln[k] += log_likelihood(c->slope_min, t->difficulty,
						(double)k / STEPS_PER_ITEM, t->correct);
	}
	if (n == 0)
		return (struct stat_estimate){NAN, NAN, 0};
	for (int k = 0; k < points; k++)
		most = fmax(most, ln[k]);
	for (int k = 0; k < points; k++) {
		double weight = exp(ln[k] - most), x = (double)k / STEPS_PER_ITEM;

		sum += weight;
		mean += weight * x;
		square += weight * x * x;
	}
	mean /= sum;
	return (struct stat_estimate){mean, sqrt(square / sum - mean * mean), n};
}

struct task_span
task_span(const struct task_selection *s, int condition)
{
	struct task_span out = {posterior(s, condition), {0, NAN, 0}, {0, NAN, 0}};

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];

		if (t->condition != condition || !(s->keep[i] & TASK_KEEP_ANSWER) ||
		    isnan(t->difficulty))
			continue;
		out.longest.n = ++out.correct.n;
		if (!t->correct)
			continue;
		out.correct.value++;
		out.longest.value = fmax(out.longest.value, t->difficulty);
	}
	if (out.correct.n == 0)
		out.correct.value = out.longest.value = NAN;
	return out;
}
