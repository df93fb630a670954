#include "models/nn/linear.h"

#include <stddef.h>

#include "models/nn/gemm.h"
#include "models/nn/kernels/kernels.h"

void
nn_linear_forward(struct nn_linear d, float *y, const float *x, const float *w,
		  const float *b)
{
	nn_gemm_affine(d.n, d.out, d.in, y, x, w, b);
}

void
nn_linear_backward(struct nn_linear d, float *dx, float *dw, float *db, const float *dy,
		   const float *x, const float *w)
{
	/* dX = dY W, dW += dY^T X, db += column sums of dY */
	if (dx)
		nn_gemm_nn(d.n, d.in, d.out, dx, dy, w, false);
	nn_gemm_tn(d.out, d.in, d.n, dw, dy, x, true);
	if (db)
		nn_kernels()->add_columns(d.n, d.out, db, dy);
}
