/* One set of kernels: all of them, and their table. */
#include <stdbool.h>

#include "models/nn/kernels/kernels.h"

#include "models/nn/kernels/heads.h"
#include "models/nn/kernels/int8.h"
#include "models/nn/kernels/product.h"
#include "models/nn/kernels/rows.h"

/* WebAssembly only forecasts: its module has no room for what training alone needs. */
#ifdef __wasm__
#define TRAINING(function) NULL
#else
#define TRAINING(function) function
#endif

extern const struct nn_kernels NN_KERNELS_SET;

const struct nn_kernels NN_KERNELS_SET = {
	.name = NN_KERNELS_NAME,
#ifdef NN_SIMD_AVX2
	.fast_products = true,
#endif
	.product_nt = product_nt,
	.pack = pack,
	.product_packed = product_packed,
	.product_nn = TRAINING(product_nn),
	.product_tn = TRAINING(product_tn),
	.attention_forward = attention_forward,
	.attention_backward = TRAINING(attention_backward),
	.attention_step = attention_step,
	.layernorm_forward = layernorm_forward,
	.layernorm_backward = TRAINING(layernorm_backward),
	.gelu_forward = gelu_forward,
	.gelu_backward = TRAINING(gelu_backward),
	.add = add_rows,
	.add_columns = TRAINING(add_columns),
	.int8_weights = TRAINING(int8_weights),
	.int8_product = int8_product,
};
