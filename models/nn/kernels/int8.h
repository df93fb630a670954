/* Eight-bit rows: scaling, rounding, and products summed in 32 bits. */
#ifndef MODELS_NN_KERNELS_INT8_H
#define MODELS_NN_KERNELS_INT8_H

#include <math.h>

#include "models/nn/kernels/simd.h"

static float
largest(int n, const float *x)
{
	vec most = {0};
	float y;
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		most = max_of(magnitude(load(x + i)), most);
	y = largest_of(most);
	for (; i < n; i++)
		y = fabsf(x[i]) > y ? fabsf(x[i]) : y;
	return y;
}

static void
round_to_int8(int n, int8_t *x8, const float *x, float factor)
{
	int i = 0;

	for (; i + LANES <= n; i += LANES) {
		ivec r = __builtin_convertvector(rounded(load(x + i) * factor), ivec);

		for (int j = 0; j < LANES; j++)
			x8[i + j] = (int8_t)r[j];
	}
	for (; i < n; i++)
		x8[i] = (int8_t)rounded(all_of(x[i] * factor))[0];
}

#ifdef NN_SIMD_AVX2

#define BYTES 32

INLINE __m256i
bytes_at(const int8_t *p, int n)
{
	int8_t x[BYTES] = {0};

	if (n >= BYTES)
		return _mm256_loadu_si256((const __m256i *)p);
	memcpy(x, p, (size_t)n);
	return _mm256_loadu_si256((const __m256i *)x);
}

/*
 * The instruction multiplies unsigned with signed bytes: x w = |x| (w with x's sign). Two
 * products of at most 127^2 fit the 16 bits they are added in.
 */
INLINE int32_t
int8_dot(int n, const int8_t *x, const int8_t *w)
{
	__m256i sum = _mm256_setzero_si256(), ones = _mm256_set1_epi16(1);
	__m128i half;

	for (int i = 0; i < n; i += BYTES) {
		__m256i a = bytes_at(x + i, n - i), b = bytes_at(w + i, n - i);
		__m256i pairs =
			_mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));

		sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
	}
	half = _mm_add_epi32(_mm256_castsi256_si128(sum),
			     _mm256_extracti128_si256(sum, 1));
	half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
	half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
	return _mm_cvtsi128_si32(half);
}

#else

INLINE int32_t
int8_dot(int n, const int8_t *x, const int8_t *w)
{
	int32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * w[i];
	return sum;
}

#endif

static void
int8_row(int in, int out, float *y, const int8_t *x8, float x_scale, const int8_t *w8,
	 const float *w_scale, const float *bias)
{
	for (int o = 0; o < out; o++, w8 += in)
		y[o] = (float)int8_dot(in, x8, w8) * x_scale * w_scale[o] +
		       (bias ? bias[o] : 0.0f);
}

#endif
