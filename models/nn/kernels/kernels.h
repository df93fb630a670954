/**
 * The inner loops of models/nn, compiled once for any processor and once for AVX2 with
 * FMA (x86-64), and chosen at run time.
 *
 * Each function does what the header of its layer (models/nn/linear.h, attention.h, ...)
 * says; layers call nn_kernels(). A set gives the same bits on every machine that has it;
 * two sets differ by rounding.
 */
#ifndef MODELS_NN_KERNELS_KERNELS_H
#define MODELS_NN_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/nn/attention.h"
#include "models/nn/layernorm.h"

/* Columns of the widest panel that a set packs a matrix into. */
#define NN_PANEL_MAX 16

struct nn_kernels {
	const char *name;   /* "plain", "avx2" */
	bool fast_products; /* its products beat OpenBLAS at the sizes of one window */

	/* As in models/nn/gemm.h; `bias` [out], NULL: none, is for when `add` is not set
	 */
	void (*product_nt)(int n, int out, int in, float *y, const float *x,
			   const float *w, const float *bias, bool add);
	/* The same with w as pack() laid it out, out a multiple of NN_PANEL_MAX */
	void (*pack)(int out, int in, float *packed, const float *w);
	void (*product_packed)(int n, int out, int in, float *y, const float *x,
			       const float *packed, const float *bias);
	void (*product_nn)(int n, int in, int out, float *y, const float *x,
			   const float *w, bool add);
	void (*product_tn)(int out, int in, int n, float *y, const float *x,
			   const float *z, bool add);

	void (*attention_forward)(struct nn_attention d, float *y, float *weights,
				  float *scratch, const float *q, const float *k,
				  const float *v);
	void (*attention_backward)(struct nn_attention d, float *dq, float *dk, float *dv,
				   float *scratch, const float *dy, const float *weights,
				   const float *q, const float *k, const float *v);
	void (*attention_step)(struct nn_attention d, float *y, float *weights,
			       const float *q, const float *k, const float *v);

	void (*layernorm_forward)(struct nn_layernorm d, float *y, float *mean,
				  float *rstd, const float *x, const float *gain,
				  const float *bias);
	void (*layernorm_backward)(struct nn_layernorm d, float *dx, bool add,
				   float *dgain, float *dbias, const float *dy,
				   const float *x, const float *mean, const float *rstd,
				   const float *gain);

	void (*gelu_forward)(int n, float *y, const float *x);
	void (*gelu_backward)(int n, float *dx, const float *dy, const float *x);

	/* y[i] = x[i] + z[i] */
	void (*add)(int n, float *y, const float *x, const float *z);
	/* sum[cols] += the sums of y's columns, y [n][cols] */
	void (*add_columns)(int n, int cols, float *sum, const float *y);

	/* One row of models/nn/quant.h's nn_quant_rows(), and its product */
	void (*int8_weights)(int in, int8_t *w8, float *scale, const float *w);
	void (*int8_product)(int n, int in, int out, float *y, int8_t *x8, const float *x,
			     const int8_t *w8, const float *w_scale, const float *bias);
};

/** The set in use: the best that this processor has. */
const struct nn_kernels *nn_kernels(void);

/** NULL when there is none of that name, or this processor cannot run it. */
const struct nn_kernels *nn_kernels_find(const char *name);

/** For tests and benchmarks: the set to use from now on; NULL: the best again. */
void nn_kernels_use(const struct nn_kernels *set);

#endif
