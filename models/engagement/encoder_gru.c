/*
 * Stacked gated recurrent units of the rows' width; each layer's output goes through
 * dropout, and h is that of the last. A stream's state is the layers' states.
 *
 * Source: Cho et al. (2014), arXiv 1406.1078; see models/nn/gru.h.
 */
#include "models/engagement/encoder.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/dropout.h"
#include "models/nn/gru.h"
#include "models/nn/plan.h"

/* Offsets: parameters first, then work. */
struct layer {
	size_t w, u, b, c;
	size_t h;     /* [rows][d]: states */
	size_t cache; /* [rows][4 d] */
	size_t keep;  /* [rows][d] bytes */
	size_t out;   /* [rows][d]: after dropout */
};

struct encoder {
	struct encoder_config config;
	/* Scratch: */
	size_t gates; /* [rows + 2][3 d] */
	size_t d_h;   /* [rows][d] */
	size_t d_out; /* [rows][d] */
	size_t int8;  /* [d] bytes */
	struct layer layers[];
};

static bool
config_ok(const struct encoder_config *c)
{
	return c->width >= 1 && c->layers >= 1 && c->rows_max >= 1 && c->dropout >= 0 &&
	       c->dropout < 1;
}

static size_t
plan_work(struct nn_plan *work, int rows, int cols, const char *name)
{
	return nn_plan_add(work, rows, cols, NN_INIT_ZERO, 0, false, "encoder.%s", name);
}

static void
plan_layer(struct encoder *e, int i, struct nn_plan *parameters, struct nn_plan *work)
{
	struct layer *l = &e->layers[i];
	int d = e->config.width, rows = e->config.rows_max;
	/* The spread of PyTorch's uniform start, +-1 / sqrt(d). */
	float sd = 1 / sqrtf(3 * (float)d);

	l->w = nn_plan_add(parameters, 3 * d, d, NN_INIT_NORMAL, sd, true,
			   "encoder.layer.%d.input.weight", i);
	l->u = nn_plan_add(parameters, 3 * d, d, NN_INIT_NORMAL, sd, true,
			   "encoder.layer.%d.recurrent.weight", i);
	l->b = nn_plan_add(parameters, 3 * d, 0, NN_INIT_ZERO, 0, false,
			   "encoder.layer.%d.input.bias", i);
	l->c = nn_plan_add(parameters, 3 * d, 0, NN_INIT_ZERO, 0, false,
			   "encoder.layer.%d.recurrent.bias", i);
	l->h = plan_work(work, rows, d, "h");
	l->cache = plan_work(work, rows, 4 * d, "cache");
	l->keep = plan_work(work, rows, (d + 3) / 4, "keep");
	l->out = plan_work(work, rows, d, "out");
}

static enum camp_err
gru_make(struct encoder **out, const struct encoder_config *config,
	 struct nn_plan *parameters, struct nn_plan *work)
{
	int d = config->width, rows = config->rows_max;
	struct encoder *e;

	*out = NULL;
	if (!config_ok(config))
		return CAMP_ERR_INVALID;
	e = calloc(1, sizeof(*e) + (size_t)config->layers * sizeof(e->layers[0]));
	if (!e)
		return CAMP_ERR_MEMORY;
	e->config = *config;
	for (int i = 0; i < config->layers; i++)
		plan_layer(e, i, parameters, work);
	e->gates = plan_work(work, rows + 2, 3 * d, "gates");
	e->d_h = plan_work(work, rows, d, "d_h");
	e->d_out = plan_work(work, rows, d, "d_out");
	e->int8 = plan_work(work, (d + 3) / 4, 0, "int8");
	*out = e;
	return CAMP_OK;
}

static void
gru_free(struct encoder *e)
{
	free(e);
}

/* y [n][3 d]: a product of the layer, by way of the weights' type. */
static void
product(const struct encoder *e, const struct nn_weights *weights, float *work, size_t w,
	size_t b, int n, float *y, const float *x)
{
	nn_weights_linear(weights, w, b, n, e->config.width, 3 * e->config.width, y, x,
			  (int8_t *)(work + e->int8));
}

/* n rows from the state `before` (NULL: zero); h and cache are the layer's. */
static void
layer_rows(const struct encoder *e, const struct nn_weights *weights, float *work,
	   const struct layer *l, int n, float *h, const float *before, const float *x)
{
	size_t d = (size_t)e->config.width;
	float *input = work + e->gates, *cache = work + l->cache;

	product(e, weights, work, l->w, l->b, n, input, x);
	for (int t = 0; t < n; t++) {
		if (before)
			product(e, weights, work, l->u, l->c, 1, cache, before);
		else
			memcpy(cache, weights->base + l->c, 3 * d * sizeof(*cache));
		nn_gru_row(e->config.width, h, cache, input, before);
		before = h;
		h += d;
		cache += 4 * d;
		input += 3 * d;
	}
}

static float
dropout_of(const struct encoder *e, const struct encoder_pass *p)
{
	return p->rng ? e->config.dropout : 0.0f;
}

static const float *
gru_forward(const struct encoder *e, const struct encoder_pass *p, const float *x)
{
	float *work = p->work;

	for (int i = 0; i < e->config.layers; i++) {
		const struct layer *l = &e->layers[i];

		layer_rows(e, &p->weights, work, l, p->n, work + l->h, NULL, x);
		nn_dropout_forward(p->n * e->config.width, work + l->out,
				   (uint8_t *)(work + l->keep), work + l->h,
				   dropout_of(e, p), p->rng);
		x = work + l->out;
	}
	return x;
}

static void
gru_backward(const struct encoder *e, const struct encoder_pass *p, float *dx,
	     float *gradients, const float *dh, const float *x)
{
	struct nn_gru d = {.n = p->n, .in = e->config.width, .width = e->config.width};
	const float *base = p->weights.base;
	float *work = p->work;

	for (int i = e->config.layers - 1; i >= 0; i--) {
		const struct layer *l = &e->layers[i];
		struct nn_gru_weights w = {base + l->w, base + l->u, base + l->b,
					   base + l->c};
		struct nn_gru_gradients dw = {gradients + l->w, gradients + l->u,
					      gradients + l->b, gradients + l->c};
		const float *in = i ? work + e->layers[i - 1].out : x;

		nn_dropout_backward(p->n * e->config.width, work + e->d_h, dh,
				    (const uint8_t *)(work + l->keep), dropout_of(e, p));
		nn_gru_backward(d, i ? work + e->d_out : dx, dw, work + e->gates,
				work + e->d_h, work + l->h, work + l->cache, in, NULL, w);
		dh = work + e->d_out;
	}
}

static size_t
gru_state_floats(const struct encoder *e)
{
	return (size_t)e->config.layers * (size_t)e->config.width;
}

static void
gru_step(const struct encoder *e, const struct nn_weights *weights, float *state,
	 float *work, int t, int position, float *h, const float *x)
{
	for (int i = 0; i < e->config.layers; i++) {
		layer_rows(e, weights, work, &e->layers[i], 1, state, state, x);
		x = state;
		state += e->config.width;
	}
	memcpy(h, x, (size_t)e->config.width * sizeof(*h));
}

const struct encoder_kind encoder_gru = {
	.name = "gru",
	.make = gru_make,
	.free = gru_free,
	.forward = gru_forward,
	.backward = ENCODER_BACKWARD(gru_backward),
	.state_floats = gru_state_floats,
	.step = gru_step,
};
