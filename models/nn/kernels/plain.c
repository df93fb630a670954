/* The kernels for any processor that the compiler knows, in vectors of four. */
#define NN_KERNELS_SET nn_kernels_plain
#define NN_KERNELS_NAME "plain"

#include "models/nn/kernels/set.h"
