/** Confidence intervals. Pure. */
#ifndef MODELS_STATS_INTERVAL_H
#define MODELS_STATS_INTERVAL_H

struct stat_interval {
	double low, high; /* NAN when not defined */
};

/**
 * Student's interval of a mean from the sample's mean, sd (n - 1) and size:
 * mean +- qt((1 + level) / 2, n - 1) sd / sqrt(n). Not defined for n < 2, a negative or
 * undefined sd, or a level outside 0..1.
 */
struct stat_interval stat_mean_interval(double mean, double sd, int n, double level);

/**
 * Wilson's (1927) interval of a share p of n trials: where a test of the share by its own
 * spread would not refuse it. Unlike p +- z se it neither leaves 0..1 nor closes at its
 * ends. Not defined for n < 1.
 */
struct stat_interval stat_proportion_interval(double p, int n, double level);

#endif
