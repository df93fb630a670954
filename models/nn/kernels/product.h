/* Matrix products: panels of TILE_COLS columns of the right factor, packed on the stack.
 */
#ifndef MODELS_NN_KERNELS_PRODUCT_H
#define MODELS_NN_KERNELS_PRODUCT_H

#include "models/nn/kernels/tile.h"

/* A packed panel stays in half of a 32 KB first-level cache; deeper products are summed
 * in parts. */
#define DEPTH_MAX 256

/* Fewer rows than this are not worth packing the weights for. */
#define ROWS_TO_PACK 3

#define CACHE_LINE 64

enum right_order { STRAIGHT, TURNED };

/* Asks for n floats ahead of their use. */
INLINE void
fetch(const float *p, size_t n)
{
	for (size_t i = 0; i < n; i += CACHE_LINE / sizeof(*p))
		__builtin_prefetch(p + i);
}

/* y[n][cols] = start + a[n][depth] b[depth][cols]; b as it is, or stored turned over. */
static void
product(int n, int cols, int depth, float *y, struct left a, const float *b, size_t b_row,
#define CACHE_LINE 64

	enum right_order order, struct start start)
{
	_Alignas(64) UNINITIALISED float packed[DEPTH_MAX * TILE_COLS];

	for (int j = 0; j < cols; j += TILE_COLS) {
		int wide = cols - j < TILE_COLS ? cols - j : TILE_COLS;
		struct start s = {start.at ? start.at + j : NULL, start.row};

		for (int k = 0; k < depth; k += DEPTH_MAX) {
			int deep = depth - k < DEPTH_MAX ? depth - k : DEPTH_MAX;
			struct left part = {a.at + (size_t)k * a.step, a.row, a.step};

			if (order == TURNED)
				pack_turned(wide, deep, packed,
					    b + (size_t)j * b_row + (size_t)k, b_row);
			else
				pack_straight(wide, deep, packed,
					      b + (size_t)k * b_row + (size_t)j, b_row);
			if (order == TURNED && j + 2 * TILE_COLS <= cols)
				fetch(b + (size_t)(j + TILE_COLS) * b_row,
				      TILE_COLS * b_row);
			panel(n, wide, deep, y + j, (size_t)cols, part, packed, s);
			s = (struct start){y + j, (size_t)cols};
		}
	}
}

/* All panels of w[out][in], one after the other. */
static void
pack(int out, int in, float *packed, const float *w)
{
	for (int o = 0; o < out; o += TILE_COLS)
		pack_turned(TILE_COLS, in, packed + (size_t)o * (size_t)in,
			    w + (size_t)o * (size_t)in, (size_t)in);
}

/* Floats ahead that are fetched: at one row, the weights' way from the cache is all. */
#define AHEAD (16 * TILE_COLS)

/* One row and `wide` panels: enough sums to hide the latency of adding to each. */
INLINE void
row_times_panels(const int wide, int in, float *y, const float *x, const float *packed,
		 const float *bias)
{
	size_t next = (size_t)in * TILE_COLS;
	vec sum[4][2];

	UNROLL for (int p = 0; p < wide; p++)
	{
		sum[p][0] = bias ? load(bias + p * TILE_COLS) : (vec){0};
		sum[p][1] = bias ? load(bias + p * TILE_COLS + LANES) : (vec){0};
	}
	for (int k = 0; k < in; k++, packed += TILE_COLS) {
		vec v = all_of(x[k]);

		UNROLL for (int p = 0; p < wide; p++)
		{
			const float *b = packed + (size_t)p * next;

			__builtin_prefetch(b + AHEAD);
			sum[p][0] = fma_of(v, load(b), sum[p][0]);
			sum[p][1] = fma_of(v, load(b + LANES), sum[p][1]);
		}
	}
	UNROLL for (int p = 0; p < wide; p++)
	{
		store(y + p * TILE_COLS, sum[p][0]);
		store(y + p * TILE_COLS + LANES, sum[p][1]);
	}
}

static void
row_packed(int out, int in, float *y, const float *x, const float *packed,
	   const float *bias)
{
	int o = 0;

	for (; o + 4 * TILE_COLS <= out; o += 4 * TILE_COLS)
		row_times_panels(4, in, y + o, x, packed + (size_t)o * (size_t)in,
				 bias ? bias + o : NULL);
	for (; o < out; o += TILE_COLS)
		row_times_panels(1, in, y + o, x, packed + (size_t)o * (size_t)in,
				 bias ? bias + o : NULL);
}

static void
product_packed(int n, int out, int in, float *y, const float *x, const float *packed,
	       const float *bias)
{
	struct left a = {x, (size_t)in, 1};

	if (n == 1) {
		row_packed(out, in, y, x, packed, bias);
		return;
	}
	for (int o = 0; o < out; o += TILE_COLS)
		panel(n, TILE_COLS, in, y + o, (size_t)out, a,
		      packed + (size_t)o * (size_t)in,
		      (struct start){bias ? bias + o : NULL, 0});
}

INLINE float
dot(int n, const float *x, const float *y)
{
	vec sum0 = {0}, sum1 = {0};
	float sum;
	int i = 0;

	for (; i + 2 * LANES <= n; i += 2 * LANES) {
		sum0 = fma_of(load(x + i), load(y + i), sum0);
		sum1 = fma_of(load(x + i + LANES), load(y + i + LANES), sum1);
	}
	if (i + LANES <= n) {
		sum0 = fma_of(load(x + i), load(y + i), sum0);
		i += LANES;
	}
	sum = sum_of(sum0 + sum1);
	for (; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/* y += a x */
INLINE void
add_multiple(int n, float *y, float a, const float *x)
{
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		store(y + i, fma_of(all_of(a), load(x + i), load(y + i)));
	for (; i < n; i++)
		y[i] += a * x[i];
}

static void
product_nt(int n, int out, int in, float *y, const float *x, const float *w,
	   const float *bias, bool add)
{
	struct start s = {add ? y : bias, add ? (size_t)out : 0};

	if (n >= ROWS_TO_PACK) {
		product(n, out, in, y, (struct left){x, (size_t)in, 1}, w, (size_t)in,
			TURNED, s);
		return;
	}
	for (int r = 0; r < n; r++) {
		for (int o = 0; o < out; o++) {
			float first = s.at ? s.at[(size_t)r * s.row + (size_t)o] : 0.0f;

			y[(size_t)r * (size_t)out + (size_t)o] =
				first + dot(in, x + (size_t)r * (size_t)in,
					    w + (size_t)o * (size_t)in);
		}
	}
}

static void
product_nn(int n, int in, int out, float *y, const float *x, const float *w, bool add)
{
	struct start s = {add ? y : NULL, (size_t)in};

	if (n >= ROWS_TO_PACK) {
		product(n, in, out, y, (struct left){x, (size_t)out, 1}, w, (size_t)in,
			STRAIGHT, s);
		return;
	}
	if (!add)
		memset(y, 0, (size_t)n * (size_t)in * sizeof(*y));
	for (int r = 0; r < n; r++)
		for (int o = 0; o < out; o++)
			add_multiple(in, y + (size_t)r * (size_t)in,
				     x[(size_t)r * (size_t)out + (size_t)o],
				     w + (size_t)o * (size_t)in);
}

static void
product_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add)
{
	struct start s = {add ? y : NULL, (size_t)in};

	product(out, in, n, y, (struct left){x, 1, (size_t)out}, z, (size_t)in, STRAIGHT,
		s);
}

#endif
