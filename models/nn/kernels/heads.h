/*
 * Attention, a head at a time, in tiles of rows: scores, softmax and output of a tile are
 * done while its weights lie in the first-level cache; what lies above the diagonal is
 * skipped by whole panels.
 */
#ifndef MODELS_NN_KERNELS_HEADS_H
#define MODELS_NN_KERNELS_HEADS_H

#include <math.h>

#include "models/nn/attention.h"
#include "models/nn/kernels/functions.h"
#include "models/nn/kernels/product.h"

/* Where head h of row r begins, side by side and apart. */
#define IN_ROW(d, base, r, h) \
	((base) + (size_t)(r) * (size_t)(d).stride + (size_t)(h) * (size_t)(d).width)
#define IN_OUT(d, base, r, h) \
	((base) + ((size_t)(r) * (size_t)(d).heads + (size_t)(h)) * (size_t)(d).width)

INLINE int
whole_panels(int n)
{
	return (n + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

/*
 * Floats of a row of weights kept for the products over rows: an odd number of cache
 * lines apart, as those at powers of two share few places in a cache.
 */
INLINE size_t
kept_row(int n)
{
	return (size_t)((n + 15) / 16 | 1) * 16;
}

/* to: panels of [n][TILE_COLS], for products over the n rows. */
static void
pack_rows(struct nn_attention d, float *to, const float *rows, size_t row)
{
	for (int j = 0; j < d.width; j += TILE_COLS, to += (size_t)d.n * TILE_COLS)
		pack_straight(d.width - j < TILE_COLS ? d.width - j : TILE_COLS, d.n, to,
			      rows + j, row);
}

/* to: panels of [width][TILE_COLS], for products with the n rows. */
static void
pack_columns(struct nn_attention d, float *to, const float *rows, size_t row)
{
	for (int j = 0; j < d.n; j += TILE_COLS, to += (size_t)d.width * TILE_COLS)
		pack_turned(d.n - j < TILE_COLS ? d.n - j : TILE_COLS, d.width, to,
			    rows + (size_t)j * row, row);
}

/* c[rows][..limit] = a[rows][width] against the first `limit` columns of packed ones. */
INLINE void
tile_against_columns(const int rows, struct nn_attention d, int limit, float *c,
		     size_t c_row, struct left a, const float *columns)
{
	for (int j = 0; j < limit; j += TILE_COLS) {
		tile(rows, d.width, c + j, c_row, a, columns, (struct start){NULL, 0});
		columns += (size_t)d.width * TILE_COLS;
	}
}

static void
against_columns(int rows, struct nn_attention d, int limit, float *c, size_t c_row,
		struct left a, const float *columns)
{
	switch (rows) {
	case 6:
		tile_against_columns(6, d, limit, c, c_row, a, columns);
		break;
	case 5:
		tile_against_columns(5, d, limit, c, c_row, a, columns);
		break;
	case 4:
		tile_against_columns(4, d, limit, c, c_row, a, columns);
		break;
	default:
		for (int r = 0; r < rows; r++, c += c_row, a.at += a.row)
			tile_against_columns(1, d, limit, c, c_row, a, columns);
	}
}

/* c[rows][width] = a[rows][depth] times packed rows from `first` on. */
static void
times_rows(int rows, struct nn_attention d, int first, int depth, float *c, size_t c_row,
	   struct left a, const float *packed)
{
	packed += (size_t)first * TILE_COLS;
	for (int j = 0; j < d.width; j += TILE_COLS, packed += (size_t)d.n * TILE_COLS)
		panel(rows, d.width - j < TILE_COLS ? d.width - j : TILE_COLS, depth,
		      c + j, c_row, a, packed, (struct start){NULL, 0});
}

/* One row of scores, on its way to weights. */
struct score_row {
	float *at;
	int seen;     /* of the row's scores, the first so many count */
	int whole;    /* the same in whole vectors */
	float number; /* the largest score; then the inverse of the weights' sum */
};

/*
 * Rows of scores to weights that sum to 1, zeros up to `limit`, which is a whole number
 * of vectors. Each phase goes over all rows before the next begins: what a phase does
 * with one row waits for nothing of another, so a processor works on several at once.
 */
static void
softmax_rows(int rows, struct score_row *row, int limit, float scale)
{
	for (int r = 0; r < rows; r++) {
		float *a = row[r].at;
		vec max;

		for (int i = row[r].seen; i < row[r].whole; i++)
			a[i] = -INFINITY;
		max = load(a);
		for (int i = LANES; i < row[r].whole; i += LANES)
			max = max_of(max, load(a + i));
		row[r].number = largest_of(max);
	}
	for (int r = 0; r < rows; r++) {
		vec sum = {0}, less = all_of(-row[r].number * scale);
		float *a = row[r].at;

		for (int i = 0; i < row[r].whole; i += LANES) {
			vec e = exp_of(fma_of(load(a + i), all_of(scale), less));

			sum += e;
			store(a + i, e);
		}
		row[r].number = 1.0f / sum_of(sum);
	}
	for (int r = 0; r < rows; r++) {
		float *a = row[r].at;

		for (int i = 0; i < row[r].whole; i += LANES)
			store(a + i, load(a + i) * row[r].number);
		for (int i = row[r].seen; i < limit; i++)
			a[i] = 0;
	}
}

struct forward_room {
	float *keys, *values, *tile;
	size_t tile_row;
};

static void
keep_weights(float *to, const float *row, int seen, int n)
{
	memcpy(to, row, (size_t)seen * sizeof(*to));
	memset(to + seen, 0, (size_t)(n - seen) * sizeof(*to));
}

static void
head_forward(struct nn_attention d, int h, float *y, float *weights,
	     struct forward_room room, const float *q)
{
	struct cut cut = cut_rows(d.n);
	float scale = 1.0f / sqrtf((float)d.width);
	struct score_row row[TILE_ROWS];

	for (int i = 0, t = 0; i < cut.tiles; i++) {
		int rows = cut.rows + (i < cut.taller);
		int limit = d.causal ? t + rows : d.n;
		struct left from = {IN_ROW(d, q, t, h), (size_t)d.stride, 1};
		struct left a = {room.tile, room.tile_row, 1};

		against_columns(rows, d, limit, room.tile, room.tile_row, from,
				room.keys);
		for (int r = 0; r < rows; r++) {
			int seen = d.causal ? t + r + 1 : d.n;

			row[r].at = room.tile + (size_t)r * room.tile_row;
			row[r].seen = seen;
			row[r].whole = (seen + LANES - 1) / LANES * LANES;
		}
		softmax_rows(rows, row, whole_panels(limit), scale);
		for (int r = 0; weights && r < rows; r++)
			keep_weights(weights + (size_t)(t + r) * (size_t)d.n, row[r].at,
				     row[r].seen, d.n);
		times_rows(rows, d, 0, limit, IN_OUT(d, y, t, h),
			   (size_t)d.heads * (size_t)d.width, a, room.values);
		t += rows;
	}
}

static void
attention_forward(struct nn_attention d, float *y, float *weights, float *scratch,
		  const float *q, const float *k, const float *v)
{
	struct forward_room room = {.tile_row = (size_t)whole_panels(d.n)};

	room.keys = scratch;
	room.values = room.keys + room.tile_row * (size_t)d.width;
	room.tile = room.values + room.tile_row * (size_t)whole_panels(d.width);
	for (int h = 0; h < d.heads; h++) {
		pack_columns(d, room.keys, IN_ROW(d, k, 0, h), (size_t)d.stride);
		pack_rows(d, room.values, IN_ROW(d, v, 0, h), (size_t)d.stride);
		head_forward(d, h, y, weights, room, q);
		if (weights)
			weights += (size_t)d.n * (size_t)d.n;
	}
}

struct backward_room {
	float *values;       /* columns */
	float *keys;         /* rows, as are */
	float *queries, *dy; /* these */
	float *tile;
	size_t tile_row;
	float *ds, *a; /* [n]: gradients of the scores, and the weights */
	size_t row;
};

static struct backward_room
backward_room(struct nn_attention d, float *scratch)
{
	size_t wide = (size_t)whole_panels(d.width), n = (size_t)whole_panels(d.n);
	struct backward_room room = {.tile_row = n, .row = kept_row((int)n)};

	room.values = scratch;
	room.keys = room.values + n * (size_t)d.width;
	room.queries = room.keys + n * wide;
	room.dy = room.queries + n * wide;
	room.tile = room.dy + n * wide;
	room.ds = room.tile + TILE_ROWS * n;
	room.a = room.ds + n * room.row;
	return room;
}

/*
 * ds_i = scale a_i (da_i - sum_j a_j da_j), and a copy of a; zeros up to `limit`. da has
 * room for whole vectors.
 */
static void
softmax_row_backward(int seen, int limit, float *ds, float *copy, float *da,
		     const float *a, float scale)
{
	int whole = seen / LANES * LANES;
	vec sum = {0};

	memcpy(copy, a, (size_t)seen * sizeof(*copy));
	for (int i = seen; i < limit; i++)
		copy[i] = da[i] = 0;
	if (whole < seen)
		whole += LANES;
	for (int i = 0; i < whole; i += LANES)
		sum = fma_of(load(copy + i), load(da + i), sum);
	sum = all_of(sum_of(sum));
	for (int i = 0; i < whole; i += LANES)
		store(ds + i, load(copy + i) * scale * (load(da + i) - sum));
	for (int i = whole; i < limit; i++)
		ds[i] = 0;
}

/* Rows: the gradients of their scores, and dq. */
static void
head_backward_rows(struct nn_attention d, int h, float *dq, struct backward_room room,
		   const float *dy, const float *weights)
{
	struct cut cut = cut_rows(d.n);
	float scale = 1.0f / sqrtf((float)d.width);
	size_t dy_row = (size_t)d.heads * (size_t)d.width;

	for (int i = 0, t = 0; i < cut.tiles; i++) {
		int rows = cut.rows + (i < cut.taller);
		int limit = d.causal ? t + rows : d.n;
		struct left from = {IN_OUT(d, dy, t, h), dy_row, 1};
		struct left ds = {room.ds + (size_t)t * room.row, room.row, 1};

		against_columns(rows, d, limit, room.tile, room.tile_row, from,
				room.values);
		for (int r = t; r < t + rows; r++)
			softmax_row_backward(d.causal ? r + 1 : d.n, whole_panels(limit),
					     room.ds + (size_t)r * room.row,
					     room.a + (size_t)r * room.row,
					     room.tile + (size_t)(r - t) * room.tile_row,
					     weights + (size_t)r * (size_t)d.n, scale);
		times_rows(rows, d, 0, limit, IN_ROW(d, dq, t, h), (size_t)d.stride, ds,
			   room.keys);
		t += rows;
	}
}

/* Columns: dk and dv, from the rows that saw them. */
static void
head_backward_columns(struct nn_attention d, int h, float *dk, float *dv,
		      struct backward_room room)
{
	struct cut cut = cut_rows(d.n);

	for (int i = 0, t = 0; i < cut.tiles; i++) {
		int rows = cut.rows + (i < cut.taller);
		int first = d.causal ? t : 0;
		size_t at = (size_t)first * room.row + (size_t)t;
		struct left ds = {room.ds + at, 1, room.row};
		struct left a = {room.a + at, 1, room.row};

		times_rows(rows, d, first, d.n - first, IN_ROW(d, dk, t, h),
			   (size_t)d.stride, ds, room.queries);
		times_rows(rows, d, first, d.n - first, IN_ROW(d, dv, t, h),
			   (size_t)d.stride, a, room.dy);
		t += rows;
	}
}

/*
 * Of one row: dA_i = dy . v_i; through the softmax dS_i = A_i (dA_i - sum_j A_j dA_j);
 * dq = sum dS_i k_i, dk_i += dS_i q, dv_i += A_i dy.
 */
static void
attention_backward(struct nn_attention d, float *dq, float *dk, float *dv, float *scratch,
		   const float *dy, const float *weights, const float *q, const float *k,
		   const float *v)
{
	struct backward_room room = backward_room(d, scratch);
	size_t stride = (size_t)d.stride;

	for (int h = 0; h < d.heads; h++) {
		pack_columns(d, room.values, IN_ROW(d, v, 0, h), stride);
		pack_rows(d, room.keys, IN_ROW(d, k, 0, h), stride);
		pack_rows(d, room.queries, IN_ROW(d, q, 0, h), stride);
		pack_rows(d, room.dy, IN_OUT(d, dy, 0, h),
			  (size_t)d.heads * (size_t)d.width);
		head_backward_rows(d, h, dq, room, dy,
				   weights + (size_t)h * (size_t)d.n * (size_t)d.n);
		head_backward_columns(d, h, dk, dv, room);
	}
}

/* One row's softmax without room behind it. */
static void
softmax_alone(int n, float *a, float scale)
{
	int whole = n / LANES * LANES;
	vec last = {0}, max = all_of(-INFINITY), sum = {0};
	float tail[LANES], inverse;

	for (int i = 0; i < LANES; i++)
		tail[i] = whole + i < n ? a[whole + i] : -INFINITY;
	for (int i = 0; i < whole; i += LANES)
		max = max_of(max, load(a + i));
	max = all_of(largest_of(max_of(max, load(tail))));
	for (int i = 0; i < whole; i += LANES) {
		vec e = exp_of((load(a + i) - max) * scale);

		sum += e;
		store(a + i, e);
	}
	last = exp_of((load(tail) - max) * scale);
	inverse = 1.0f / sum_of(sum + last);
	for (int i = 0; i < whole; i += LANES)
		store(a + i, load(a + i) * inverse);
	store_part(a + whole, last * inverse, n - whole);
}

/* y[wide vectors] = sum a[i] v[i], summed in registers. */
INLINE void
sum_rows(const int wide, int n, float *y, const float *a, const float *v, size_t row)
{
	vec sum[4] = {{0}};

	for (int i = 0; i < n; i++, v += row)
		UNROLL for (int j = 0; j < wide; j++) sum[j] =
			fma_of(all_of(a[i]), load(v + j * LANES), sum[j]);
	UNROLL for (int j = 0; j < wide; j++) store(y + j * LANES, sum[j]);
}

static void
weigh_rows(int n, int width, float *y, const float *a, const float *v, size_t row)
{
	int j = 0;

	for (; j + 4 * LANES <= width; j += 4 * LANES)
		sum_rows(4, n, y + j, a, v + j, row);
	for (; j + 2 * LANES <= width; j += 2 * LANES)
		sum_rows(2, n, y + j, a, v + j, row);
	for (; j + LANES <= width; j += LANES)
		sum_rows(1, n, y + j, a, v + j, row);
	for (; j < width; j++) {
		y[j] = 0;
		for (int i = 0; i < n; i++)
			y[j] += a[i] * v[(size_t)i * row + (size_t)j];
	}
}

static void
attention_step(struct nn_attention d, float *y, float *weights, const float *q,
	       const float *k, const float *v)
{
	float scale = 1.0f / sqrtf((float)d.width);

	for (int h = 0; h < d.heads; h++) {
		float *a = weights + (size_t)h * (size_t)d.n;

		for (int i = 0; i < d.n; i++)
			a[i] = dot(d.width, IN_OUT(d, q, 0, h), IN_ROW(d, k, i, h));
		softmax_alone(d.n, a, scale);
		weigh_rows(d.n, d.width, IN_OUT(d, y, 0, h), a, IN_ROW(d, v, 0, h),
			   (size_t)d.stride);
	}
}

#endif
