/**
 * Successive halving (Jamieson & Talwalkar 2016): many configurations are trained for a
 * few steps, the better third of them for three times as many, and so on, so that most of
 * the time goes to those that deserve it.
 *
 * Pure functions of their arguments: who trains and who remembers is the caller's affair.
 */
#ifndef MODELS_TRAIN_HALVING_H
#define MODELS_TRAIN_HALVING_H

#include <stdint.h>

#include "base/errors.h"
#include "models/train/fit.h"

#define HALVING_FACTOR 3
#define HALVING_RUNGS 3 /* at most */

struct halving_candidate {
	float rate, dropout;
	int width, layers;
};

/**
 * The n candidates of a seed: the first is what `base` says, so that a search never ends
 * below it by bad luck; the others are drawn: rate log-uniform in 0.0004..0.008, width of
 * 32..128 in multiples of heads, 1 to 4 layers, dropout 0 to .3. Candidate i does not
 * depend on n.
 */
void halving_candidates(struct halving_candidate *out, int n,
			const struct fit_config *base, uint64_t seed);

/** Rungs for n candidates: as many as leave at least two to compare below the last. */
int halving_rungs(int n);
/** Candidates of a rung, counted from 0. */
int halving_count(int n, int rung);
/** Steps of each training in a rung; the last has all. At least 1. */
int64_t halving_steps(int64_t steps, int rungs, int rung);

/**
 * Orders candidates by loss, least first: order[n] on entry holds their numbers; loss is
 * indexed by number. NAN comes last; equals stay by number.
 */
void halving_sort(int *order, int n, const double *loss);

#endif
