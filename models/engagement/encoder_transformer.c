/*
 * Pre-LN Transformer: x += positions; each block x += Attention(LN(x)), x += FFN(LN(x));
 * h = LN(x). Causal self-attention, GELU in the feed-forward net, dropout on both
 * branches.
 *
 * Sources: Vaswani et al. (2017), arXiv 1706.03762; Xiong et al. (2020), arXiv 2002.04745
 * (pre-LN); Radford et al. (2019) (GPT-2: sd .02, output projections smaller by
 * sqrt(2 layers), so that the residual stream keeps its size at the start).
 */
#include "models/engagement/encoder.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/attention.h"
#include "models/nn/dropout.h"
#include "models/nn/embedding.h"
#include "models/nn/gelu.h"
#include "models/nn/kernels/kernels.h"
#include "models/nn/layernorm.h"
#include "models/nn/linear.h"
#include "models/nn/plan.h"

#define INIT_SD 0.02f

/* Offsets in the parameter plan. */
struct affine {
	size_t w, b;
};

/* Offsets in the work plan: what backward() reads. */
struct kept {
	size_t x;          /* [rows][d]: the norm's input */
	size_t mean, rstd; /* [rows] */
	size_t normed;     /* [rows][d] */
	size_t keep;       /* [rows][d] bytes: dropout of the branch */
};

/* Of one block; forward_only passes use the first block's for all. */
struct room {
	struct kept attention, ffn;
	size_t qkv_rows; /* [rows][3 d] */
	size_t weights;  /* [heads][rows][rows] */
	size_t mixed;    /* [rows][d]: output of the heads */
	size_t hidden;   /* [rows][ffn]: before GELU */
	size_t active;   /* [rows][ffn]: after */
};

struct block {
	struct affine norm1, qkv, out, norm2, up, down;
	struct room room;
};

struct encoder {
	struct encoder_config config;
	size_t positions;
	struct affine norm;
	struct kept last; /* keep unused */
	size_t h;         /* [rows][d] */
	/* Scratch: of forward, backward and step. */
	size_t branch;  /* [rows][d] */
	size_t d_qkv;   /* [rows][3 d] */
	size_t d_mixed; /* [rows][d] */
	size_t d_ffn;   /* [rows][ffn] */
	size_t scratch; /* of attention; rows of int8 */
	struct block blocks[];
};

static bool
config_ok(const struct encoder_config *c)
{
	return c->width >= 1 && c->layers >= 1 && c->heads >= 1 && c->ffn >= 1 &&
	       c->rows_max >= 1 && c->positions >= 1 && c->width % c->heads == 0 &&
	       c->dropout >= 0 && c->dropout < 1;
}

static struct affine
plan_norm(struct nn_plan *plan, int width, const char *name)
{
	struct affine a;

	a.w = nn_plan_add(plan, width, 0, NN_INIT_ONE, 0, false, "%s.weight", name);
	a.b = nn_plan_add(plan, width, 0, NN_INIT_ZERO, 0, false, "%s.bias", name);
	return a;
}

static struct affine
plan_linear(struct nn_plan *plan, int layer, int out, int in, float sd, const char *name)
{
	struct affine a;

	a.w = nn_plan_add(plan, out, in, NN_INIT_NORMAL, sd, true,
			  "encoder.layer.%d.%s.weight", layer, name);
	a.b = nn_plan_add(plan, out, 0, NN_INIT_ZERO, 0, false,
			  "encoder.layer.%d.%s.bias", layer, name);
	return a;
}

static struct affine
plan_block_norm(struct nn_plan *plan, int layer, int width, const char *part)
{
	char name[NN_NAME_MAX];

	snprintf(name, sizeof(name), "encoder.layer.%d.%s.norm", layer, part);
	return plan_norm(plan, width, name);
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
	k.normed = plan_work(work, c->rows_max, c->width, "normed");
	k.keep = plan_work(work, c->rows_max, (c->width + 3) / 4, "keep");
	return k;
}

static void
plan_room(struct room *r, const struct encoder_config *c, struct nn_plan *work)
{
	int rows = c->rows_max, d = c->width;

	r->attention = plan_kept(work, c);
	r->ffn = plan_kept(work, c);
	r->qkv_rows = plan_work(work, rows, 3 * d, "qkv");
	r->weights = plan_work(work, c->heads * rows, rows, "weights");
	r->mixed = plan_work(work, rows, d, "mixed");
	r->hidden = plan_work(work, rows, c->ffn, "hidden");
	r->active = plan_work(work, rows, c->ffn, "active");
}

static void
plan_block(struct encoder *e, int i, struct nn_plan *parameters, struct nn_plan *work)
{
	const struct encoder_config *c = &e->config;
	struct block *b = &e->blocks[i];
	float out_sd = INIT_SD / sqrtf(2.0f * (float)c->layers);
	int d = c->width;

	b->norm1 = plan_block_norm(parameters, i, d, "attention");
	b->qkv = plan_linear(parameters, i, 3 * d, d, INIT_SD, "attention.qkv");
	b->out = plan_linear(parameters, i, d, d, out_sd, "attention.out");
	b->norm2 = plan_block_norm(parameters, i, d, "ffn");
	b->up = plan_linear(parameters, i, c->ffn, d, INIT_SD, "ffn.up");
	b->down = plan_linear(parameters, i, d, c->ffn, out_sd, "ffn.down");

	plan_room(&b->room, c, work);
}

static struct nn_attention
heads_of(const struct encoder *e, int n, int stride)
{
	return (struct nn_attention){.n = n,
				     .heads = e->config.heads,
				     .width = e->config.width / e->config.heads,
				     .stride = stride,
				     .causal = true};
}

static void
plan_scratch(struct encoder *e, struct nn_plan *work)
{
	const struct encoder_config *c = &e->config;
	size_t scratch = nn_attention_scratch(heads_of(e, c->rows_max, 3 * c->width));
	size_t wide = (size_t)(c->ffn > c->width ? c->ffn : c->width);
	size_t step = (size_t)c->heads * (size_t)c->rows_max;

	scratch = scratch > wide ? scratch : wide;
	scratch = scratch > step ? scratch : step;
	e->branch = plan_work(work, c->rows_max, c->width, "branch");
	e->d_qkv = plan_work(work, c->rows_max, 3 * c->width, "d_qkv");
	e->d_mixed = plan_work(work, c->rows_max, c->width, "d_mixed");
	e->d_ffn = plan_work(work, c->rows_max, c->ffn, "d_ffn");
	e->scratch = plan_work(work, (int)scratch, 0, "scratch");
}

static enum camp_err
transformer_make(struct encoder **out, const struct encoder_config *config,
		 struct nn_plan *parameters, struct nn_plan *work)
{
	struct encoder *e;

	*out = NULL;
	if (!config_ok(config))
		return CAMP_ERR_INVALID;
	e = calloc(1, sizeof(*e) + (size_t)config->layers * sizeof(e->blocks[0]));
	if (!e)
		return CAMP_ERR_MEMORY;
	e->config = *config;
	e->positions =
		nn_plan_add(parameters, config->positions, config->width, NN_INIT_NORMAL,
			    INIT_SD, true, "encoder.position.weight");
	for (int i = 0; i < config->layers; i++)
		plan_block(e, i, parameters, work);
	e->norm = plan_norm(parameters, config->width, "encoder.norm");
	e->last = plan_kept(work, config);
	e->h = plan_work(work, config->rows_max, config->width, "h");
	plan_scratch(e, work);
	*out = e;
	return CAMP_OK;
}

static void
transformer_free(struct encoder *e)
{
	free(e);
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
linear(const struct encoder *e, const struct encoder_pass *p, struct affine a, int in,
       int out, float *y, const float *x)
{
	nn_weights_linear(&p->weights, a.w, a.b, p->n, in, out, y, x,
			  (int8_t *)(p->work + e->scratch));
}

static bool
drops(const struct encoder *e, const struct encoder_pass *p)
{
	return p->rng && e->config.dropout > 0;
}

/* to = x + dropout(branch): the next part's input. */
static void
residual(const struct encoder *e, const struct encoder_pass *p, const struct kept *k,
	 float *to)
{
	int n = p->n * e->config.width;
	float *branch = p->work + e->branch;

	if (drops(e, p))
		nn_dropout_forward(n, branch, (uint8_t *)(p->work + k->keep), branch,
				   e->config.dropout, p->rng);
	nn_kernels()->add(n, to, p->work + k->x, branch);
}

static const struct room *
room_of(const struct encoder *e, const struct encoder_pass *p, int layer)
{
	return &e->blocks[p->forward_only ? 0 : layer].room;
}

/* Where the heads write their weights; NULL: nobody reads them. */
static float *
weights_of(const struct encoder *e, const struct encoder_pass *p, int layer)
{
	size_t size = (size_t)e->config.heads * (size_t)p->n * (size_t)p->n;

	if (!p->forward_only)
		return p->work + e->blocks[layer].room.weights;
	return p->attention ? p->attention + (size_t)layer * size : NULL;
}

static void
attention_forward(const struct encoder *e, const struct encoder_pass *p, int layer)
{
	const struct block *b = &e->blocks[layer];
	const struct room *r = room_of(e, p, layer);
	int d = e->config.width;
	float *work = p->work, *qkv = work + r->qkv_rows;
	float *weights = weights_of(e, p, layer);

	norm_forward(e, p, b->norm1, &r->attention, work + r->attention.normed);
	linear(e, p, b->qkv, d, 3 * d, qkv, work + r->attention.normed);
	nn_attention_forward(heads_of(e, p->n, 3 * d), work + r->mixed, weights,
			     work + e->scratch, qkv, qkv + d, qkv + 2 * d);
	if (p->attention && !p->forward_only) {
		size_t size = (size_t)e->config.heads * (size_t)p->n * (size_t)p->n;

		memcpy(p->attention + (size_t)layer * size, weights,
		       size * sizeof(*weights));
	}
	linear(e, p, b->out, d, d, work + e->branch, work + r->mixed);
	residual(e, p, &r->attention, work + r->ffn.x);
}

static void
ffn_forward(const struct encoder *e, const struct encoder_pass *p, int layer)
{
	const struct block *b = &e->blocks[layer];
	const struct room *r = room_of(e, p, layer);
	bool is_last = layer + 1 == e->config.layers;
	int d = e->config.width, ffn = e->config.ffn;
	float *work = p->work, *hidden = work + r->hidden;
	float *active = p->forward_only ? hidden : work + r->active;

	norm_forward(e, p, b->norm2, &r->ffn, work + r->ffn.normed);
	linear(e, p, b->up, d, ffn, hidden, work + r->ffn.normed);
	nn_gelu_forward(p->n * ffn, active, hidden);
	linear(e, p, b->down, ffn, d, work + e->branch, active);
	residual(e, p, &r->ffn,
		 work + (is_last ? e->last.x : room_of(e, p, layer + 1)->attention.x));
}

static const float *
transformer_forward(const struct encoder *e, const struct encoder_pass *p, const float *x)
{
	struct nn_embedding places = {p->n, e->config.positions, e->config.width};
	float *first = p->work + e->blocks[0].room.attention.x;

	memcpy(first, x, (size_t)p->n * (size_t)e->config.width * sizeof(*x));
	nn_embedding_forward(places, first, p->position, p->weights.base + e->positions);
	for (int i = 0; i < e->config.layers; i++) {
		attention_forward(e, p, i);
		ffn_forward(e, p, i);
	}
	norm_forward(e, p, e->norm, &e->last, p->work + e->h);
	return p->work + e->h;
}

static void
linear_backward(const struct encoder_pass *p, float *gradients, struct affine a, int in,
		int out, float *dx, const float *dy, const float *x)
{
	struct nn_linear d = {p->n, in, out};

	nn_linear_backward(d, dx, gradients + a.w, gradients + a.b, dy, x,
			   p->weights.base + a.w);
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

/* The gradient that enters a branch from the residual stream. */
static const float *
branch_backward(const struct encoder *e, const struct encoder_pass *p,
		const struct kept *k, const float *dx)
{
	float *branch = p->work + e->branch;

	if (!drops(e, p))
		return dx;
	nn_dropout_backward(p->n * e->config.width, branch, dx,
			    (const uint8_t *)(p->work + k->keep), e->config.dropout);
	return branch;
}

static void
ffn_backward(const struct encoder *e, const struct encoder_pass *p, int layer, float *dx,
	     float *gradients)
{
	const struct block *b = &e->blocks[layer];
	const struct room *r = &b->room;
	int d = e->config.width, ffn = e->config.ffn;
	float *work = p->work, *d_ffn = work + e->d_ffn, *branch = work + e->branch;

	linear_backward(p, gradients, b->down, ffn, d, d_ffn,
			branch_backward(e, p, &r->ffn, dx), work + r->active);
	nn_gelu_backward(p->n * ffn, d_ffn, d_ffn, work + r->hidden);
	linear_backward(p, gradients, b->up, d, ffn, branch, d_ffn, work + r->ffn.normed);
	norm_backward(e, p, gradients, b->norm2, &r->ffn, dx, true, branch);
}

static void
attention_backward(const struct encoder *e, const struct encoder_pass *p, int layer,
		   float *dx, float *gradients)
{
	const struct block *b = &e->blocks[layer];
	const struct room *r = &b->room;
	int d = e->config.width;
	float *work = p->work, *qkv = work + r->qkv_rows, *d_qkv = work + e->d_qkv;
	float *branch = work + e->branch, *d_mixed = work + e->d_mixed;

	linear_backward(p, gradients, b->out, d, d, d_mixed,
			branch_backward(e, p, &r->attention, dx), work + r->mixed);
	nn_attention_backward(heads_of(e, p->n, 3 * d), d_qkv, d_qkv + d, d_qkv + 2 * d,
			      work + e->scratch, d_mixed, work + r->weights, qkv, qkv + d,
			      qkv + 2 * d);
	linear_backward(p, gradients, b->qkv, d, 3 * d, branch, d_qkv,
			work + r->attention.normed);
	norm_backward(e, p, gradients, b->norm1, &r->attention, dx, true, branch);
}

static void
transformer_backward(const struct encoder *e, const struct encoder_pass *p, float *dx,
		     float *gradients, const float *dh, const float *x)
{
	struct nn_embedding places = {p->n, e->config.positions, e->config.width};

	norm_backward(e, p, gradients, e->norm, &e->last, dx, false, dh);
	for (int i = e->config.layers - 1; i >= 0; i--) {
		ffn_backward(e, p, i, dx, gradients);
		attention_backward(e, p, i, dx, gradients);
	}
	nn_embedding_backward(places, gradients + e->positions, dx, p->position);
}

static size_t
transformer_state_floats(const struct encoder *e)
{
	return (size_t)e->config.layers * (size_t)e->config.rows_max * 2 *
	       (size_t)e->config.width;
}

/* One row through a block; cache: rows of k and v, the new row's among them. */
static void
block_step(const struct encoder *e, const struct encoder_pass *p, const struct block *b,
	   float *cache, int t, float *x)
{
	const struct room *r = &b->room;
	struct nn_layernorm norm = {1, e->config.width};
	int d = e->config.width, ffn = e->config.ffn;
	const float *base = p->weights.base;
	float *work = p->work, *normed = work + r->attention.normed;
	float *qkv = work + r->qkv_rows, *branch = work + e->branch;

	nn_layernorm_forward(norm, normed, NULL, NULL, x, base + b->norm1.w,
			     base + b->norm1.b);
	linear(e, p, b->qkv, d, 3 * d, qkv, normed);
	memcpy(cache + (size_t)t * 2 * (size_t)d, qkv + d,
	       2 * (size_t)d * sizeof(*cache));
	nn_attention_step(heads_of(e, t + 1, 2 * d), work + r->mixed, work + e->scratch,
			  qkv, cache, cache + d);
	linear(e, p, b->out, d, d, branch, work + r->mixed);
	for (int i = 0; i < d; i++)
		x[i] += branch[i];

	nn_layernorm_forward(norm, normed, NULL, NULL, x, base + b->norm2.w,
			     base + b->norm2.b);
	linear(e, p, b->up, d, ffn, work + r->hidden, normed);
	nn_gelu_forward(ffn, work + r->active, work + r->hidden);
	linear(e, p, b->down, ffn, d, branch, work + r->active);
	for (int i = 0; i < d; i++)
		x[i] += branch[i];
}

static void
transformer_step(const struct encoder *e, const struct nn_weights *weights, float *state,
		 float *work, int t, int position, float *h, const float *x)
{
	struct encoder_pass p = {.n = 1, .weights = *weights, .work = work};
	struct nn_embedding places = {1, e->config.positions, e->config.width};
	struct nn_layernorm norm = {1, e->config.width};
	size_t cache = (size_t)e->config.rows_max * 2 * (size_t)e->config.width;
	float *row = work + e->last.x;

	memcpy(row, x, (size_t)e->config.width * sizeof(*x));
	nn_embedding_forward(places, row, &position, weights->base + e->positions);
	for (int i = 0; i < e->config.layers; i++)
		block_step(e, &p, &e->blocks[i], state + (size_t)i * cache, t, row);
	nn_layernorm_forward(norm, h, NULL, NULL, row, weights->base + e->norm.w,
			     weights->base + e->norm.b);
}

const struct encoder_kind encoder_transformer = {
	.name = "transformer",
	.make = transformer_make,
	.free = transformer_free,
	.forward = transformer_forward,
	.backward = ENCODER_BACKWARD(transformer_backward),
	.state_floats = transformer_state_floats,
	.step = transformer_step,
};
