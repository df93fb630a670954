/**
 * Inverted dropout: each value is zeroed with probability p, the others divided by 1 - p.
 *
 * keep[n]: 1 kept, 0 dropped; drawn by forward from the stream, read by backward. p = 0
 * draws nothing, keeps all. In place is allowed.
 * Source: Srivastava et al. (2014), JMLR 15.
 */
#ifndef MODELS_NN_DROPOUT_H
#define MODELS_NN_DROPOUT_H

#include <stdint.h>

struct rng;

void nn_dropout_forward(int n, float *y, uint8_t *keep, const float *x, float p,
			struct rng *rng);
void nn_dropout_backward(int n, float *dx, const float *dy, const uint8_t *keep, float p);

#endif
