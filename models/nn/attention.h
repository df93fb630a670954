/**
 * Multi-head scaled dot-product self-attention of one sequence, and its gradient.
 *
 * Per head: A = softmax(Q K^T / sqrt(width)), Y = A V; `causal`: row t sees rows 0..t.
 * Shapes: q, k, v and their gradients: n rows of heads * width floats, `stride` floats
 * from row to row (3 * heads * width when the three lie side by side, as one product
 * writes them); y, dy [n][heads * width]; weights [heads][n][n] (zero above the diagonal
 * when causal), written by forward, read by backward, NULL when not wanted. Head h is
 * columns h * width .. of a row. dq, dk, dv are overwritten. The projections are the
 * caller's. Source: Vaswani et al. (2017), arXiv 1706.03762.
 */
#ifndef MODELS_NN_ATTENTION_H
#define MODELS_NN_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

struct nn_attention {
	int n, heads, width, stride;
	bool causal;
};

/** Floats of scratch that forward and backward need. */
size_t nn_attention_scratch(struct nn_attention d);

void nn_attention_forward(struct nn_attention d, float *y, float *weights, float *scratch,
			  const float *q, const float *k, const float *v);
void nn_attention_backward(struct nn_attention d, float *dq, float *dk, float *dv,
			   float *scratch, const float *dy, const float *weights,
			   const float *q, const float *k, const float *v);

/**
 * One new row t = n - 1 against the n rows of a cache, its own last: q, y [heads *
 * width], k and v as above; weights [heads][n] is written.
 */
void nn_attention_step(struct nn_attention d, float *y, float *weights, const float *q,
		       const float *k, const float *v);

#endif
