#include "models/nn/linear.h"

#include <stddef.h>
#include <string.h>

#include "models/nn/gemm.h"

void
nn_linear_forward(struct nn_linear d, float *y, const float *x, const float *w,
		  const float *b)
{
	for (int r = 0; b && r < d.n; r++)
		memcpy(y + (size_t)r * (size_t)d.out, b, (size_t)d.out * sizeof(*y));
	nn_gemm_nt(d.n, d.out, d.in, y, x, w, b != NULL);
}

void
nn_linear_backward(struct nn_linear d, float *dx, float *dw, float *db, const float *dy,
		   const float *x, const float *w)
{
	/* dX = dY W, dW += dY^T X, db += column sums of dY */
	if (dx)
		nn_gemm_nn(d.n, d.in, d.out, dx, dy, w, false);
	nn_gemm_tn(d.out, d.in, d.n, dw, dy, x, true);
	for (int r = 0; db && r < d.n; r++)
		for (int o = 0; o < d.out; o++)
			db[o] += dy[(size_t)r * (size_t)d.out + (size_t)o];
}
