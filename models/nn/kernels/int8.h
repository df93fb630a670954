/* Eight-bit rows: scaling, rounding, and products summed in 32 bits. */
#ifndef MODELS_NN_KERNELS_INT8_H
#define MODELS_NN_KERNELS_INT8_H

#include <math.h>

#include "models/nn/kernels/tile.h"

/* A row is scaled so that its largest number becomes this. */
#define INT8_LEVELS 127

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

/* One row, as a stream brings it. */
static void
int8_row(int in, int out, float *y, const float *x, int8_t *x8, const int8_t *w8,
	 const float *w_scale, const float *bias)
{
	float most = largest(in, x), x_scale = most / INT8_LEVELS;

	round_to_int8(in, x8, x, most > 0 ? INT8_LEVELS / most : 0.0f);
	for (int o = 0; o < out; o++, w8 += in)
		y[o] = (float)int8_dot(in, x8, w8) * x_scale * w_scale[o] +
		       (bias ? bias[o] : 0.0f);
}

/*
 * Many rows go through the float32 tiles: a sum of at most INT8_DEPTH products of two
 * numbers up to 127 stays below 2^24, so float32 holds each partial sum exactly and the
 * result is that of 32-bit integers, bit for bit. Without an instruction for products of
 * bytes that adds them in 32 bits, as AVX2 has none, integers are no faster.
 */
#define INT8_DEPTH 256
#define INT8_ROOM 12288 /* floats of the stack for rows of x, */
#define INT8_ROWS 128   /* and how many rows at most */

/* to[depth][TILE_COLS] = from[cols][depth] turned over, in float32. */
static void
pack_int8(int cols, int depth, float *to, const int8_t *from)
{
	int k = 0;

	for (; cols == TILE_COLS && k + LANES <= depth; k += LANES) {
		for (int half = 0; half < 2; half++) {
			const int8_t *at = from + half * LANES * depth + k;
			vec r[LANES];

			UNROLL for (int j = 0; j < LANES; j++) r[j] =
				load_bytes(at + j * depth);
			transpose(r);
			UNROLL for (int j = 0; j < LANES; j++)
				store(to + (k + j) * TILE_COLS + half * LANES, r[j]);
		}
	}
	for (; k < depth; k++)
		for (int j = 0; j < TILE_COLS; j++)
			to[k * TILE_COLS + j] = j < cols ? from[j * depth + k] : 0.0f;
}

/* to[i] = x[i] * factor, rounded to whole numbers. */
INLINE void
round_row(int n, float *to, const float *x, float factor)
{
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		store(to + i, rounded(load(x + i) * factor));
	for (; i < n; i++)
		to[i] = rounded(all_of(x[i] * factor))[0];
}

/* y[rows][cols] from sums of whole numbers to values. */
INLINE void
scale_tile(int rows, int cols, float *y, int y_row, const float *x_scale,
	   const float *w_scale, const float *bias)
{
	for (int r = 0; r < rows; r++, y += y_row) {
		int j = 0;

		for (; j + LANES <= cols; j += LANES) {
			vec v = load(y + j) * x_scale[r] * load(w_scale + j);

			store(y + j, bias ? v + load(bias + j) : v);
		}
		for (; j < cols; j++) {
			y[j] = y[j] * x_scale[r] * w_scale[j];
			y[j] += bias ? bias[j] : 0.0f;
		}
	}
}

static void
int8_rows(int n, int in, int out, float *y, const float *x, const int8_t *w8,
	  const float *w_scale, const float *bias)
{
	_Alignas(64) UNINITIALISED float room[INT8_ROOM];
	_Alignas(64) UNINITIALISED float packed[INT8_DEPTH * TILE_COLS];
	float x_scale[INT8_ROWS];
	struct left a = {room, (size_t)in, 1};

	for (int r = 0; r < n; r++) {
		float most = largest(in, x + (size_t)r * (size_t)in);

		x_scale[r] = most / INT8_LEVELS;
		round_row(in, room + (size_t)r * (size_t)in, x + (size_t)r * (size_t)in,
			  most > 0 ? INT8_LEVELS / most : 0.0f);
	}
	for (int j = 0; j < out; j += TILE_COLS) {
		int cols = out - j < TILE_COLS ? out - j : TILE_COLS;

		pack_int8(cols, in, packed, w8 + (size_t)j * (size_t)in);
		panel(n, cols, in, y + j, (size_t)out, a, packed,
		      (struct start){NULL, 0});
		scale_tile(n, cols, y + j, out, x_scale, w_scale + j,
			   bias ? bias + j : NULL);
	}
}

static void
int8_product(int n, int in, int out, float *y, int8_t *x8, const float *x,
	     const int8_t *w8, const float *w_scale, const float *bias)
{
	int block = in * INT8_ROWS <= INT8_ROOM ? INT8_ROWS : INT8_ROOM / INT8_DEPTH;

	for (int r = 0; r < n; r += block, x += block * in, y += block * out) {
		int rows = n - r < block ? n - r : block;

		if (rows > 1 && in <= INT8_DEPTH)
			int8_rows(rows, in, out, y, x, w8, w_scale, bias);
		else
			for (int i = 0; i < rows; i++)
				int8_row(in, out, y + (size_t)i * (size_t)out,
					 x + (size_t)i * (size_t)in, x8, w8, w_scale,
					 bias);
	}
}

/* w8, scale of one row of weights. */
static void
int8_weights(int in, int8_t *w8, float *scale, const float *w)
{
	float most = largest(in, w);

	*scale = most / INT8_LEVELS;
	round_to_int8(in, w8, w, most > 0 ? INT8_LEVELS / most : 0.0f);
}

#endif
