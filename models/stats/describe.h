/**
 * Means, spreads and proportions of samples. Pure: no memory, no errors; what is not
 * defined is NAN.
 */
#ifndef MODELS_STATS_DESCRIBE_H
#define MODELS_STATS_DESCRIBE_H

#include <stddef.h>

/* The factor that makes the MAD of a normal sample estimate its sd: 1 / qnorm(3/4). */
#define STAT_MAD_SCALE 1.4826022185056018

/* A number, how far off it may be, and how many observations it rests on. */
struct stat_estimate {
	double value;
	double standard_error; /* NAN: not defined */
	int n;
};

/** Mean of x[0..n); NAN for n = 0. */
double stat_mean(const double *x, size_t n);

/** Variance with n - 1, in two passes with the rounding of the mean taken back; n >= 2.
 */
double stat_variance(const double *x, size_t n);

/** Mean with sd / sqrt(n) as its standard error. */
struct stat_estimate stat_mean_estimate(const double *x, size_t n);

/**
 * Coefficient of variation, sd / mean; n >= 2 and a mean above 0, else NAN.
 *
 * Standard error by the jackknife, with no shape of distribution assumed: its square is
 * (n - 1) / n times the sum of squared deviations of the n values that leave one number
 * out; n >= 4. (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 11;
 * the delta method is too small for skewed times.)
 */
struct stat_estimate stat_cv_estimate(const double *x, size_t n);

/**
 * b - a of two independent estimates; standard errors add in squares. For two means that
 * is Welch's, which does not take their variances for equal. n is the sum.
 */
struct stat_estimate stat_difference(struct stat_estimate b, struct stat_estimate a);

/**
 * Mean of n >= 1 independent estimates, each counting alike whatever it rests on; the
 * root of the sum of squared errors over n. NAN when one of them is.
 */
struct stat_estimate stat_average(const struct stat_estimate *e, int n);

/**
 * (b - a) / (b + a) of two independent estimates that are not negative; NAN when both are
 * 0. Standard error by the delta method: 2 sqrt(a^2 se_b^2 + b^2 se_a^2) / (a + b)^2.
 */
struct stat_estimate stat_contrast(struct stat_estimate b, struct stat_estimate a);

/** Median of x[0..n), which it reorders; the mean of the middle two for even n. */
double stat_median(double *x, size_t n);

/**
 * Median with McKean and Schrader's (1984) standard error: the distance between the order
 * statistics k and n + 1 - k over 2 z, k = (n + 1)/2 - z sqrt(n/4) rounded and at least
 * 1, z the normal quantile of 0.975. It takes no shape of distribution for granted. n >=
 * 2, else NAN. Reorders x.
 */
struct stat_estimate stat_median_estimate(double *x, size_t n);

/**
 * Median absolute deviation from `centre`, unscaled. Overwrites x with the deviations, in
 * any order.
 */
double stat_mad(double *x, size_t n, double centre);

/**
 * Share k / n. Its standard error is taken at (k + 1/2) / (n + 1), so that a share of 0
 * or 1 does not claim to be certain.
 */
struct stat_estimate stat_proportion(int k, int n);

#endif
