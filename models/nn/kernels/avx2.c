/*
 * The kernels for x86-64 with AVX2 and FMA. The program is compiled for any x86-64; the
 * pragmas allow the compiler these instructions in this file alone, and kernels.c calls
 * it only where the processor has them.
 */
#ifdef __x86_64__

#define NN_SIMD_AVX2
#define NN_KERNELS_SET nn_kernels_avx2
#define NN_KERNELS_NAME "avx2"

/* Ahead of the pragmas: what these define inline must run on any processor. */
#include <math.h>
#include <string.h>
#include "models/nn/kernels/kernels.h"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#include <immintrin.h>
#include "models/nn/kernels/set.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else
typedef int nn_no_avx2_here; /* ISO C wants something in every file */
#endif
