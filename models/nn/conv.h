/**
 * One-dimensional convolutions over time and their gradients.
 *
 * Causal dilated: y[t][o] = b[o] + sum_{j < taps, i} w[o][j][i] x[t - (taps-1-j)
 * dilation][i], with zeros before the start. x [n][in], y [n][out], w [out][taps][in],
 * scratch [n][taps*in]. Depthwise ("same" padding or causal): each channel its own taps,
 * w [channels][taps]. Separable = depthwise, then pointwise (an nn_linear). dx
 * overwritten (NULL: not wanted); dw, db added to. Sources: van den Oord et al. (2016),
 * arXiv 1609.03499; Chollet (2017), arXiv 1610.02357; Lawhern et al. (2018), J Neural Eng
 * 15 056013 (EEGNet).
 */
#ifndef MODELS_NN_CONV_H
#define MODELS_NN_CONV_H

#include <stdbool.h>

struct nn_conv {
	int n, in, out, taps, dilation;
};

void nn_conv_forward(struct nn_conv d, float *y, float *scratch, const float *x,
		     const float *w, const float *b);
void nn_conv_backward(struct nn_conv d, float *dx, float *dw, float *db, float *scratch,
		      const float *dy, const float *x, const float *w);

struct nn_conv_depthwise {
	int n, channels, taps;
	bool causal; /* else centred, zeros outside */
};

void nn_conv_depthwise_forward(struct nn_conv_depthwise d, float *y, const float *x,
			       const float *w, const float *b);
void
nn_conv_depthwise_backward(struct nn_conv_depthwise d, float *dx, float *dw, float *db,
			   const float *dy, const float *x, const float *w);

#endif
