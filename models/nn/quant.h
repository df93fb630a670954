/**
 * 8-bit linear map: symmetric scales per row of W, per token of x, 32-bit sums.
 *
 * w8 [out][in] int8 in -127..127, w_scale [out]: W ~ w8 * w_scale. x is quantised row by
 * row on the fly: x8 [in] int8 and one scale. y = (x8 . w8) * x_scale * w_scale + b. Sums
 * fit 32 bits for in < 2^17. Source: Dettmers et al. (2022), arXiv 2208.07339
 * (vector-wise scales), without its outlier path.
 */
#ifndef MODELS_NN_QUANT_H
#define MODELS_NN_QUANT_H

#include <stdint.h>

void nn_quant_rows(int out, int in, int8_t *w8, float *w_scale, const float *w);
void
nn_quant_linear(int n, int in, int out, float *y, int8_t *x8 /* scratch [in] */,
		const float *x, const int8_t *w8, const float *w_scale, const float *b);

#endif
