/**
 * Optimisers over one arena of parameters, and the schedule of the learning rate.
 *
 * The update is theta <- theta - eta step - eta lambda theta, decoupled: `decay` is
 * applied only to the plan's tensors that have it. All arrays are arenas of the plan
 * (plan->floats), zero between tensors; moments and velocity are all zero at first.
 * Sources: Polyak (1964) and Sutskever et al. (2013) (momentum);
 * Loshchilov & Hutter (2019), arXiv 1711.05101 (AdamW); Pascanu et al. (2013) (clipping
 * by global norm); Loshchilov & Hutter (2017), arXiv 1608.03983 (cosine).
 */
#ifndef MODELS_NN_OPTIMISER_H
#define MODELS_NN_OPTIMISER_H

#include <stdint.h>

struct nn_plan;

struct nn_adamw {
	float beta1, beta2, epsilon, decay; /* .9, .999, 1e-8, 1e-2 */
};

/** t counts from 1; m, v: first and second moments, in the plan's layout. */
void nn_adamw_step(const struct nn_plan *plan, struct nn_adamw o, int64_t t, float rate,
		   float *theta, float *m, float *v, const float *gradient);

struct nn_sgd {
	float momentum, decay;
};
void nn_sgd_step(const struct nn_plan *plan, struct nn_sgd o, float rate, float *theta,
		 float *velocity, const float *gradient);

/** Scales all to the global norm at most `limit`; returns the norm before. NAN if it is
 * not finite (gradient untouched). */
double nn_clip(const struct nn_plan *plan, float *gradient, float limit);

/** Linear warm-up over `warmup` steps, then half a cosine down to floor * peak at
 * `steps`; t from 0. */
float
nn_schedule_cosine(int64_t t, int64_t warmup, int64_t steps, float peak, float floor);

#endif
