/**
 * A sequence as token rows: a row a trial and, with EEG, a row an epoch before the first
 * trial that may see it. Row order is the order in time, so that a causal encoder sees
 * what it may. A window is a slice of the rows.
 */
#ifndef MODELS_ENGAGEMENT_ROWS_H
#define MODELS_ENGAGEMENT_ROWS_H

#include "base/errors.h"
#include "models/engagement/sequence.h"
#include "models/engagement/tokens.h"

#define ROWS_EPOCHS_PER_TRIAL \
	2 /* the latest; earlier ones between two trials are left out */
#define ROWS_WINDOW_MAX ((1 + ROWS_EPOCHS_PER_TRIAL) * SEQUENCE_WINDOW)
/* Each region's bands against their mean so far, and whether the region is there. */
#define EPOCH_FEATURES (EEG_REGIONS * (EEG_BANDS + 1))

/* What training leaves out at random, and comparisons on purpose. */
struct rows_mask {
	bool conditions; /* all are unknown */
	bool task;       /* with it: the task too */
	bool epochs;     /* behaviour alone */
	bool behaviour;  /* EEG alone: nothing of the trials before */
};

struct token_rows {
	int n, cap;
	int n_trials, cap_trials;
	float *features;         /* [n][TOKEN_FEATURES]; zero for epochs */
	float *epoch;            /* [n][EPOCH_FEATURES]; zero for trials */
	struct token_base *base; /* [n] */
	int *trial;     /* [n] number in the sequence; for an epoch: the trial after it */
	int *task;      /* [n] embeddings, -1: adds nothing */
	int *condition; /* [n] -1: an epoch */
	int *previous;  /* [n] */
	int *blind;     /* [n] 0: a trial that no epoch came before; else -1 */
	float *correct, *y; /* [n] outcomes, for losses: 1, 0, NAN; ln RT, NAN */
	int *start;         /* [n_trials] first row of a trial: its epochs, then itself */
	struct token_sums *sums; /* of conditions */
	int cap_sums;
};

/** The rows of trials 0 .. n_trials - 1. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
token_rows_fill(struct token_rows *rows, const struct vocabulary *vocabulary,
		const struct sequence *s, int n_trials, struct rows_mask mask);
void token_rows_clear(struct token_rows *rows);

/**
 * Features of one epoch against the running mean of the epochs before, which it then
 * joins; sum [EEG_REGIONS][EEG_BANDS + 1], the last column the number.
 */
void epoch_features(const struct sequence_epoch *epoch, double *sum,
		    float features[EPOCH_FEATURES]);

#endif
