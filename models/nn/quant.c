#include "models/nn/quant.h"

#include <math.h>
#include <stddef.h>

#define LEVELS 127

/* x8 = round(x / scale), scale = largest |x| / 127 (0 for a row of zeros). */
static float
quantise_row(int n, int8_t *x8, const float *x)
{
	float max = 0, inverse;

	for (int i = 0; i < n; i++)
		max = fmaxf(max, fabsf(x[i]));
	inverse = max > 0 ? LEVELS / max : 0.0f;
	for (int i = 0; i < n; i++)
		x8[i] = (int8_t)lrintf(x[i] * inverse);
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

		for (int o = 0; o < out; o++) {
			const int8_t *row = w8 + (size_t)o * (size_t)in;
			int32_t sum = 0;

			for (int i = 0; i < in; i++)
				sum += x8[i] * row[i];
			y[o] = (float)sum * x_scale * w_scale[o] + (b ? b[o] : 0.0f);
		}
	}
}
