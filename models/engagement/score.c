#include "models/engagement/score.h"

#include <math.h>
#include <stdlib.h>

#include "models/engagement/lapse.h"

enum camp_err
engagement_thresholds(const struct forecaster *f, const struct sequence *s,
		      float *threshold)
{
	float *mean = calloc((size_t)s->n, sizeof(*mean));
	enum camp_err err;

	if (!mean)
		return CAMP_ERR_MEMORY;
	for (int t = 0; t < s->n; t++)
		mean[t] = forecaster_condition_mean(f, s->task, s->trials[t].condition);
	err = lapse_thresholds(s, mean, threshold);
	free(mean);
	return err;
}

void
engagement_lapses(const struct sequence *s, const float *threshold, bool *lapse)
{
	for (int t = 0; t < s->n; t++)
		lapse[t] = lapse_happened(&s->trials[t], threshold[t]);
}

float
engagement_risk(const struct forecast *forecast, float response_rate, float threshold)
{
	double exceeds = isinf(threshold) ? LAPSE_SLOW_SHARE
					  : forecast_exceeds(forecast, (double)threshold);

	return (float)lapse_risk((double)forecast->p, (double)response_rate, exceeds);
}

void
engagement_risks(const struct forecaster *f, const struct sequence *s,
		 const struct forecast *forecasts, const float *threshold, float *risk)
{
	for (int t = 0; t < s->n; t++)
		risk[t] =
			engagement_risk(&forecasts[t],
					forecaster_response_rate(f,
								 s->trials[t].condition),
					threshold[t]);
}

void
engagement_score(int n, const float *risk, const bool *lapse, struct engagement *out)
{
	struct lapse_interval interval;
	double sum = 0, free_rate, per_100 = 100.0 / ENGAGEMENT_WINDOW;

	*out = (struct engagement){false, NAN, NAN, NAN, 0};
	for (int t = n > ENGAGEMENT_WINDOW ? n - ENGAGEMENT_WINDOW : 0; t < n; t++) {
		sum += (double)risk[t];
		out->lapses += lapse[t];
	}
	if (n < ENGAGEMENT_WINDOW)
		return;
	free_rate = 1 - sum / ENGAGEMENT_WINDOW;
	interval =
		lapse_count_interval(ENGAGEMENT_WINDOW, free_rate,
				     lapse_correlation(n, ENGAGEMENT_WINDOW, risk, lapse),
				     ENGAGEMENT_LEVEL);
	out->defined = true;
	out->value = 100 * free_rate;
	out->low = per_100 * interval.low;
	out->high = per_100 * interval.high;
}
