/**
 * A model's parameters as layers read them: float32, perhaps with packed copies of its
 * matrices, or with int8 ones.
 *
 * Offsets are those of the plan, in both. Read-only and shared by threads.
 */
#ifndef MODELS_NN_WEIGHTS_H
#define MODELS_NN_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct nn_weights {
	const float *base;
	const int8_t *int8;  /* NULL: all float32. Else the matrices, at their offsets, */
	const float *scales; /* and row r of the matrix at offset o has scales[o + r] */
	/* NULL: none. Else copies of the float32 matrices in the order in which products
	 * want them, at their offsets: nn_weights_pack() */
	const float *packed;
};

struct nn_plan;

/**
 * Fills packed[plan->floats] from base, for many products with the same weights. It fits
 * the set of kernels in use, and whole tensors only: a product with some rows of a matrix
 * must not see it.
 */
void nn_weights_pack(const struct nn_plan *plan, float *packed, const float *base);

/**
 * y[n][out] = x W^T + b, W the matrix at offset w (of type int8 if there is one), b at
 * offset b (NN_NO_BIAS: none). scratch: `in` bytes, for int8 only. Overlap as in
 * nn_linear_forward().
 */
#define NN_NO_BIAS SIZE_MAX
void nn_weights_linear(const struct nn_weights *weights, size_t w, size_t b, int n,
		       int in, int out, float *y, const float *x, int8_t *scratch);

#endif
