#include "models/nn/quant.h"

#include <stddef.h>

#include "models/nn/kernels/kernels.h"

#define LEVELS 127

/* x8 = round(x / scale), scale = largest |x| / 127 (0 for a row of zeros). */
static float
quantise_row(int n, int8_t *x8, const float *x)
{
	float max = nn_kernels()->largest(n, x);

	nn_kernels()->round_to_int8(n, x8, x, max > 0 ? LEVELS / max : 0.0f);
	return max / LEVELS;
}

void
nn_quant_rows(int out, int in, int8_t *w8, float *w_scale, const float *w)
{
	for (int o = 0; o < out; o++)
		w_scale[o] = quantise_row(in, w8 + (size_t)o * (size_t)in,
					  w + (size_t)o * (size_t)in);
}

void
nn_quant_linear(int n, int in, int out, float *y, int8_t *x8, const float *x,
		const int8_t *w8, const float *w_scale, const float *b)
{
	for (int r = 0; r < n; r++, x += in, y += out) {
		float x_scale = quantise_row(in, x8, x);

		nn_kernels()->int8_row(in, out, y, x8, x_scale, w8, w_scale, b);
	}
}
