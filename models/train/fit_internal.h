/** What the parts of training share: fit.c runs it, fit_state.c keeps it, fit_start.c
 * begins it. */
#ifndef MODELS_TRAIN_FIT_INTERNAL_H
#define MODELS_TRAIN_FIT_INTERNAL_H

#include "models/engagement/model.h"
#include "models/nn/arena.h"
#include "models/train/fit.h"
#include "models/train/fit_data.h"
#include "models/train/fit_pass.h"

enum { PHASE_LINEAR, PHASE_ENCODER, PHASES };

/* One optimisation: the linear baseline, or the encoder with its heads. */
struct fit_phase {
	const struct nn_plan *plan;
	int64_t steps, warmup, validate_every;
	float rate;
	int patience;
	/* Parameters, moments, their moving average, and the average that validated best.
	 */
	struct nn_arena theta, first, second, average, best;
	/* What the older model had, NAN for what is new; only with replay. */
	struct nn_arena start;
	int64_t step, best_step;
	int stalled;                           /* validations since the best */
	double best_loss, nll_correct, nll_rt; /* of the best, on validation people */
	bool done;
};

struct fit_sampler {
	int *order; /* [n_windows] of the epoch */
	int64_t epoch;
};

struct fit {
	const struct fit_config *config;
	const struct dataset *data;
	struct model model;
	struct fit_data sets[2]; /* the data, and what is replayed */
	int n_sets;
	struct fit_sampler samplers[2];
	struct fit_passes passes;
	struct fit_phase phases[PHASES];
	struct nn_arena gradient;
	const struct fit_data **batch_data; /* [batch] */
	int *batch_window;                  /* [batch] */
	char identity[512]; /* configuration and data: what a state file belongs to */
	fit_report *report;
	void *arg;
	double started_s, loss_sum;
	int64_t loss_steps, trials;
	char *why;
	size_t why_size;
};

/** The model with its vocabulary and first values, from config->continue_from if there is
 * one. */
CAMP_MUST_CHECK enum camp_err fit_start(struct fit *f);

/** Errors: FAULT, MEMORY, with why. */
CAMP_MUST_CHECK enum camp_err fit_state_write(const struct fit *f, const char *path);
/** Nothing is read (CAMP_OK) when there is no file or it belongs to something else. */
CAMP_MUST_CHECK enum camp_err fit_state_read(struct fit *f, const char *path);

/* What the epochs are worth to validation people who have EEG: nats a trial that the
 * fused forecast saves against behaviour alone, with its 95 % interval. */
struct fit_eeg_gain {
	int people;
	double gain, low, high; /* low, high: NAN with fewer than two people */
};

/** With the weights that are kept. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err fit_eeg_gain(struct fit *f, struct fit_eeg_gain *out);

#endif
