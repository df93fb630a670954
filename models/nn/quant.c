#include "models/nn/quant.h"

#include <stddef.h>

#include "models/nn/kernels/kernels.h"

void
nn_quant_rows(int out, int in, int8_t *w8, float *w_scale, const float *w)
{
	for (int o = 0; o < out; o++)
		nn_kernels()->int8_weights(in, w8 + (size_t)o * (size_t)in, w_scale + o,
					   w + (size_t)o * (size_t)in);
}

void
nn_quant_linear(int n, int in, int out, float *y, int8_t *x8, const float *x,
		const int8_t *w8, const float *w_scale, const float *b)
{
	nn_kernels()->int8_product(n, in, out, y, x8, x, w8, w_scale, b);
}
