#include "models/nn/attention.h"

#include "models/nn/kernels/kernels.h"

/* Kernels work in blocks of at most so many rows or columns. */
#define BLOCK 16

static size_t
whole_blocks(int n)
{
	return ((size_t)n + BLOCK - 1) / BLOCK * BLOCK;
}

/* For any set of kernels: see struct backward_room of models/nn/kernels/heads.h. */
size_t
nn_attention_scratch(struct nn_attention d)
{
	size_t n = whole_blocks(d.n), wide = whole_blocks(d.width);

	return 4 * n * wide + BLOCK * n + 2 * n * (n + BLOCK);
}

void
nn_attention_forward(struct nn_attention d, float *y, float *weights, float *scratch,
		     const float *q, const float *k, const float *v)
{
	nn_kernels()->attention_forward(d, y, weights, scratch, q, k, v);
}

void
nn_attention_backward(struct nn_attention d, float *dq, float *dk, float *dv,
		      float *scratch, const float *dy, const float *weights,
		      const float *q, const float *k, const float *v)
{
	nn_kernels()->attention_backward(d, dq, dk, dv, scratch, dy, weights, q, k, v);
}

void
nn_attention_step(struct nn_attention d, float *y, float *weights, const float *q,
		  const float *k, const float *v)
{
	nn_kernels()->attention_step(d, y, weights, q, k, v);
}
