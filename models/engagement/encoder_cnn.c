/*
 * Causal convolutions: each block x += dropout(GELU(conv(LN(x)))), block i dilated by
 * 2^i; h = LN(x). Row t sees (taps - 1) (2^layers - 1) rows back.
 *
 * A stream keeps, for each block, the normed rows its taps still reach, in a ring; rows
 * before the first are zeros, as are those before the window in forward().
 *
 * Source: van den Oord et al. (2016), arXiv 1609.03499; Bai et al. (2018), arXiv
 * 1803.01271 (residual blocks).
 */
#include "models/engagement/encoder.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/conv.h"
#include "models/nn/dropout.h"
#include "models/nn/gelu.h"
#include "models/nn/layernorm.h"
#include "models/nn/plan.h"

#define LAYERS_MAX 16

/* Offsets in the parameter plan. */
struct affine {
	size_t w, b;
};

/* Offsets in the work plan: what backward reads of a norm. */
struct kept {
	size_t x;          /* [rows][d]: its input */
	size_t mean, rstd; /* [rows] */
};

struct block {
	struct affine norm, conv;
	struct kept kept;
	size_t normed; /* [rows][d] */
	size_t hidden; /* [rows][d]: before GELU */
	size_t keep;   /* [rows][d] bytes */
};

struct encoder {
	struct encoder_config config;
	struct affine norm;
	struct kept last;
	size_t h; /* [rows][d] */
	/* Scratch: */
	size_t branch;   /* [rows][d] */
	size_t d_normed; /* [rows][d] */
	size_t unrolled; /* [rows][taps d] */
	size_t int8;     /* [taps d] bytes */
	struct block blocks[];
};

static bool
config_ok(const struct encoder_config *c)
{
	return c->width >= 1 && c->layers >= 1 && c->layers <= LAYERS_MAX &&
	       c->taps >= 1 && c->rows_max >= 1 && c->dropout >= 0 && c->dropout < 1;
}

static size_t
plan_work(struct nn_plan *work, int rows, int cols, const char *name)
{
	return nn_plan_add(work, rows, cols, NN_INIT_ZERO, 0, false, "encoder.%s", name);
}

static struct kept
plan_kept(struct nn_plan *work, const struct encoder_config *c)
{
	struct kept k;

	k.x = plan_work(work, c->rows_max, c->width, "x");
	k.mean = plan_work(work, c->rows_max, 0, "mean");
	k.rstd = plan_work(work, c->rows_max, 0, "rstd");
	return k;
}

static void
plan_block(struct encoder *e, int i, struct nn_plan *parameters, struct nn_plan *work)
{
	const struct encoder_config *c = &e->config;
	struct block *b = &e->blocks[i];
	int d = c->width, fan_in = c->taps * d;
	float sd = 1 / sqrtf(3 * (float)fan_in);

	b->norm.w = nn_plan_add(parameters, d, 0, NN_INIT_ONE, 0, false,
				"encoder.layer.%d.norm.weight", i);
	b->norm.b = nn_plan_add(parameters, d, 0, NN_INIT_ZERO, 0, false,
				"encoder.layer.%d.norm.bias", i);
	/* [d][taps][d], named as the matrix it is multiplied as. */
	b->conv.w = nn_plan_add(parameters, d, fan_in, NN_INIT_NORMAL, sd, true,
				"encoder.layer.%d.conv.weight", i);
	b->conv.b = nn_plan_add(parameters, d, 0, NN_INIT_ZERO, 0, false,
				"encoder.layer.%d.conv.bias", i);
	b->kept = plan_kept(work, c);
	b->normed = plan_work(work, c->rows_max, d, "normed");
	b->hidden = plan_work(work, c->rows_max, d, "hidden");
	b->keep = plan_work(work, c->rows_max, (d + 3) / 4, "keep");
}

static enum camp_err
cnn_make(struct encoder **out, const struct encoder_config *config,
	 struct nn_plan *parameters, struct nn_plan *work)
{
	int d = config->width, rows = config->rows_max;
	struct encoder *e;

	*out = NULL;
	if (!config_ok(config))
		return CAMP_ERR_INVALID;
	e = calloc(1, sizeof(*e) + (size_t)config->layers * sizeof(e->blocks[0]));
	if (!e)
		return CAMP_ERR_MEMORY;
	e->config = *config;
	for (int i = 0; i < config->layers; i++)
		plan_block(e, i, parameters, work);
	e->norm.w = nn_plan_add(parameters, d, 0, NN_INIT_ONE, 0, false,
				"encoder.norm.weight");
	e->norm.b = nn_plan_add(parameters, d, 0, NN_INIT_ZERO, 0, false,
				"encoder.norm.bias");
	e->last = plan_kept(work, config);
	e->h = plan_work(work, rows, d, "h");
	e->branch = plan_work(work, rows, d, "branch");
	e->d_normed = plan_work(work, rows, d, "d_normed");
	e->unrolled = plan_work(work, rows, config->taps * d, "unrolled");
	e->int8 = plan_work(work, (config->taps * d + 3) / 4, 0, "int8");
	*out = e;
	return CAMP_OK;
}

static void
cnn_free(struct encoder *e)
{
	free(e);
}

static struct nn_conv
conv_of(const struct encoder *e, int i, int n)
{
	return (struct nn_conv){.n = n,
				.in = e->config.width,
				.out = e->config.width,
				.taps = e->config.taps,
				.dilation = 1 << i};
}

static float
dropout_of(const struct encoder *e, const struct encoder_pass *p)
{
	return p->rng ? e->config.dropout : 0.0f;
}

static void
norm_forward(const struct encoder *e, const struct encoder_pass *p, struct affine a,
	     const struct kept *k, float *y)
{
	struct nn_layernorm d = {p->n, e->config.width};

	nn_layernorm_forward(d, y, p->work + k->mean, p->work + k->rstd, p->work + k->x,
			     p->weights.base + a.w, p->weights.base + a.b);
}

static void
norm_backward(const struct encoder *e, const struct encoder_pass *p, float *gradients,
	      struct affine a, const struct kept *k, float *dx, bool add, const float *dy)
{
	struct nn_layernorm d = {p->n, e->config.width};

	nn_layernorm_backward(d, dx, add, gradients + a.w, gradients + a.b, dy,
			      p->work + k->x, p->work + k->mean, p->work + k->rstd,
			      p->weights.base + a.w);
}

/* branch = GELU(W rows + b), n rows unrolled. */
static void
convolve(const struct encoder *e, const struct nn_weights *weights, float *work,
	 const struct block *b, int n)
{
	int d = e->config.width;

	nn_weights_linear(weights, b->conv.w, b->conv.b, n, e->config.taps * d, d,
			  work + b->hidden, work + e->unrolled,
			  (int8_t *)(work + e->int8));
	nn_gelu_forward(n * d, work + e->branch, work + b->hidden);
}

static void
block_forward(const struct encoder *e, const struct encoder_pass *p, int i)
{
	const struct block *b = &e->blocks[i];
	bool is_last = i + 1 == e->config.layers;
	float *work = p->work, *branch = work + e->branch;
	float *next = work + (is_last ? e->last.x : e->blocks[i + 1].kept.x);
	const float *x = work + b->kept.x;
	int n = p->n * e->config.width;

	norm_forward(e, p, b->norm, &b->kept, work + b->normed);
	nn_conv_unroll(conv_of(e, i, p->n), work + e->unrolled, work + b->normed);
	convolve(e, &p->weights, work, b, p->n);
	nn_dropout_forward(n, branch, (uint8_t *)(work + b->keep), branch,
			   dropout_of(e, p), p->rng);
	for (int k = 0; k < n; k++)
		next[k] = x[k] + branch[k];
}

static const float *
cnn_forward(const struct encoder *e, const struct encoder_pass *p, const float *x)
{
	memcpy(p->work + e->blocks[0].kept.x, x,
	       (size_t)p->n * (size_t)e->config.width * sizeof(*x));
	for (int i = 0; i < e->config.layers; i++)
		block_forward(e, p, i);
	norm_forward(e, p, e->norm, &e->last, p->work + e->h);
	return p->work + e->h;
}

static void
cnn_backward(const struct encoder *e, const struct encoder_pass *p, float *dx,
	     float *gradients, const float *dh, const float *x)
{
	float *work = p->work, *branch = work + e->branch;
	float *d_normed = work + e->d_normed;
	int n = p->n * e->config.width;

	norm_backward(e, p, gradients, e->norm, &e->last, dx, false, dh);
	for (int i = e->config.layers - 1; i >= 0; i--) {
		const struct block *b = &e->blocks[i];

		nn_dropout_backward(n, branch, dx, (const uint8_t *)(work + b->keep),
				    dropout_of(e, p));
		nn_gelu_backward(n, branch, branch, work + b->hidden);
		nn_conv_backward(conv_of(e, i, p->n), d_normed, gradients + b->conv.w,
				 gradients + b->conv.b, work + e->unrolled, branch,
				 work + b->normed, p->weights.base + b->conv.w);
		norm_backward(e, p, gradients, b->norm, &b->kept, dx, true, d_normed);
	}
}

/* Rows that block i's taps reach, its own row not among them. */
static int
reach(const struct encoder *e, int i)
{
	return (e->config.taps - 1) << i;
}

static size_t
cnn_state_floats(const struct encoder *e)
{
	size_t rows = 0;

	for (int i = 0; i < e->config.layers; i++)
		rows += (size_t)reach(e, i);
	return rows * (size_t)e->config.width;
}

/* Row t's taps from the ring of block i and the new normed row, which then joins it. */
static void
unroll_step(const struct encoder *e, int i, float *ring, int t, float *unrolled,
	    const float *normed)
{
	size_t d = (size_t)e->config.width, row = d * sizeof(*normed);
	int taps = e->config.taps, size = reach(e, i);

	/* A slot not written yet is a row before the first: t - back + size >= t. */
	for (int j = 0; j < taps - 1; j++) {
		int back = (taps - 1 - j) << i;
		size_t slot = (size_t)((t - back + size) % size);

		memcpy(unrolled + (size_t)j * d, ring + slot * d, row);
	}
	memcpy(unrolled + (size_t)(taps - 1) * d, normed, row);
	if (size)
		memcpy(ring + (size_t)(t % size) * d, normed, row);
}

static void
cnn_step(const struct encoder *e, const struct nn_weights *weights, float *state,
	 float *work, int t, int position, float *h, const float *x)
{
	struct nn_layernorm norm = {1, e->config.width};
	int d = e->config.width;
	const float *base = weights->base;
	float *row = work + e->last.x;

	memcpy(row, x, (size_t)d * sizeof(*x));
	for (int i = 0; i < e->config.layers; i++) {
		const struct block *b = &e->blocks[i];
		float *normed = work + b->normed, *branch = work + e->branch;

		nn_layernorm_forward(norm, normed, NULL, NULL, row, base + b->norm.w,
				     base + b->norm.b);
		unroll_step(e, i, state, t, work + e->unrolled, normed);
		convolve(e, weights, work, b, 1);
		for (int k = 0; k < d; k++)
			row[k] += branch[k];
		state += (size_t)reach(e, i) * (size_t)d;
	}
	nn_layernorm_forward(norm, h, NULL, NULL, row, base + e->norm.w,
			     base + e->norm.b);
}

const struct encoder_kind encoder_cnn = {
	.name = "cnn",
	.make = cnn_make,
	.free = cnn_free,
	.forward = cnn_forward,
	.backward = ENCODER_BACKWARD(cnn_backward),
	.state_floats = cnn_state_floats,
	.step = cnn_step,
};
