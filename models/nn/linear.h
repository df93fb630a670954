/**
 * Affine map of n rows, Y = X W^T + b, and its gradients.
 *
 * Shapes, row-major float32:
 *   x, dx [n][in]   w, dw [out][in]   b, db [out] (NULL: none)   y, dy [n][out]
 * Memory: borrowed from the caller's arena; no two may overlap.
 * dx is overwritten (NULL: not wanted); dw and db are added to, so that windows sum.
 * Errors: none; the plan has checked that every size fits an int.
 * Source: Giles (2008), Oxford NA report 08/01, matrix product rules.
 */
#ifndef MODELS_NN_LINEAR_H
#define MODELS_NN_LINEAR_H

struct nn_linear {
	int n, in, out;
};

void nn_linear_forward(struct nn_linear d, float *y, const float *x, const float *w,
		       const float *b);
void nn_linear_backward(struct nn_linear d, float *dx, float *dw, float *db,
			const float *dy, const float *x, const float *w);

#endif
