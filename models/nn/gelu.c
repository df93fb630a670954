#include "models/nn/gelu.h"

#include "models/nn/kernels/kernels.h"

void
nn_gelu_forward(int n, float *y, const float *x)
{
	nn_kernels()->gelu_forward(n, y, x);
}

void
nn_gelu_backward(int n, float *dx, const float *dy, const float *x)
{
	nn_kernels()->gelu_backward(n, dx, dy, x);
}
