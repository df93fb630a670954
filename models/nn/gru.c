#include "models/nn/gru.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "models/nn/gemm.h"
#include "models/nn/linear.h"

/* A row of the cache: r, z, U_c h + c_c, c, each of `width`. */

static float
sigmoid(float x)
{
	return 1 / (1 + expf(-x));
}

void
nn_gru_row(int width, float *h, float *cache, const float *input, const float *before)
{
	float *r = cache, *z = r + width, *uc = z + width, *c = uc + width;

	for (int i = 0; i < width; i++) {
		r[i] = sigmoid(input[i] + r[i]);
		z[i] = sigmoid(input[width + i] + z[i]);
		c[i] = tanhf(input[2 * width + i] + r[i] * uc[i]);
		h[i] = (1 - z[i]) * c[i] + z[i] * (before ? before[i] : 0);
	}
}

void
nn_gru_forward(struct nn_gru d, float *h, float *cache, float *scratch, const float *x,
	       const float *h0, struct nn_gru_weights p)
{
	struct nn_linear input = {.n = d.n, .in = d.in, .out = 3 * d.width};
	struct nn_linear recurrent = {.n = 1, .in = d.width, .out = 3 * d.width};
	size_t width = (size_t)d.width;
	const float *before = h0;

	nn_linear_forward(input, scratch, x, p.w, p.b);
	for (int t = 0; t < d.n; t++) {
		if (before)
			nn_linear_forward(recurrent, cache, before, p.u, p.c);
		else
			memcpy(cache, p.c, 3 * width * sizeof(*cache));
		nn_gru_row(d.width, h, cache, scratch, before);
		before = h;
		h += width;
		cache += 4 * width;
		scratch += 3 * width;
	}
}

/*
 * One row, of the gradient dh of its state: `inner`, that of the sums within the gates as
 * W x + b meets them; `recurrent`, as U h + c does; and carry, dh in, to the state before
 * by way of z only.
 */
static void
gates_backward(size_t width, float *carry, float *inner, float *recurrent,
	       const float *cache, const float *before)
{
	const float *r = cache, *z = r + width, *uc = z + width, *c = uc + width;

	for (size_t i = 0; i < width; i++) {
		float dh = carry[i], dz = dh * ((before ? before[i] : 0) - c[i]);
		float dsum = dh * (1 - z[i]) * (1 - c[i] * c[i]);

		recurrent[i] = inner[i] = dsum * uc[i] * r[i] * (1 - r[i]);
		recurrent[width + i] = inner[width + i] = dz * z[i] * (1 - z[i]);
		inner[2 * width + i] = dsum;
		recurrent[2 * width + i] = dsum * r[i];
		carry[i] = dh * z[i];
	}
}

/* From the last row to the first: rows of `inner`. temporary: 4 width. */
static void
through_time(struct nn_gru d, float *inner, float *temporary, const float *dh,
	     const float *h, const float *cache, const float *h0, const float *u)
{
	size_t width = (size_t)d.width;
	float *carry = temporary, *recurrent = temporary + width;

	memset(carry, 0, width * sizeof(*carry));
	for (int t = d.n - 1; t >= 0; t--) {
		size_t row = (size_t)t;

		for (size_t i = 0; i < width; i++)
			carry[i] += dh[row * width + i];
		gates_backward(width, carry, inner + row * 3 * width, recurrent,
			       cache + row * 4 * width, t ? h + (row - 1) * width : h0);
		nn_gemm_nn(1, d.width, 3 * d.width, carry, recurrent, u, true);
	}
}

void
nn_gru_backward(struct nn_gru d, float *dx, struct nn_gru_gradients dp, float *scratch,
		const float *dh, const float *h, const float *cache, const float *x,
		const float *h0, struct nn_gru_weights p)
{
	struct nn_linear input = {.n = d.n, .in = d.in, .out = 3 * d.width};
	struct nn_linear recurrent = {.n = d.n - 1, .in = d.width, .out = 3 * d.width};
	struct nn_linear first = {.n = 1, .in = d.width, .out = 3 * d.width};
	size_t width = (size_t)d.width, rows = (size_t)d.n;

	through_time(d, scratch, scratch + rows * 3 * width, dh, h, cache, h0, p.u);
	nn_linear_backward(input, dx, dp.w, dp.b, scratch, x, p.w);

	/* As U h + c meets them, the sums of the candidate are r times those. */
	for (size_t t = 0; t < rows; t++)
		for (size_t i = 0; i < width; i++)
			scratch[t * 3 * width + 2 * width + i] *=
				cache[t * 4 * width + i];
	if (h0)
		nn_linear_backward(first, NULL, dp.u, dp.c, scratch, h0, p.u);
	for (size_t i = 0; !h0 && i < 3 * width; i++)
		dp.c[i] += scratch[i];
	if (recurrent.n > 0)
		nn_linear_backward(recurrent, NULL, dp.u, dp.c, scratch + 3 * width, h,
				   p.u);
}
