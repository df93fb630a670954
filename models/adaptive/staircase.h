/**
 * Staircases: the next level from the last answers alone.
 *
 * The state moves on a continuous scale; the caller shows the level next to it. "Up" in
 * "1-up/2-down" is towards easier, as of a contrast.
 *
 * Sources: Levitt (1971), JASA 49, 467-477; Kaernbach (1991), Perception & Psychophysics
 * 49, 227-229: weighted up-down; Garcia-Perez (1998), Vision Research 38, 1861-1881: the
 * ratio of steps with which a 1-up/n-down staircase converges where it should.
 */
#ifndef MODELS_ADAPTIVE_STAIRCASE_H
#define MODELS_ADAPTIVE_STAIRCASE_H

#include <stdbool.h>

#define STAIRCASE_DOWN_MAX 4

struct staircase {
	/* Fixed by staircase_init(). */
	double min, max;
	double harder;      /* 1 or -1: the direction of harder levels */
	double step, first; /* towards easier; `first` until the second reversal */
	double ratio;       /* step towards harder / step towards easier */
	int n_down;         /* correct answers in a row before a harder level */
	/* State. */
	double level;
	int run;       /* correct answers since the last change */
	int direction; /* of the last change: 1 harder, -1 easier, 0 none yet */
	int reversals, averaged;
	double reversal_sum, reversal_squares; /* of the levels of `averaged` reversals */
};

/** The step ratio of 1-up/n-down, n of 1 .. 4, and the share correct where it settles. */
double staircase_ratio(int n_down);
double staircase_target(int n_down);

/** The step ratio of the weighted up-down rule for a target share: (1 - p) / p. */
double staircase_weight(double target);

/** Puts it at a level, which is moved to the nearest bound when outside of them. */
void staircase_start(struct staircase *s, double level);

void staircase_outcome(struct staircase *s, bool correct);

/**
 * Mean of the levels at the reversals but for the first two (Levitt), and its standard
 * error as if they were independent, which they nearly are not; NAN before the fourth and
 * the fifth.
 */
double staircase_mean(const struct staircase *s);
double staircase_error(const struct staircase *s);

#endif
