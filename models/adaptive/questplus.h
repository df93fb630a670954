/**
 * QUEST+: the posterior of a psychometric function over a grid, and the levels that tell
 * most about it or that are answered correctly at a given rate.
 *
 *     P(correct | x) = guess + (1 - guess - lapse) F(slope (location - x) harder)
 *     logistic F(z) = 1 / (1 + e^-z)      Weibull F(z) = 1 - exp(-e^z)
 *
 * x is a level; `harder` is 1 when greater levels are harder, else -1. At the location F
 * is 1/2 (logistic) or 1 - 1/e (Weibull). With x in dB of 20 log10, Watson's Weibull
 * slope is ours times 20 / ln 10.
 *
 * The most informative level is that of the least expected entropy of the posterior. As
 * H(parameters | answer) = H(parameters) - I and I = H(answer) - H(answer | parameters),
 * it is found as the greatest I from two weighted sums per level, without making a
 * posterior for each answer.
 *
 * Sources: Watson (2017), Journal of Vision 17(3):10; Kontsevich & Tyler (1999), Vision
 * Research 39, 2729-2737.
 *
 * Memory: the caller's block; tables of levels x points doubles, twice.
 */
#ifndef MODELS_ADAPTIVE_QUESTPLUS_H
#define MODELS_ADAPTIVE_QUESTPLUS_H

#include <stdbool.h>
#include <stddef.h>

#include "models/adaptive/config.h"

/* One axis of the grid. */
struct questplus_axis {
	int n;
	double *value;
};

struct questplus {
	int n_levels, n_points;
	double harder;
	bool weibull;
	const double *levels;                                /* borrowed */
	struct questplus_axis location, slope, guess, lapse; /* the last runs fastest */
	double *correct; /* [n_levels][n_points]: P(correct) */
	double *entropy; /* [n_levels][n_points]: entropy of the answer, nats */
	double *weight;  /* [n_points]: the posterior, sum 1 */
};

/** What is known of one parameter. */
struct questplus_value {
	double mean, sd;
};

/** Doubles needed for a checked configuration. */
size_t questplus_doubles(const struct adaptive_config *config);

/** Fills the tables; `memory` and `levels` stay in use. */
void questplus_init(struct questplus *q, const struct adaptive_config *config,
		    const double *levels, double *memory);

/**
 * The prior: location and slope normal at the points of the grid, or flat where sd is 0;
 * guess and lapse flat.
 */
void questplus_start(struct questplus *q, struct questplus_value location,
		     struct questplus_value slope);

/** Bayes' rule for an answer at a level. */
void questplus_outcome(struct questplus *q, int level, bool correct);

/** The level of the least expected entropy; the first among equals. */
int questplus_most_informative(const struct questplus *q);

/** The mean over the posterior of P(correct) at a level. */
double questplus_expected(const struct questplus *q, int level);

/**
 * The level at which the expected share correct is `share`: of the two levels about it
 * one, the harder when u, in [0, 1), is below what makes `share` the mean of the two.
 */
int questplus_level_for(const struct questplus *q, double share, double u);

struct questplus_value questplus_location(const struct questplus *q);
struct questplus_value questplus_slope(const struct questplus *q);
double questplus_guess(const struct questplus *q);
double questplus_lapse(const struct questplus *q);

/**
 * Mean and sd over the posterior of the difficulty answered correctly at the rate
 * `share`. Where guesses and lapses put `share` out of reach, F is taken as 0.01 or 0.99.
 */
struct questplus_value questplus_threshold(const struct questplus *q, double share);

#endif
