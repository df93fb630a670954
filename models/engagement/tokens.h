/**
 * Trials as numbers: what is known before trial t, as a vector of features and the
 * indices of its embeddings.
 *
 * The features of trial t depend on the trials before t, and of t itself on its
 * condition, parameters, number and the time since the last one only: token_next() is
 * asked before token_outcome() tells what happened. Residuals are in units of the
 * condition's own sd, so that tasks of 300 ms and of 3 s look alike; for a condition that
 * training never had, its mean and sd are estimated as the sequence goes on.
 */
#ifndef MODELS_ENGAGEMENT_TOKENS_H
#define MODELS_ENGAGEMENT_TOKENS_H

#include <stdbool.h>

#include "models/engagement/sequence.h"
#include "models/engagement/vocabulary.h"

#define TOKEN_LAGS 5
#define TOKEN_FEATURES 40

/* Sums over the trials of one condition. */
struct token_sums {
	double n, residual;      /* responses: their number, sum of residuals */
	double trials, surprise; /* trials: their number, sum of correct - expected */
	double y, y2;            /* ln RT, for conditions without figures of their own */
	double correct;
};

struct token_state {
	const struct vocabulary *vocabulary;
	int task;
	struct token_sums *conditions; /* [n_conditions] */
	struct token_sums all;
	double residual2;
	double fast_residual, residual, slow_residual; /* moving averages */
	double fast_surprise, surprise, slow_surprise;
	double deviation, slowness, omissions;
	float lag_residual[TOKEN_LAGS], lag_surprise[TOKEN_LAGS];
	bool lag_omitted, lag_correct;
	int trials, since_error;
	int previous;              /* condition of the last trial, -1: none */
	double last_onset_ms, gap; /* gap: moving average of the ln gap; NAN: none */
};

/* What a trial is measured against: of its condition, or estimated for unknown ones. */
struct token_base {
	float mean, sd; /* of ln RT */
	float log_odds; /* of being correct */
	int previous;   /* condition of the trial before; 0: none or unknown */
};

/** conditions: room for vocabulary->n_conditions sums, borrowed. */
void token_start(struct token_state *state, const struct vocabulary *vocabulary, int task,
		 struct token_sums *conditions);

/** What is known before the trial; its outcome (correct, rt_ms) is not read. */
void token_next(const struct token_state *state, const struct sequence_trial *trial,
		float features[TOKEN_FEATURES], struct token_base *base);

/** The trial happened; base as token_next() gave it. */
void token_outcome(struct token_state *state, const struct sequence_trial *trial,
		   const struct token_base *base);

/** ln RT in s; NAN for no response or one outside 100 .. 10000 ms. */
float token_ln_rt(const struct sequence_trial *trial);

#endif
