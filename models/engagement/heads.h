/**
 * The heads: hidden rows and token features to a forecast, its loss and its gradient.
 *
 * Raw outputs of a row, o[HEAD_RAW], relative to the trial's base (tokens.h):
 *   logit p = base log odds + o[0]
 *   mu_z = o[1], ln sigma_z = o[6] + 2 tanh(o[2] / 2)
 *   slow component: w = s(o[3] - 2.5), ln delta_z = 0.4 + 2 tanh(o[4] / 2),
 *     ln sigma2_z = 0.2 + 2 tanh(o[5] / 2)
 * where y = ln RT = mean + sd z. o[0..5] are sums of W_hidden h + W_features f, a value
 * of the condition and one of the condition before; o[6] is the condition's alone. The
 * bounds keep a strange input from claiming certainty. With one component o[3..5] have no
 * part. The linear baseline is these heads without h.
 */
#ifndef MODELS_ENGAGEMENT_HEADS_H
#define MODELS_ENGAGEMENT_HEADS_H

#include <stdbool.h>
#include <stddef.h>

#include "models/engagement/forecaster.h"
#include "models/engagement/tokens.h"
#include "models/nn/plan.h"

#define HEAD_OUTPUTS 6
#define HEAD_RAW 7
#define HEAD_ROWS_MAX (3 * SEQUENCE_WINDOW)

/* Offsets in a plan of parameters. */
struct heads {
	int components, width, n_conditions; /* width 0: no hidden rows */
	size_t features;                     /* [HEAD_OUTPUTS][TOKEN_FEATURES] */
	size_t condition;                    /* [n_conditions][HEAD_RAW] */
	size_t previous;                     /* [n_conditions][HEAD_OUTPUTS] */
	size_t hidden;                       /* [HEAD_OUTPUTS][width] */
};

/* The rows of one window, those of EEG epochs too. */
struct heads_rows {
	int n;                         /* at most HEAD_ROWS_MAX */
	const float *hidden;           /* [n][width]; unused if width is 0 */
	const float *features;         /* [n][TOKEN_FEATURES] */
	const int *condition;          /* [n]; -1: a row without a forecast */
	const struct token_base *base; /* [n] */
};

void heads_plan(struct heads *heads, struct nn_plan *plan, const char *prefix,
		int components, int width, int n_conditions);

/** raw [n][HEAD_RAW]. */
void heads_forward(const struct heads *heads, const float *parameters,
		   const struct heads_rows *rows, float *raw);

/** What the raw outputs of one row, raw[HEAD_RAW], mean. */
void heads_forecast(const struct heads *heads, const struct token_base *base,
		    const float *raw, struct forecast *out);

struct heads_loss {
	double correct, rt; /* sums of negative log likelihoods; rt: of ln RT */
	int64_t n_correct, n_rt;
};

/**
 * Adds the losses of rows with an outcome to *loss and, unless draw is NULL, writes the
 * gradient of their sum, draw [n][HEAD_RAW]. correct [n]: 1, 0, NAN; y [n]: ln RT, NAN.
 * beta > 0: beta-NLL of the one normal (models/nn/loss.h).
 */
void heads_loss(const struct heads *heads, const struct heads_rows *rows,
		const float *raw, const float *correct, const float *y, float beta,
		struct heads_loss *loss, float *draw);

/** dhidden [n][width] is overwritten (unless NULL); gradients are added to. */
void heads_backward(const struct heads *heads, const float *parameters,
		    const struct heads_rows *rows, const float *draw, float *gradients,
		    float *dhidden);

#endif
