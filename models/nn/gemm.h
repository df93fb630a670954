/**
 * Matrix products, the only door to BLAS in models/: WebAssembly brings its own kernel.
 *
 * All matrices are row-major float32, dense. y may not overlap an input. With `add` the
 * product is added to y, else y is overwritten.
 * Source: OpenBLAS cblas_sgemm, single-threaded (nn_gemm_single_thread()); the kernels of
 * models/nn/kernels at the sizes of one window, where these are faster.
 */
#ifndef MODELS_NN_GEMM_H
#define MODELS_NN_GEMM_H

#include <stdbool.h>

/** y[n][out] (+)= x[n][in] w[out][in]^T */
void
nn_gemm_nt(int n, int out, int in, float *y, const float *x, const float *w, bool add);
/** y[n][out] = x[n][in] w[out][in]^T, every row plus b[out] (NULL: none) */
void nn_gemm_affine(int n, int out, int in, float *y, const float *x, const float *w,
		    const float *b);
/** y[n][in] (+)= x[n][out] w[out][in] */
void
nn_gemm_nn(int n, int in, int out, float *y, const float *x, const float *w, bool add);
/** y[out][in] (+)= x[n][out]^T z[n][in] */
void
nn_gemm_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add);

/** OpenBLAS runs one thread from now on, as it does from the first product that it makes
 * here: callers parallelise over sequences. */
void nn_gemm_single_thread(void);

#endif
