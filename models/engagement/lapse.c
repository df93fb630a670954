#include "models/engagement/lapse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ascending. */
struct pool {
	double *value;
	int n;
};

static void
pool_add(struct pool *p, double value)
{
	int low = 0, high = p->n;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (p->value[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(p->value + low + 1, p->value + low,
		(size_t)(p->n - low) * sizeof(*p->value));
	p->value[low] = value;
	p->n++;
}

static double
pool_quantile(const struct pool *p, double q)
{
	double place = (p->n - 1) * q, part;
	int below = (int)place;

	part = place - below;
	if (part <= 0)
		return p->value[below];
	return p->value[below] + part * (p->value[below + 1] - p->value[below]);
}

enum camp_err
lapse_thresholds(const struct sequence *s, const float *mean, float *threshold)
{
	/* Of conditions with a mean, and of those without. */
	struct pool pool[2] = {{0}, {0}};
	enum camp_err err = CAMP_ERR_MEMORY;

	pool[0].value = calloc((size_t)s->n, sizeof(double));
	pool[1].value = calloc((size_t)s->n, sizeof(double));
	if (!pool[0].value || !pool[1].value)
		goto out;
	for (int t = 0; t < s->n; t++) {
		struct pool *p = &pool[isnan(mean[t]) ? 1 : 0];
		double own = isnan(mean[t]) ? 0 : (double)mean[t];
		float rt_ms = s->trials[t].rt_ms;

		threshold[t] = INFINITY;
		if (p->n >= LAPSE_HISTORY)
			threshold[t] = (float)(own + pool_quantile(p, LAPSE_QUANTILE));
		if (!isnan(rt_ms))
			pool_add(p, log((double)rt_ms / 1000) - own);
	}
	err = CAMP_OK;
out:
	free(pool[0].value);
	free(pool[1].value);
	return err;
}

bool
lapse_happened(const struct sequence_trial *trial, float threshold)
{
	if (!trial->correct)
		return true;
	return !isnan(trial->rt_ms) &&
	       log((double)trial->rt_ms / 1000) > (double)threshold;
}

double
lapse_risk(double p, double response_rate, double exceeds)
{
	return 1 - p * (1 - response_rate * exceeds);
}

/* ln P(K = k) of the beta-binomial, or of the binomial for a correlation of 0. */
static double
log_share(int k, int n, double rate, double correlation)
{
	double choose = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
	double a, b;

	if (correlation <= 0)
		return choose + k * log(rate) + (n - k) * log1p(-rate);
	a = rate * (1 / correlation - 1);
	b = (1 - rate) * (1 / correlation - 1);
	return choose + lgamma(k + a) + lgamma(n - k + b) - lgamma(n + a + b) +
	       lgamma(a + b) - lgamma(a) - lgamma(b);
}

struct lapse_interval
lapse_count_interval(int trials, double rate, double correlation, double level)
{
	struct lapse_interval out = {trials, trials};
	double below = 0, tail = (1 - level) / 2;
	bool in = false;

	/* At the ends the distribution is one count, and its logarithms have no value. */
	rate = fmin(fmax(rate, 1e-6), 1 - 1e-6);
	for (int k = 0; k < trials; k++) {
		below += exp(log_share(k, trials, rate, correlation));
		if (!in && below > tail) {
			out.low = k;
			in = true;
		}
		if (below >= 1 - tail) {
			out.high = k;
			return out;
		}
	}
	return out;
}

double
lapse_correlation(int n, int window, const float *risk, const bool *lapse)
{
	double variance = LAPSE_PRIOR_WINDOWS * LAPSE_PRIOR_VARIANCE;
	double squares = variance * (1 + (window - 1) * LAPSE_PRIOR_CORRELATION);

	/* The first window has no threshold yet, and so no slow responses to forecast. */
	for (int end = n; end >= 3 * window; end -= window) {
		double expected = 0;
		int count = 0;

		for (int t = end - window; t < end; t++) {
			count += lapse[t];
			expected += (double)risk[t - window];
		}
		squares += (count - expected) * (count - expected);
		variance += expected * (1 - expected / window);
	}
	return fmin(fmax((squares / variance - 1) / (window - 1), 0), 0.5);
}
