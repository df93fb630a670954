/**
 * Layer normalisation of each row and its gradient.
 *
 * y = (x - mean) * rstd * gain + bias, rstd = 1 / sqrt(var + 1e-5), population variance.
 * Shapes: x, y, dx, dy [n][width], mean, rstd [n] (written by forward, read by backward;
 * both NULL in inference), gain, bias, dgain, dbias [width]. dgain and dbias are added
 * to; dx is added to with `add` (the residual path), else overwritten. No two overlap.
 * Source: Ba, Kiros & Hinton (2016), arXiv 1607.06450.
 */
#ifndef MODELS_NN_LAYERNORM_H
#define MODELS_NN_LAYERNORM_H

#include <stdbool.h>

struct nn_layernorm {
	int n, width;
};

void nn_layernorm_forward(struct nn_layernorm d, float *y, float *mean, float *rstd,
			  const float *x, const float *gain, const float *bias);
void nn_layernorm_backward(struct nn_layernorm d, float *dx, bool add, float *dgain,
			   float *dbias, const float *dy, const float *x,
			   const float *mean, const float *rstd, const float *gain);

#endif
