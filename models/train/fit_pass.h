/**
 * Passes over windows for training: the gradient of a batch and the losses on validation
 * people, shared among a crew.
 */
#ifndef MODELS_TRAIN_FIT_PASS_H
#define MODELS_TRAIN_FIT_PASS_H

#include "models/engagement/model.h"
#include "models/train/crew.h"
#include "models/train/fit_data.h"

struct fit_worker;

struct fit_passes {
	const struct model *model;
	struct crew *crew;
	struct fit_worker *workers;     /* [crew_size] */
	struct heads_loss *of_sequence; /* [the most validation sequences] */
	int cap_sequences;
};

CAMP_MUST_CHECK enum camp_err
fit_passes_init(struct fit_passes *p, const struct model *m, int threads);
void fit_passes_clear(struct fit_passes *p);

struct fit_batch {
	bool linear;                        /* the baseline; else the encoder */
	const float *theta;                 /* of the model's plan, or the baseline's */
	int n;                              /* windows */
	const struct fit_data *const *data; /* [n] where each comes from */
	const int *window;                  /* [n] its number there */
	uint64_t seed; /* dropout and masks: window i of step t has stream (seed, t, i) */
	int64_t step;
	float beta;
	bool eeg;
};

/** gradient: overwritten, of the mean loss over outcomes. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
fit_gradient(struct fit_passes *p, const struct fit_batch *b, float *gradient,
	     struct heads_loss *loss);

/** Losses over the validation sequences, every trial once, as forecast_run() sees it. */
CAMP_MUST_CHECK enum camp_err
fit_validate(struct fit_passes *p, const struct fit_data *data, bool linear,
	     const float *theta, bool eeg, struct heads_loss *loss);

#endif
