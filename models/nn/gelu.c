#include "models/nn/gelu.h"

#include <math.h>

#define INV_SQRT_2 0.70710678118654752f
#define INV_SQRT_2PI 0.39894228040143268f

void
nn_gelu_forward(int n, float *y, const float *x)
{
	for (int i = 0; i < n; i++)
		y[i] = x[i] * 0.5f * (1 + erff(x[i] * INV_SQRT_2));
}

void
nn_gelu_backward(int n, float *dx, const float *dy, const float *x)
{
	for (int i = 0; i < n; i++) {
		float phi = expf(-0.5f * x[i] * x[i]) * INV_SQRT_2PI;

		dx[i] = dy[i] * (0.5f * (1 + erff(x[i] * INV_SQRT_2)) + x[i] * phi);
	}
}
