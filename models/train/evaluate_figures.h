/** The figures of one forecaster from its forecasts of all trials of a split; inside
 * evaluate*.c only. */
#ifndef MODELS_TRAIN_EVALUATE_FIGURES_H
#define MODELS_TRAIN_EVALUATE_FIGURES_H

#include <stddef.h>

#include "models/engagement/forecaster.h"
#include "models/train/evaluate.h"

/* The trials to score, sequence by sequence; arrays of n. */
struct evaluation_trials {
	int n_sequences;
	const struct dataset_sequence **sequences;
	size_t *first; /* [n_sequences + 1] place of a sequence's first trial */
	size_t n;
	float *response_rate; /* of the trial's condition */
	float *threshold;
	bool *lapse;
};

void evaluation_trials_clear(struct evaluation_trials *trials);

/** Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
evaluation_figure(const struct evaluation_trials *trials,
		  const struct forecast *forecasts, struct evaluation_figures *out);

/** Blocks of next20_r in the trials. */
int64_t evaluation_blocks(const struct evaluation_trials *trials);

/** Of the first less the second, see struct evaluation_difference; forecasts [n]. Errors:
 * MEMORY. */
CAMP_MUST_CHECK enum camp_err
evaluation_compare(const struct evaluation_trials *trials, int n_participants,
		   const struct forecast *first, const struct forecast *second,
		   struct evaluation_difference *out);

#endif
