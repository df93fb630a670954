/**
 * How good forecasts were: pure functions of arrays. What is not defined (no trials, one
 * class only, no spread) is NAN; nothing allocates. Where a function says that it sorts,
 * the array's order is lost.
 */
#ifndef MODELS_TRAIN_METRICS_H
#define MODELS_TRAIN_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "models/engagement/forecaster.h"

#define METRIC_ECE_BINS 10
#define METRIC_COVERAGE 0.90
/* A probability of 0 or 1, which float32 rounds to, would cost infinitely much once. */
#define METRIC_P_MIN 1e-7

/* A forecast probability and what happened. */
struct metric_pair {
	double p;
	bool happened;
};

/**
 * Area under the ROC curve: the share of pairs of one that happened and one that did not
 * in which the first has the higher p, equal ones counting half. By ranks, ties averaged;
 * sorts. Source: Hanley & McNeil (1982), Radiology 143, 29.
 */
double metric_auc(struct metric_pair *pairs, size_t n);
/** Mean of -ln p of what happened, p kept within METRIC_P_MIN of 0 and 1. */
double metric_log_loss(const struct metric_pair *pairs, size_t n);
/** Mean of (p - happened)^2. Source: Brier (1950), Mon. Weather Rev. 78, 1. */
double metric_brier(const struct metric_pair *pairs, size_t n);
/**
 * Expected calibration error: over METRIC_ECE_BINS bins of equal width, [k/10, (k+1)/10),
 * the last closed, the mean of |mean p - share that happened| weighted by the bin's size.
 * Source: Naeini, Cooper & Hauskrecht (2015), AAAI.
 */
double metric_ece(const struct metric_pair *pairs, size_t n);

/* y is ln(RT in seconds), the forecast's distribution the mixture of its two normals. */

/** -ln density at y, summed in logs, so that far tails keep their value. */
double metric_rt_nll(const struct forecast *f, double y);
/** P(Y <= y): the probability integral transform. */
double metric_rt_cdf(const struct forecast *f, double y);
/**
 * Continuous ranked probability score, in the units of y: sum_i w_i A(y - m_i, s_i^2) -
 * 1/2 sum_ij w_i w_j A(m_i - m_j, s_i^2 + s_j^2), A(m, v) = 2 sqrt(v) phi(m / sqrt(v)) +
 * m (2 Phi(m / sqrt(v)) - 1). Source: Grimit et al. (2006), QJRMS 132, 2925, eq. 5; with
 * one normal it is Gneiting et al. (2005), Mon. Weather Rev. 133, 1098, eq. 5.
 */
double metric_rt_crps(const struct forecast *f, double y);

/**
 * Share of outcomes in the central METRIC_COVERAGE interval: as the distribution function
 * rises strictly, y lies between its quantiles .05 and .95 when its transform does.
 */
double metric_coverage(const double *pit, size_t n);
/**
 * Kolmogorov's distance of the transforms from the uniform distribution, sup |F_n(u) -
 * u|; sorts. Source: Gneiting, Balabdaoui & Raftery (2007), JRSS B 69, 243 (PIT).
 */
double metric_ks_uniform(double *pit, size_t n);

/** 1 - sum (y - m)^2 / sum (y - mean y)^2. */
double metric_r2(const double *y, const double *m, size_t n);
/** sqrt(mean (y - m)^2). */
double metric_rmse(const double *y, const double *m, size_t n);
/** Pearson's correlation. */
double metric_correlation(const double *x, const double *y, size_t n);

#endif
