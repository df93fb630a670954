/**
 * Summaries of EEG as they travel between the HTTP body, the database and the models: one
 * recording a session (how it was measured) and its epochs (band power per channel).
 */
#ifndef BASE_EEG_H
#define BASE_EEG_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define EEG_BANDS 5

/* Limits of what a client may send; openapi.yaml states the same numbers. */
#define EEG_CHANNELS_MAX 64
#define EEG_EPOCHS_PER_REQUEST_MAX 256
#define EEG_SEQ_MAX 9999         /* largest seq of a session */
#define EEG_T_MS_MAX 86400000.0  /* a day on the session's clock */
#define EEG_LOG_POWER_MIN (-6.0) /* log10 uV^2 */
#define EEG_LOG_POWER_MAX 9.0
#define EEG_RATE_HZ_MAX 100000.0
#define EEG_WINDOW_S_MAX 60.0
#define EEG_LABEL_BYTES_MAX 64 /* device, reference */

enum eeg_band { EEG_DELTA, EEG_THETA, EEG_ALPHA, EEG_BETA, EEG_GAMMA };

/* Names of the bands in that order, and their limits in Hz. */
struct eeg_band_range {
	const char *name;
	double from_hz, to_hz;
};

extern const struct eeg_band_range eeg_bands[EEG_BANDS];

/* How a session was recorded. Texts are borrowed. */
struct eeg_setup {
	const char *device;
	const char *reference;   /* NULL: not known */
	double sampling_rate_hz; /* NAN: not known */
	double window_s;         /* length of an epoch */
	double step_s;           /* from one epoch's start to the next; NAN: irregular */
	int n_channels;
	const char *channels[EEG_CHANNELS_MAX]; /* places of the 10-10 system */
};

/* A figure of one epoch over its usable channels. NAN where it is not defined. */
struct eeg_figure {
	double value, standard_error;
	int n; /* channels (of an epoch) or epochs (of a session) it rests on */
};

struct eeg_epoch {
	int32_t seq; /* place in the session, from 0 */
	double t_ms; /* start, on the session's clock; it ends window_s later */
	/* [EEG_BANDS][n_channels] log10 uV^2; NAN: not measured. Borrowed. */
	const float *log_power;
	const float *quality; /* [n_channels] 0 (useless) .. 1; NULL: not judged */
	struct eeg_figure engagement; /* beta / (alpha + theta) */
	struct eeg_figure theta_beta; /* theta / beta */
};

/* What became of an upload. Their sum is the number of epochs sent. */
struct eeg_counts {
	int32_t stored, repeated, conflicting;
};

#endif
