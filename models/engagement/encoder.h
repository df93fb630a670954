/**
 * The encoders behind one interface: token rows of one window in, one hidden row each
 * out.
 *
 * Row t of the output depends on rows 0..t of the input only. An encoder is made once
 * from its configuration: it adds its parameters to one plan and its work tensors to
 * another and remembers their offsets; from then on it is read-only and shared by all
 * threads. Each thread brings its own work arena.
 */
#ifndef MODELS_ENGAGEMENT_ENCODER_H
#define MODELS_ENGAGEMENT_ENCODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"
#include "models/nn/weights.h"

struct nn_plan;
struct rng;

struct encoder_config {
	int width;     /* of rows in and out, d */
	int layers;    /* transformer, cnn: blocks; gru: stacked */
	int heads;     /* transformer */
	int ffn;       /* transformer: hidden width of the feed-forward net */
	int taps;      /* cnn: per convolution; block i is dilated by 2^i */
	int rows_max;  /* longest window in rows */
	int positions; /* learned positions; transformer */
	float dropout;
};

struct encoder;

/* One pass over one window. */
struct encoder_pass {
	int n;                     /* rows, 1..rows_max */
	const int *position;       /* [n], 0..positions-1; ascending */
	struct nn_weights weights; /* of the parameter plan */
	float *work;               /* of the work plan */
	struct rng *rng;           /* dropout stream; NULL: no dropout (inference) */
	float *attention;          /* [layers][heads][n][n] or NULL; transformer only */
	bool forward_only;         /* no backward() follows: layers may share their room,
				      which keeps it in the cache. The same h. */
};

struct encoder_kind {
	const char *name; /* "linear", "cnn", "gru", "transformer" */

	/** Errors: INVALID (configuration), MEMORY. */
	enum camp_err (*make)(struct encoder **out, const struct encoder_config *config,
			      struct nn_plan *parameters, struct nn_plan *work);
	void (*free)(struct encoder *encoder);

	/** h [n][width], borrowed from the work arena. x [n][width] must live until
	 * backward. */
	const float *(*forward)(const struct encoder *encoder,
				const struct encoder_pass *pass, const float *x);
	/** dx [n][width] overwritten; gradients (of the parameter plan) are added to. */
	void (*backward)(const struct encoder *encoder, const struct encoder_pass *pass,
			 float *dx, float *gradients, const float *dh, const float *x);

	/** Floats of one stream's state, which starts all zero. */
	size_t (*state_floats)(const struct encoder *encoder);
	/**
	 * Row t alone, after the rows before it went through the same state: equals row t
	 * of forward(). x, h [width]; work as in a pass.
	 */
	void (*step)(const struct encoder *encoder, const struct nn_weights *weights,
		     float *state, float *work, int t, int position, float *h,
		     const float *x);
};

/* WebAssembly only forecasts: without this its module would be an eighth larger. */
#ifdef __wasm__
#define ENCODER_BACKWARD(function) NULL
#else
#define ENCODER_BACKWARD(function) function
#endif

/** NULL when there is none of that name. */
const struct encoder_kind *encoder_kind_find(const char *name);

extern const struct encoder_kind encoder_linear, encoder_cnn, encoder_gru,
	encoder_transformer;

#endif
