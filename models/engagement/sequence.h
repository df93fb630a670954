/**
 * What the attention model sees: one participant x session x task in the order of trials.
 *
 * Tasks and conditions are indices into a model's vocabulary (forecaster_task(),
 * forecaster_condition()); 0 is the learned "unknown" of each.
 */
#ifndef MODELS_ENGAGEMENT_SEQUENCE_H
#define MODELS_ENGAGEMENT_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/eeg.h" /* EEG_BANDS: delta, theta, alpha, beta, gamma */

#define SEQUENCE_PARAMETERS 4 /* set size, load, SOA in ms, difficulty */
#define SEQUENCE_WINDOW 128   /* trials that a forecast may look at, itself included */
#define SEQUENCE_STRIDE 64

#define EEG_REGIONS 4 /* frontal, temporal, central, posterior: see models/signal */

struct sequence_trial {
	int condition;
	bool correct;
	float rt_ms;                           /* NAN: no response */
	double onset_ms;                       /* on the session's clock; NAN: unknown */
	float parameters[SEQUENCE_PARAMETERS]; /* NAN: none */
};

/* One epoch of EEG, mean over the channels of each region. */
struct sequence_epoch {
	int before_trial; /* the first trial that starts after the epoch's end: it and
			     later ones may see the epoch; ascending */
	float log_power[EEG_REGIONS][EEG_BANDS]; /* log10 uV^2; NAN: no usable channel */
};

struct sequence {
	int task;
	int n; /* >= 1 */
	const struct sequence_trial *trials;
	int n_epochs; /* 0: behaviour alone */
	const struct sequence_epoch *epochs;
};

#endif
