/** Where personal values act in a model: their plan, and the way there and back. */
#ifndef MODELS_TRAIN_ADAPT_PLAN_H
#define MODELS_TRAIN_ADAPT_PLAN_H

#include "models/engagement/model.h"
#include "models/nn/lora.h"
#include "models/nn/plan.h"

#define ADAPT_BIASES 3

/* One adapted matrix. */
struct adapt_site {
	size_t w;    /* in the model's plan */
	size_t a, b; /* in the personal plan */
};

struct adapt_plan {
	struct nn_plan plan; /* of the personal values */
	struct nn_lora lora; /* shape of all sites */
	int n_sites;
	struct adapt_site *sites;
	size_t bias; /* in the personal plan */
};

/** Errors: MEMORY, INVALID (sizes); p is empty then. */
CAMP_MUST_CHECK enum camp_err
adapt_plan_make(struct adapt_plan *p, const struct model *m);
void adapt_plan_clear(struct adapt_plan *p);

/** The values of somebody unknown, which change nothing: the same for all. */
void adapt_plan_start(const struct adapt_plan *p, float *values);

/** merged (the model's plan) = base with the personal values. */
void adapt_plan_merge(const struct adapt_plan *p, const struct model *m, float *merged,
		      const float *base, const float *values);

/** gradient (the personal plan) is overwritten, from that of the merged parameters. */
void adapt_plan_gradient(const struct adapt_plan *p, const struct model *m,
			 float *gradient, const float *dmerged, const float *values);

#endif
