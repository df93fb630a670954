/**
 * Lapses and their risk, on plain arrays: what the engagement score (score.h) is made of,
 * without a model.
 */
#ifndef MODELS_ENGAGEMENT_LAPSE_H
#define MODELS_ENGAGEMENT_LAPSE_H

#include <stdbool.h>

#include "base/errors.h"
#include "models/engagement/sequence.h"

#define LAPSE_HISTORY 20   /* earlier responses that a threshold needs */
#define LAPSE_QUANTILE 0.9 /* above which a response is slow */
/* What a threshold means for a person of whom none is known yet. */
#define LAPSE_SLOW_SHARE 0.1

/**
 * threshold [n]: ln RT in seconds above which trial t is slow, made of trials before t:
 * the LAPSE_QUANTILE of y - mean of the earlier responses, plus trial t's own mean;
 * INFINITY before LAPSE_HISTORY responses. Quantile: linear interpolation at (m - 1) q of
 * the sorted (Hyndman & Fan (1996), type 7).
 *
 * mean [n] is what the trial's condition takes on average. Where it is NAN (the condition
 * was never seen) the response is compared with the earlier ones of such conditions
 * alone, unadjusted. Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
lapse_thresholds(const struct sequence *s, const float *mean, float *threshold);

/**
 * An error, or slower than the threshold. A correct trial without a response (a go/no-go
 * task's) is no lapse, as correctness judges it.
 */
bool lapse_happened(const struct sequence_trial *trial, float threshold);

/** 1 - p (1 - r q): p of being correct, r the share of correct trials with a response, q
 * of exceeding the threshold. */
double lapse_risk(double p, double response_rate, double exceeds);

struct lapse_interval {
	int low, high; /* lapse-free trials among the next `trials` */
};

/**
 * Central interval of a beta-binomial count: the smallest k with P(K <= k) > (1 - level)
 * / 2, and with P(K <= k) >= (1 + level) / 2. rate is the mean, 0..1; correlation the
 * intra-class correlation 1 / (a + b + 1), 0..1 exclusive, 0 being the binomial. Source:
 * Skellam (1948), JRSS B 10, 257.
 */
struct lapse_interval
lapse_count_interval(int trials, double rate, double correlation, double level);

/**
 * Intra-class correlation of lapses within a window around their forecast, from the
 * person's own earlier windows: the squared error of each window's count, as forecast by
 * the risk of the window before, over its binomial variance is 1 + (window - 1)
 * correlation on average. Sums are taken over windows before dividing, as windows of
 * little risk would else decide, and begin with LAPSE_PRIOR_WINDOWS windows of
 * LAPSE_PRIOR_VARIANCE whose correlation is LAPSE_PRIOR_CORRELATION. 0..0.5. Windows end
 * at n, n - window, ...; risk, lapse [n].
 */
#define LAPSE_PRIOR_CORRELATION 0.03
#define LAPSE_PRIOR_WINDOWS 8
#define LAPSE_PRIOR_VARIANCE 1.8 /* of 20 trials at a risk of 0.1 */
double lapse_correlation(int n, int window, const float *risk, const bool *lapse);

#endif
