/*
 * Vectors of LANES floats: eight with AVX2, else four, which SSE2, NEON and WebAssembly
 * have and other compilers' targets split. Included into one file per set of kernels.
 *
 * Arithmetic uses the compilers' vector extension; what it lacks is below. Products are
 * fused with sums (fma_of) only where the instruction exists, the same way in every
 * compiler, as -ffp-contract=off leaves nothing to it.
 */
#ifndef MODELS_NN_KERNELS_SIMD_H
#define MODELS_NN_KERNELS_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef NN_SIMD_AVX2
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* For buffers that hardening flags would clear at every call. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNINITIALISED __attribute__((uninitialized))
#else
#define UNINITIALISED
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef vec vec_anywhere __attribute__((aligned(4), may_alias));

INLINE vec
load(const float *p)
{
	return *(const vec_anywhere *)p;
}

INLINE void
store(float *p, vec x)
{
	*(vec_anywhere *)p = x;
}

INLINE vec
all_of(float x)
{
	return x - (vec){0};
}

/* mask: all bits of a lane, or none. */
INLINE vec
choose(ivec mask, vec yes, vec no)
{
	return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

#ifdef NN_SIMD_AVX2

INLINE vec
fma_of(vec a, vec b, vec c)
{
	return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

/* The second if either is NAN. */
INLINE vec
max_of(vec a, vec b)
{
	return (vec)_mm256_max_ps((__m256)a, (__m256)b);
}

INLINE __m128
halves_added(vec x)
{
	return _mm_add_ps(_mm256_castps256_ps128((__m256)x),
			  _mm256_extractf128_ps((__m256)x, 1));
}

INLINE float
sum_of(vec x)
{
	__m128 y = halves_added(x);

	y = _mm_add_ps(y, _mm_movehl_ps(y, y));
	return _mm_cvtss_f32(_mm_add_ss(y, _mm_shuffle_ps(y, y, 1)));
}

INLINE float
largest_of(vec x)
{
	__m128 y = _mm_max_ps(_mm256_castps256_ps128((__m256)x),
			      _mm256_extractf128_ps((__m256)x, 1));

	y = _mm_max_ps(y, _mm_movehl_ps(y, y));
	return _mm_cvtss_f32(_mm_max_ss(y, _mm_shuffle_ps(y, y, 1)));
}

INLINE vec
rounded(vec x)
{
	return (vec)_mm256_round_ps((__m256)x,
				    _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* LANES whole numbers of a byte each. */
INLINE vec
load_bytes(const int8_t *p)
{
	__m128i bytes = _mm_loadl_epi64((const __m128i *)p);

	return (vec)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

/* r[i][j] <-> r[j][i] */
INLINE void
transpose(vec r[LANES])
{
	__m256 t[LANES], u[LANES];

	UNROLL for (int i = 0; i < LANES; i += 2)
	{
		t[i] = _mm256_unpacklo_ps((__m256)r[i], (__m256)r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps((__m256)r[i], (__m256)r[i + 1]);
	}
	UNROLL for (int i = 0; i < LANES; i += 4)
	{
		u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
		u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
		u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
		u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
	}
	UNROLL for (int i = 0; i < LANES / 2; i++)
	{
		r[i] = (vec)_mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
		r[i + 4] = (vec)_mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
	}
}

#else

INLINE vec
fma_of(vec a, vec b, vec c)
{
	return a * b + c;
}

INLINE vec
max_of(vec a, vec b)
{
	return choose(a > b, a, b);
}

INLINE float
sum_of(vec x)
{
	return (x[0] + x[2]) + (x[1] + x[3]);
}

INLINE float
largest_of(vec x)
{
	float y = x[0] > x[1] ? x[0] : x[1], z = x[2] > x[3] ? x[2] : x[3];

	return y > z ? y : z;
}

/* For |x| < 2^22, which is all that is asked: there the sum has no place for fractions.
 */
INLINE vec
rounded(vec x)
{
	const vec magic = all_of(0x1.8p23f);

	return (x + magic) - magic;
}

INLINE vec
load_bytes(const int8_t *p)
{
	vec x;

	for (int i = 0; i < LANES; i++)
		x[i] = (float)p[i];
	return x;
}

INLINE void
transpose(vec r[LANES])
{
	float t[LANES][LANES];

	for (int i = 0; i < LANES; i++)
		for (int j = 0; j < LANES; j++)
			t[j][i] = r[i][j];
	memcpy(r, t, sizeof(t));
}

#endif

INLINE vec
magnitude(vec x)
{
	return (vec)((ivec)x & 0x7fffffff);
}

/* The first n < LANES floats at p, zeros after them. */
INLINE vec
load_part(const float *p, int n)
{
	float x[LANES] = {0};

	memcpy(x, p, (size_t)n * sizeof(*p));
	return load(x);
}

INLINE void
store_part(float *p, vec y, int n)
{
	float x[LANES];

	store(x, y);
	memcpy(p, x, (size_t)n * sizeof(*p));
}

#endif
