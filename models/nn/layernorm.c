#include "models/nn/layernorm.h"

#include "models/nn/kernels/kernels.h"

void
nn_layernorm_forward(struct nn_layernorm d, float *y, float *mean, float *rstd,
		     const float *x, const float *gain, const float *bias)
{
	nn_kernels()->layernorm_forward(d, y, mean, rstd, x, gain, bias);
}

void
nn_layernorm_backward(struct nn_layernorm d, float *dx, bool add, float *dgain,
		      float *dbias, const float *dy, const float *x, const float *mean,
		      const float *rstd, const float *gain)
{
	nn_kernels()->layernorm_backward(d, dx, add, dgain, dbias, dy, x, mean, rstd,
					 gain);
}
