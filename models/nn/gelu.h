/**
 * y = x Phi(x), Phi the standard normal distribution function (exact form, by erf), and
 * dx = dy (Phi(x) + x phi(x)). n floats each; forward may run in place when no backward
 * follows. Source: Hendrycks & Gimpel (2016), arXiv 1606.08415.
 */
#ifndef MODELS_NN_GELU_H
#define MODELS_NN_GELU_H

void nn_gelu_forward(int n, float *y, const float *x);
/** dx may be dy. */
void nn_gelu_backward(int n, float *dx, const float *dy, const float *x);

#endif
