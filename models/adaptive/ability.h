/**
 * Ability of a person on items of known difficulty, by the two-parameter logistic model:
 *
 *     P(correct | theta) = 1 / (1 + e^(-a (theta - b)))
 *
 * for tasks whose levels are few and far apart, as the lengths of a span are. The
 * estimate is the mean of the posterior over a grid (EAP), the most informative item that
 * of the greatest Fisher information a^2 P (1 - P) at the estimate.
 *
 * Sources: Birnbaum (1968), in Lord & Novick, Statistical Theories of Mental Test Scores;
 * Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444 (EAP).
 */
#ifndef MODELS_ADAPTIVE_ABILITY_H
#define MODELS_ADAPTIVE_ABILITY_H

#include <stdbool.h>
#include <stddef.h>

/* theta, b in the same unit; a per that unit. Larger b is harder. */
struct ability_item {
	double a, b;
};

struct ability {
	int n_items, n_points;
	const struct ability_item *items; /* borrowed */
	double *theta;                    /* [n_points], equally spaced */
	double *weight;                   /* [n_points], sum 1 */
};

/** Doubles needed for a grid of n points. */
size_t ability_doubles(int n_points);

/** A grid of points from min to max; `items` and `memory` stay in use. */
void ability_init(struct ability *y, const struct ability_item *items, int n_items,
		  double min, double max, int n_points, double *memory);

/** A normal prior, or a flat one where sd is 0. */
void ability_start(struct ability *y, double mean, double sd);

void ability_outcome(struct ability *y, int item, bool correct);

/** Mean and sd of the posterior. */
double ability_mean(const struct ability *y);
double ability_sd(const struct ability *y);

/** The item of the greatest information at the estimate; the first among equals. */
int ability_most_informative(const struct ability *y);

/** The mean over the posterior of P(correct). */
double ability_expected(const struct ability *y, int item);

/**
 * The item whose expected share correct is `share`, among items of which each is expected
 * to be harder than the one before: of the two about it one, the harder when u, in [0,
 * 1), is below what makes `share` the mean of the two.
 */
int ability_item_for(const struct ability *y, double share, double u);

#endif
