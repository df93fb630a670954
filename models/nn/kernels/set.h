/* One set of kernels: all of them, and their table. */
#include <stdbool.h>

#include "models/nn/kernels/kernels.h"

#include "models/nn/kernels/heads.h"
#include "models/nn/kernels/int8.h"
#include "models/nn/kernels/product.h"
#include "models/nn/kernels/rows.h"

extern const struct nn_kernels NN_KERNELS_SET;

const struct nn_kernels NN_KERNELS_SET = {
	.name = NN_KERNELS_NAME,
#ifdef NN_SIMD_AVX2
	.fast_products = true,
#endif
	.product_nt = product_nt,
	.product_nn = product_nn,
	.product_tn = product_tn,
	.attention_forward = attention_forward,
	.attention_backward = attention_backward,
	.attention_step = attention_step,
	.layernorm_forward = layernorm_forward,
	.layernorm_backward = layernorm_backward,
	.gelu_forward = gelu_forward,
	.gelu_backward = gelu_backward,
	.add = add_rows,
	.add_columns = add_columns,
	.largest = largest,
	.round_to_int8 = round_to_int8,
	.int8_row = int8_row,
};
