#include "models/nn/dropout.h"

#include <string.h>

#include "models/stats/rng.h"

/* One draw decides on four values, so p counts in steps of 2^-16. */
#define PARTS 4
#define PART_BITS 16

void
nn_dropout_forward(int n, float *y, uint8_t *keep, const float *x, float p,
		   struct rng *rng)
{
	uint64_t limit = (uint64_t)(p * (1 << PART_BITS)), draw = 0;
	float scale = 1.0f / (1.0f - p);

	if (p <= 0) {
		memset(keep, 1, (size_t)n);
		memmove(y, x, (size_t)n * sizeof(*y));
		return;
	}
	for (int i = 0; i < n; i++) {
		draw = i % PARTS == 0 ? rng_next(rng) : draw >> PART_BITS;
		keep[i] = (draw & ((1 << PART_BITS) - 1)) >= limit;
		y[i] = keep[i] ? x[i] * scale : 0.0f;
	}
}

void
nn_dropout_backward(int n, float *dx, const float *dy, const uint8_t *keep, float p)
{
	float scale = p > 0 ? 1.0f / (1.0f - p) : 1.0f;

	for (int i = 0; i < n; i++)
		dx[i] = keep[i] ? dy[i] * scale : 0.0f;
}
