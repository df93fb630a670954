/**
 * Training of a forecaster: linear baseline first, then the encoder on top of it, early
 * stopping on the validation participants.
 *
 * The same data, configuration and number of threads give the same bits, also when the
 * run was interrupted and resumed from its state file.
 */
#ifndef MODELS_TRAIN_FIT_H
#define MODELS_TRAIN_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/train/dataset.h"

struct fit_config {
	const char *encoder; /* "transformer" */
	int components;      /* 1, or 2: with the slow component */
	int width, layers, heads, ffn, taps;
	float dropout;
	float rate;    /* peak learning rate of AdamW */
	float decay;   /* decoupled weight decay */
	float beta;    /* of beta-NLL; 0: plain NLL. components 1 only */
	int batch;     /* windows a step */
	int64_t steps; /* of the encoder; the linear baseline has its own fixed schedule
			*/
	int patience;  /* validations without a gain before it stops early; 0: never */
	uint64_t seed;
	int threads;
	bool use_eeg;                 /* with tokens of EEG epochs */
	const char *continue_from;    /* model file to start from, or NULL */
	const struct dataset *replay; /* with it: old data that keeps its place in the
					 batches, or NULL */
};

/** The defaults for this data: sizes by the number of training trials. */
void fit_config_default(struct fit_config *c, const struct dataset *data);

struct fit_progress {
	const char *phase; /* "linear" or the encoder's name */
	int64_t step, steps;
	int epoch;      /* passes over the training windows, from 1 */
	double loss;    /* mean training loss since the last validation, nats a trial */
	bool validated; /* the figures of validation below are new */
	double nll_correct, nll_rt; /* on validation participants */
	double best;                /* lowest nll_correct + nll_rt so far */
	double trials_per_s, seconds_left;
};

/**
 * Called after every step, before a validation's state is written; false stops the run,
 * keeping its state file.
 */
typedef bool fit_report(void *arg, const struct fit_progress *progress);

struct fit_result {
	bool finished; /* false: stopped by the report */
	int64_t steps_done,
		best_step; /* best_step 0: the linear baseline was not beaten */
	double nll_correct, nll_rt, linear_nll_correct, linear_nll_rt; /* validation */
	size_t n_parameters;
};

/**
 * Trains and writes the model to `out_path`. state_path (NULL: none) is written at every
 * validation, read at the start when it belongs to the same configuration and data, and
 * removed at the end. Errors: INVALID (configuration or data, e.g. no training
 * participants), FAULT (files), MEMORY; why[] says.
 */
CAMP_MUST_CHECK enum camp_err
fit_run(const struct dataset *data, const struct fit_config *config, const char *out_path,
	const char *state_path, fit_report *report, void *arg, struct fit_result *result,
	char *why, size_t why_size);

#endif
