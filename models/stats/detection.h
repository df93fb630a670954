/** Signal detection theory: telling presence from absence. Pure. */
#ifndef MODELS_STATS_DETECTION_H
#define MODELS_STATS_DETECTION_H

#include "models/stats/describe.h"

struct stat_detection {
	struct stat_estimate d_prime; /* z(H) - z(F) */
	struct stat_estimate
		criterion; /* -(z(H) + z(F)) / 2; above 0: says no too often */
};

/**
 * From hits of `signals` trials with a signal and false alarms of `noises` without.
 *
 * H = (hits + 1/2) / (signals + 1) and F alike, the log-linear correction of Hautus
 * (1995), applied always, not only at 0 and 1. Standard errors by the delta method,
 * Gourevitch & Galanter (1967), at the rates (hits + 1) / (signals + 2) and so on, with
 * which intervals of 40 to 500 trials cover 94 to 97 %; at the corrected rates they are
 * too wide where errors are few. NAN without trials of either kind.
 */
struct stat_detection stat_detection(int hits, int signals, int false_alarms, int noises);

#endif
