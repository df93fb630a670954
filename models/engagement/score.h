/**
 * The engagement score: E = 100 (1 - mean risk of a lapse over the last 20 trials), the
 * expected lapse-free trials per 100.
 *
 * A lapse is an error, an omission, or a response slower than the person's own causal
 * 90th percentile of condition-adjusted ln RT (which needs 20 earlier responses of the
 * sequence; before, slowness is no lapse). risk_t = 1 - p (1 - r_c P(RT above the
 * threshold)), r_c the response rate of correct trials in the condition.
 */
#ifndef MODELS_ENGAGEMENT_SCORE_H
#define MODELS_ENGAGEMENT_SCORE_H

#include <stdbool.h>

#include "models/engagement/forecaster.h"

#define ENGAGEMENT_WINDOW 20
#define ENGAGEMENT_LEVEL 0.90

struct engagement {
	bool defined; /* false ("n/a") before ENGAGEMENT_WINDOW trials; the rest is NAN
			 then */
	double value; /* 0..100 */
	/* 90 % beta-binomial interval of lapse-free trials among the next 20, per 100;
	 * its spread is the person's own so far, see lapse_correlation() */
	double low, high;
	int lapses; /* of the last 20 */
};

/** threshold_t [n]: ln RT above which trial t counts as slow, from trials before t;
 * INFINITY before 20 responses. See lapse.h. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
engagement_thresholds(const struct forecaster *f, const struct sequence *s,
		      float *threshold);
/** lapse [n], 1 or 0, of what happened. */
void engagement_lapses(const struct sequence *s, const float *threshold, bool *lapse);
/** The risk of one trial; response_rate is its condition's. */
float
engagement_risk(const struct forecast *forecast, float response_rate, float threshold);
/**
 * risk [n] from forecasts made before each trial. While a trial has no threshold, one
 * response in ten is taken for slow, which is what the threshold will mean: a score of
 * the first 20 trials is to forecast the next 20, which have one.
 */
void
engagement_risks(const struct forecaster *f, const struct sequence *s,
		 const struct forecast *forecasts, const float *threshold, float *risk);
/** The score after trial n - 1. */
void
engagement_score(int n, const float *risk, const bool *lapse, struct engagement *out);

#endif
