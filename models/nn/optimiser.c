#include "models/nn/optimiser.h"

#include <math.h>

#include "models/nn/plan.h"

/*
 * Offsets in an arena are multiples of this and what follows a tensor is zero, so loops
 * of exactly this length may run over a tensor's end; compilers vectorise them at -O2.
 */
#define LANES 16

struct adamw_factors {
	float beta1, beta2, step, root, epsilon, keep;
};

static void
adamw_lanes(struct adamw_factors f, float *restrict theta, float *restrict m,
	    float *restrict v, const float *restrict gradient)
{
	for (int i = 0; i < LANES; i++) {
		float g = gradient[i];

		m[i] = f.beta1 * m[i] + (1 - f.beta1) * g;
		v[i] = f.beta2 * v[i] + (1 - f.beta2) * g * g;
		theta[i] = f.keep * theta[i] -
			   f.step * (m[i] / (sqrtf(v[i]) * f.root + f.epsilon));
	}
}

void
nn_adamw_step(const struct nn_plan *plan, struct nn_adamw o, int64_t t, float rate,
	      float *theta, float *m, float *v, const float *gradient)
{
	/* The moments start at zero and are too small by these factors (bias correction).
	 */
	double correct1 = 1 - pow((double)o.beta1, (double)t);
	double correct2 = 1 - pow((double)o.beta2, (double)t);
	struct adamw_factors f = {.beta1 = o.beta1,
				  .beta2 = o.beta2,
				  .step = (float)((double)rate / correct1),
				  .root = (float)(1 / sqrt(correct2)),
				  .epsilon = o.epsilon};

	for (int k = 0; k < plan->n; k++) {
		const struct nn_tensor *tensor = &plan->tensors[k];
		size_t end = tensor->offset + tensor->size;

		f.keep = tensor->decay ? 1 - rate * o.decay : 1;
		for (size_t i = tensor->offset; i < end; i += LANES)
			adamw_lanes(f, theta + i, m + i, v + i, gradient + i);
	}
}

static void
sgd_lanes(float momentum, float rate, float keep, float *restrict theta,
	  float *restrict velocity, const float *restrict gradient)
{
	for (int i = 0; i < LANES; i++) {
		velocity[i] = momentum * velocity[i] + gradient[i];
		theta[i] = keep * theta[i] - rate * velocity[i];
	}
}

void
nn_sgd_step(const struct nn_plan *plan, struct nn_sgd o, float rate, float *theta,
	    float *velocity, const float *gradient)
{
	for (int k = 0; k < plan->n; k++) {
		const struct nn_tensor *tensor = &plan->tensors[k];
		size_t end = tensor->offset + tensor->size;
		float keep = tensor->decay ? 1 - rate * o.decay : 1;

		for (size_t i = tensor->offset; i < end; i += LANES)
			sgd_lanes(o.momentum, rate, keep, theta + i, velocity + i,
				  gradient + i);
	}
}

/* In double and in a fixed order: the same bits however the caller came to the gradient.
 */
static double
norm(const struct nn_plan *plan, const float *gradient)
{
	double sums[LANES] = {0}, total = 0;

	for (size_t i = 0; i < plan->floats; i += LANES) {
		for (int j = 0; j < LANES; j++) {
			double g = (double)gradient[i + (size_t)j];

			sums[j] += g * g;
		}
	}
	for (int j = 0; j < LANES; j++)
		total += sums[j];
	return sqrt(total);
}

double
nn_clip(const struct nn_plan *plan, float *gradient, float limit)
{
	double before = norm(plan, gradient);

	if (!isfinite(before))
		return NAN;
	if (before > (double)limit) {
		float scale = (float)((double)limit / before);

		for (size_t i = 0; i < plan->floats; i++)
			gradient[i] *= scale;
	}
	return before;
}

float
nn_schedule_cosine(int64_t t, int64_t warmup, int64_t steps, float peak, float floor)
{
	double part, height;

	if (t < warmup)
		return (float)((double)peak * (double)(t + 1) / (double)warmup);
	part = t < steps ? (double)(t - warmup) / (double)(steps - warmup) : 1;
	height = 0.5 * (1 + cos(M_PI * part));
	return (float)((double)peak * ((double)floor + (1 - (double)floor) * height));
}
