/** A straight line through points, by ordinary least squares. Pure. */
#ifndef MODELS_STATS_LINE_H
#define MODELS_STATS_LINE_H

#include <stddef.h>

#include "models/stats/describe.h"

struct stat_line {
	struct stat_estimate slope, intercept;
	double residual_sd; /* with n - 2; NAN for n < 3 */
};

/**
 * Fits y = intercept + slope x over n points.
 *
 * Without two different x all is NAN; with two points the line is there and its standard
 * errors are NAN. Deviations are taken from the means, so that large y lose no digits.
 * Source: Draper & Smith (1998), Applied Regression Analysis, sections 1.2 to 1.4.
 */
struct stat_line stat_line_fit(const double *x, const double *y, size_t n);

/**
 * The same with standard errors that do not take every y for equally spread, nor for
 * normal: the sandwich estimator HC3, in which a residual counts over one less its
 * leverage. Source: MacKinnon & White (1985), J. Econometrics 29, 305-325.
 */
struct stat_line stat_line_fit_robust(const double *x, const double *y, size_t n);

/**
 * numerator / denominator of two independent estimates. Not defined unless the
 * denominator is above zero; standard error by the delta method. n is the sum.
 */
struct stat_estimate
stat_ratio(struct stat_estimate numerator, struct stat_estimate denominator);

/**
 * The same without the bias of dividing by an uncertain number, which is large when the
 * denominator is a few of its standard errors: numerator x R, where R = (1 - Phi(t)) /
 * (s phi(t)), t = denominator / s, has the expectation 1 / denominator for a normal
 * estimate of known standard error s (Voinov 1985, Sankhya B 47, 354-364). Not defined
 * unless the denominator is above zero; without s, the plain ratio.
 */
struct stat_estimate
stat_ratio_unbiased(struct stat_estimate numerator, struct stat_estimate denominator);

#endif
