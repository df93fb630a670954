/**
 * Two simple forecasters that every model is compared with, fitted to the training
 * participants of a data set.
 *
 * Condition mean: each task x condition has one probability of being correct and one
 * normal of ln RT. Running mean: that, moved by the person's own earlier trials of the
 * sequence, shrunk towards no move.
 */
#ifndef MODELS_TRAIN_BASELINES_H
#define MODELS_TRAIN_BASELINES_H

#include <stdbool.h>

#include "base/errors.h"
#include "models/train/dataset.h"

struct forecast;

/* Of a task x condition, and in cell 0 of everything, which stands for conditions without
 * training trials. */
struct baseline_cell {
	double p;        /* (correct + BASELINE_PRIOR p of all) / (n + BASELINE_PRIOR) */
	double mean, sd; /* of ln RT */
	double running_sd;    /* of ln RT around the running mean */
	double response_rate; /* share of correct trials with a response */
	int64_t n, n_correct, n_responses;
};

#define BASELINE_PRIOR 2.0

struct baselines {
	int n_conditions; /* of the data set */
	struct baseline_cell *cells;
	/*
	 * After k trials with errors (or residuals) summing to e, where x were expected,
	 * the error rate is multiplied by (e + error_weight) / (x + error_weight), a
	 * gamma-Poisson posterior mean, and ln RT is moved by e / (k + rt_weight), a
	 * normal one. Both weights minimise the training loss over powers of two.
	 */
	double error_weight, rt_weight;
};

/**
 * Fits to the sequences of SPLIT_TRAIN. *out is to be cleared whatever is returned.
 * Errors: NOT_FOUND (no training trials, or fewer than two with a response), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
baselines_fit(struct baselines *out, const struct dataset *data);
void baselines_clear(struct baselines *b);

/** out [s->n], for a sequence of the same data set. */
void baselines_condition_mean(const struct baselines *b, const struct sequence *s,
			      struct forecast *out);
void baselines_running_mean(const struct baselines *b, const struct sequence *s,
			    struct forecast *out);

#endif
