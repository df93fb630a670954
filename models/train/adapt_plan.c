#include "models/train/adapt_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/rng.h"
#include "models/train/adapt.h"

#define ALPHA 8.0f
/*
 * AdamW moves every value by about its rate a step, whatever the gradient; biases must
 * get further than matrix elements in the same number of steps, so theirs count more.
 */
#define BIAS_SCALE 2.0f

/* Columns of the heads' values of a condition (heads.h): log odds, mu, ln sigma. */
static const int bias_columns[ADAPT_BIASES] = {0, 1, 6};

static void
add_site(struct adapt_plan *p, const struct nn_tensor *qkv, int layer, int part,
	 const char *name)
{
	struct adapt_site *site = &p->sites[p->n_sites++];
	int d = qkv->dims[1];

	site->w = qkv->offset + (size_t)part * (size_t)d * (size_t)d;
	site->a = nn_plan_add(&p->plan, ADAPT_RANK, d, NN_INIT_NORMAL, 0.1f, true,
			      "layer.%d.%s.a", layer, name);
	site->b = nn_plan_add(&p->plan, d, ADAPT_RANK, NN_INIT_ZERO, 0, true,
			      "layer.%d.%s.b", layer, name);
}

enum camp_err
adapt_plan_make(struct adapt_plan *p, const struct model *m)
{
	enum camp_err err;

	memset(p, 0, sizeof(*p));
	p->lora = (struct nn_lora){.in = m->config.width,
				   .out = m->config.width,
				   .rank = ADAPT_RANK,
				   .alpha = ALPHA};
	p->sites = calloc(2 * (size_t)m->config.layers, sizeof(*p->sites));
	if (!p->sites)
		return CAMP_ERR_MEMORY;
	p->bias = nn_plan_add(&p->plan, ADAPT_BIASES, 0, NN_INIT_ZERO, 0, false, "bias");
	for (int i = 0; i < m->config.layers; i++) {
		char name[NN_NAME_MAX];
		const struct nn_tensor *qkv;

		snprintf(name, sizeof(name), "encoder.layer.%d.attention.qkv.weight", i);
		qkv = nn_plan_find(&m->parameters, name);
		if (!qkv)
			break;
		/* Its rows are those of the queries, the keys, the values. */
		add_site(p, qkv, i, 0, "query");
		add_site(p, qkv, i, 2, "value");
	}
	err = p->plan.err;
	if (err != CAMP_OK)
		adapt_plan_clear(p);
	return err;
}

void
adapt_plan_clear(struct adapt_plan *p)
{
	nn_plan_clear(&p->plan);
	free(p->sites);
	memset(p, 0, sizeof(*p));
}

void
adapt_plan_start(const struct adapt_plan *p, float *values)
{
	struct rng rng;

	rng_seed(&rng, 1, 0);
	nn_plan_init_values(&p->plan, values, &rng);
}

void
adapt_plan_merge(const struct adapt_plan *p, const struct model *m, float *merged,
		 const float *base, const float *values)
{
	float *conditions = merged + m->head.condition;

	memcpy(merged, base, m->parameters.floats * sizeof(*merged));
	for (int i = 0; i < p->n_sites; i++) {
		const struct adapt_site *s = &p->sites[i];

		nn_lora_merge(p->lora, merged + s->w, merged + s->w, values + s->a,
			      values + s->b);
	}
	/* Each row has one condition, so what all conditions share is a bias. */
	for (int c = 0; c < m->head.n_conditions; c++)
		for (int k = 0; k < ADAPT_BIASES; k++)
			conditions[c * HEAD_RAW + bias_columns[k]] +=
				BIAS_SCALE * values[p->bias + (size_t)k];
}

void
adapt_plan_gradient(const struct adapt_plan *p, const struct model *m, float *gradient,
		    const float *dmerged, const float *values)
{
	const float *conditions = dmerged + m->head.condition;

	memset(gradient, 0, p->plan.floats * sizeof(*gradient));
	for (int i = 0; i < p->n_sites; i++) {
		const struct adapt_site *s = &p->sites[i];

		nn_lora_backward(p->lora, gradient + s->a, gradient + s->b,
				 dmerged + s->w, values + s->a, values + s->b);
	}
	for (int c = 0; c < m->head.n_conditions; c++)
		for (int k = 0; k < ADAPT_BIASES; k++)
			gradient[p->bias + (size_t)k] +=
				BIAS_SCALE * conditions[c * HEAD_RAW + bias_columns[k]];
}
