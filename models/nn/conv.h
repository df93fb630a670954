/**
 * One-dimensional convolutions over time, what EEG front ends need, and their gradients.
 *
 * dx is overwritten (NULL: not wanted); dw, db are added to. Rows before the start (and,
 * centred, beyond the end) are zeros. Sources: van den Oord et al. (2016), arXiv
 * 1609.03499 (causal, dilated); Chollet (2017), arXiv 1610.02357 (separable); Lawhern et
 * al. (2018), J Neural Eng 15 056013 (EEGNet: spatial filters, pooling).
 */
#ifndef MODELS_NN_CONV_H
#define MODELS_NN_CONV_H

#include <stdbool.h>

/**
 * Causal, dilated: y[t][o] = b[o] + sum_{j < taps, i} w[o][j][i] x[t - (taps-1-j)
 * dilation][i]. x [n][in], y [n][out], w [out][taps][in], scratch [n][taps*in].
 */
struct nn_conv {
	int n, in, out, taps, dilation;
};

/** The rows that a forward pass multiplies by w: rows [n][taps*in], oldest tap first. */
void nn_conv_unroll(struct nn_conv d, float *rows, const float *x);
void nn_conv_forward(struct nn_conv d, float *y, float *scratch, const float *x,
		     const float *w, const float *b);
void nn_conv_backward(struct nn_conv d, float *dx, float *dw, float *db, float *scratch,
		      const float *dy, const float *x, const float *w);

/**
 * Each channel its own taps: y[t][c] = b[c] + sum_j w[c][j] x[t + j - before][c], before
 * = taps - 1 (causal) or taps / 2 (centred). x, y [n][channels], w [channels][taps].
 * A separable convolution is this and then an nn_linear over the channels (pointwise).
 */
struct nn_conv_depthwise {
	int n, channels, taps;
	bool causal; /* else centred */
};

void nn_conv_depthwise_forward(struct nn_conv_depthwise d, float *y, const float *x,
			       const float *w, const float *b);
void
nn_conv_depthwise_backward(struct nn_conv_depthwise d, float *dx, float *dw, float *db,
			   const float *dy, const float *x, const float *w);

/**
 * Spatial filters, `depth` for each temporal one and only over its own output:
 * y[t][f * depth + k] = b[f * depth + k] + sum_c w[f][k][c] x[c][t][f].
 * x [channels][n][filters], as nn_conv of each channel (in 1) leaves it; y [n][filters *
 * depth], w [filters][depth][channels].
 */
struct nn_conv_spatial {
	int n, filters, channels, depth;
};

void nn_conv_spatial_forward(struct nn_conv_spatial d, float *y, const float *x,
			     const float *w, const float *b);
void nn_conv_spatial_backward(struct nn_conv_spatial d, float *dx, float *dw, float *db,
			      const float *dy, const float *x, const float *w);

/** Means of `size` rows: x [n][width] -> y [n / size][width]; rows left over are not
 * used. */
struct nn_pool {
	int n, width, size;
};

void nn_pool_forward(struct nn_pool d, float *y, const float *x);
void nn_pool_backward(struct nn_pool d, float *dx, const float *dy);

#endif
