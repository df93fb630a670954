#include "models/nn/weights.h"

#include "models/nn/kernels/kernels.h"
#include "models/nn/linear.h"
#include "models/nn/plan.h"
#include "models/nn/quant.h"

/* A packed matrix is as large as the plain one only if its rows fill whole panels. */
static bool
can_be_packed(int out)
{
	return out % NN_PANEL_MAX == 0;
}

void
nn_weights_pack(const struct nn_plan *plan, float *packed, const float *base)
{
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];
		int out = t->dims[0];

		if (t->n_dims > 1 && can_be_packed(out))
			nn_kernels()->pack(out, (int)(t->size / (size_t)out),
					   packed + t->offset, base + t->offset);
	}
}

void
nn_weights_linear(const struct nn_weights *weights, size_t w, size_t b, int n, int in,
		  int out, float *y, const float *x, int8_t *scratch)
{
	struct nn_linear d = {.n = n, .in = in, .out = out};
	const float *bias = b == NN_NO_BIAS ? NULL : weights->base + b;

	if (weights->int8)
		nn_quant_linear(n, in, out, y, scratch, x, weights->int8 + w,
				weights->scales + w, bias);
	else if (weights->packed && can_be_packed(out))
		nn_kernels()->product_packed(n, out, in, y, x, weights->packed + w, bias);
	else
		nn_linear_forward(d, y, x, weights->base + w, bias);
}
