/**
 * The architecture: from token rows through the encoder to the heads, and back. Holds
 * plans and offsets, no values: parameters and work come as arenas, so that any number of
 * threads run one model.
 *
 * x = W f + b + E_task + E_condition + E_previous, for an epoch W_e e + b_e, for a trial
 * without any EEG before it + E_blind; h = encoder(x); raw = heads(h, f).
 */
#ifndef MODELS_ENGAGEMENT_MODEL_H
#define MODELS_ENGAGEMENT_MODEL_H

#include "models/engagement/encoder.h"
#include "models/engagement/heads.h"
#include "models/engagement/rows.h"
#include "models/engagement/vocabulary.h"
#include "models/nn/plan.h"
#include "models/nn/weights.h"

#define MODEL_ENCODER_NAME_MAX 16

struct model_config {
	char encoder[MODEL_ENCODER_NAME_MAX];
	int components; /* of the distribution of ln RT: 1 or 2 */
	int width, layers, heads, ffn, taps;
	float dropout;
	bool eeg;
};

struct model {
	struct model_config config;
	struct vocabulary vocabulary;
	const struct encoder_kind *kind;
	struct encoder *encoder;
	struct nn_plan parameters; /* embed.*, encoder.*, head.* */
	struct nn_plan baseline;   /* linear.*: the heads alone */
	struct nn_plan work;       /* of one window */
	struct heads head, linear;
	struct {
		size_t features, bias, task, condition, previous, epoch, epoch_bias,
			blind;
	} embed;
	struct {
		size_t x, dx, hidden, dhidden, raw, draw;
	} at;
};

/**
 * Takes the vocabulary over (it is empty afterwards, also on failure). Errors: INVALID
 * (configuration; why says), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
model_make(struct model *m, const struct model_config *config,
	   struct vocabulary *take_vocabulary, char *why, size_t why_size);
void model_clear(struct model *m);

/* A slice of rows: the trials first .. last - 1. */
struct model_window {
	const struct token_rows *rows;
	int from, n;       /* rows */
	bool forward_only; /* no gradients will be asked for; false by model_window() */
	int position[ROWS_WINDOW_MAX];
};

/** At most SEQUENCE_WINDOW trials. */
void model_window(struct model_window *w, const struct token_rows *rows, int first_trial,
		  int last_trial);
void model_window_rows(const struct model_window *w, struct heads_rows *out);

/** The encoder's input x [n][width] of a window. */
void model_embed(const struct model *m, const struct nn_weights *weights, float *x,
		 const struct model_window *w);

/**
 * Raw outputs [n][HEAD_RAW] of a window, borrowed from the work arena. rng: dropout
 * stream, NULL in inference. attention: [layers][heads][n][n] or NULL.
 */
const float *
model_forward(const struct model *m, const struct nn_weights *weights, float *work,
	      const struct model_window *w, struct rng *rng, float *attention);

/** After model_forward() of the same window: adds its losses; gradients (unless NULL) are
 * added to. */
void model_backward(const struct model *m, const struct nn_weights *weights, float *work,
		    const struct model_window *w, struct rng *rng, float beta,
		    struct heads_loss *loss, float *gradients);

/** The linear baseline: raw outputs and, with gradients, its losses; parameters of its
 * own plan. */
const float *model_linear_forward(const struct model *m, const float *parameters,
				  float *work, const struct model_window *w);
void model_linear_backward(const struct model *m, const float *parameters, float *work,
			   const struct model_window *w, float beta,
			   struct heads_loss *loss, float *gradients);

#endif
