#include "models/nn/weights.h"

#include "models/nn/linear.h"
#include "models/nn/quant.h"

void
nn_weights_linear(const struct nn_weights *weights, size_t w, size_t b, int n, int in,
		  int out, float *y, const float *x, int8_t *scratch)
{
	struct nn_linear d = {.n = n, .in = in, .out = out};
	const float *bias = b == NN_NO_BIAS ? NULL : weights->base + b;

	if (weights->int8)
		nn_quant_linear(n, in, out, y, scratch, x, weights->int8 + w,
				weights->scales + w, bias);
	else
		nn_linear_forward(d, y, x, weights->base + w, bias);
}
