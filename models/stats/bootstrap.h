/** Intervals by resampling. Pure. */
#ifndef MODELS_STATS_BOOTSTRAP_H
#define MODELS_STATS_BOOTSTRAP_H

#include <stdint.h>

#include "base/errors.h"
#include "models/stats/interval.h"

/* What one person adds to a mean over trials: the sum of values and their number. */
struct stat_cluster {
	double sum, n;
};

/**
 * 95 % percentile interval of sum / n over all clusters, resampling whole clusters: the
 * trials of a person are not independent. 2000 draws from a fixed seed, so that the same
 * data give the same interval. Not defined for fewer than two clusters. Errors: MEMORY.
 * Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 and 13.
 */
CAMP_MUST_CHECK enum camp_err
stat_bootstrap_clusters(const struct stat_cluster *clusters, uint32_t n,
			struct stat_interval *out);

#endif
