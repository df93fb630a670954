/*
 * The one inner loop of all matrix products: a tile of C, up to TILE_ROWS x TILE_COLS,
 * summed in registers while one step of depth after the other passes by.
 *
 * Twelve sums of a vector each hide the latency of two multiply-adds a cycle, and two
 * vectors of B and one of A fit beside them into sixteen registers. B comes packed:
 * TILE_COLS floats a step, so that a tile reads it in order and from few cache lines.
 * Source: Goto & van de Geijn (2008), ACM TOMS 34(3).
 */
#ifndef MODELS_NN_KERNELS_TILE_H
#define MODELS_NN_KERNELS_TILE_H

#include "models/nn/kernels/simd.h"

#define TILE_ROWS 6
#define TILE_COLS (2 * LANES)

/* A row of `a` is a_row floats after the one before, a step of depth a_step. */
struct left {
	const float *at;
	size_t row, step;
};

/* What a tile begins with: its rows are `row` floats apart (0: all the same); at NULL:
 * zeros. */
struct start {
	const float *at;
	size_t row;
};

INLINE void
tile(const int rows, int depth, float *c, size_t c_row, struct left a, const float *b,
     struct start s)
{
	vec sum[TILE_ROWS][2];

	UNROLL for (int r = 0; r < rows; r++)
	{
		sum[r][0] = s.at ? load(s.at + (size_t)r * s.row) : (vec){0};
		sum[r][1] = s.at ? load(s.at + (size_t)r * s.row + LANES) : (vec){0};
	}
	for (int k = 0; k < depth; k++, b += TILE_COLS, a.at += a.step) {
		vec b0 = load(b), b1 = load(b + LANES);

		UNROLL for (int r = 0; r < rows; r++)
		{
			vec x = all_of(a.at[(size_t)r * a.row]);

			sum[r][0] = fma_of(x, b0, sum[r][0]);
			sum[r][1] = fma_of(x, b1, sum[r][1]);
		}
	}
	UNROLL for (int r = 0; r < rows; r++)
	{
		store(c + (size_t)r * c_row, sum[r][0]);
		store(c + (size_t)r * c_row + LANES, sum[r][1]);
	}
}

/* With fewer columns than a tile has, through a tile of its own. */
static void
tile_edge(int rows, int cols, int depth, float *c, size_t c_row, struct left a,
	  const float *b, struct start s)
{
	float t[TILE_COLS];

	for (int r = 0; r < rows; r++) {
		struct start mine = {s.at ? t : NULL, 0};
		struct left row = {a.at + (size_t)r * a.row, 0, a.step};

		if (s.at)
			memcpy(t, s.at + (size_t)r * s.row, (size_t)cols * sizeof(*t));
		tile(1, depth, t, TILE_COLS, row, b, mine);
		memcpy(c + (size_t)r * c_row, t, (size_t)cols * sizeof(*t));
	}
}

/* n rows are cut into tiles of nearly equal height, the first `taller` one row higher. */
struct cut {
	int tiles, rows, taller;
};

INLINE struct cut
cut_rows(int n)
{
	struct cut c = {.tiles = (n + TILE_ROWS - 1) / TILE_ROWS};

	c.rows = n / c.tiles;
	c.taller = n % c.tiles;
	return c;
}

/* `count` tiles of the same height, one below the other. */
INLINE void
tiles_below(const int rows, int count, int depth, float *c, size_t c_row, struct left a,
	    const float *b, struct start s)
{
	for (int i = 0; i < count; i++) {
		tile(rows, depth, c, c_row, a, b, s);
		c += (size_t)rows * c_row;
		a.at += (size_t)rows * a.row;
		if (s.at)
			s.at += (size_t)rows * s.row;
	}
}

static void
tiles_of_height(int rows, int count, int depth, float *c, size_t c_row, struct left a,
		const float *b, struct start s)
{
	switch (rows) {
	case 1:
		tiles_below(1, count, depth, c, c_row, a, b, s);
		break;
	case 2:
		tiles_below(2, count, depth, c, c_row, a, b, s);
		break;
	case 3:
		tiles_below(3, count, depth, c, c_row, a, b, s);
		break;
	case 4:
		tiles_below(4, count, depth, c, c_row, a, b, s);
		break;
	case 5:
		tiles_below(5, count, depth, c, c_row, a, b, s);
		break;
	default:
		tiles_below(6, count, depth, c, c_row, a, b, s);
	}
}

/* c[n][cols] = s + a[n][depth] b[depth][cols] of one packed panel, cols <= TILE_COLS. */
static void
panel(int n, int cols, int depth, float *c, size_t c_row, struct left a, const float *b,
      struct start s)
{
	struct cut cut = cut_rows(n);
	size_t first = (size_t)cut.taller * (size_t)(cut.rows + 1);

	if (cols < TILE_COLS) {
		tile_edge(n, cols, depth, c, c_row, a, b, s);
		return;
	}
	if (cut.taller)
		tiles_of_height(cut.rows + 1, cut.taller, depth, c, c_row, a, b, s);
	c += first * c_row;
	a.at += first * a.row;
	if (s.at)
		s.at += first * s.row;
	tiles_of_height(cut.rows, cut.tiles - cut.taller, depth, c, c_row, a, b, s);
}

/* to[depth][TILE_COLS] = the columns of from[depth][cols], zeros beside them. */
static void
pack_straight(int cols, int depth, float *to, const float *from, size_t from_row)
{
	for (int k = 0; k < depth; k++, to += TILE_COLS, from += from_row) {
		if (cols == TILE_COLS) {
			store(to, load(from));
			store(to + LANES, load(from + LANES));
		} else {
			for (int j = 0; j < TILE_COLS; j++)
				to[j] = j < cols ? from[j] : 0.0f;
		}
	}
}

/* to[depth][TILE_COLS] = from[cols][depth] turned over, zeros beside it. */
static void
pack_turned(int cols, int depth, float *to, const float *from, size_t from_row)
{
	int k = 0;

	for (; cols == TILE_COLS && k + LANES <= depth; k += LANES) {
		for (int half = 0; half < 2; half++) {
			const float *at = from + (size_t)(half * LANES) * from_row + k;
			vec r[LANES];

			UNROLL for (int j = 0; j < LANES; j++) r[j] =
				load(at + (size_t)j * from_row);
			transpose(r);
			UNROLL for (int j = 0; j < LANES; j++)
				store(to + (k + j) * TILE_COLS + half * LANES, r[j]);
		}
	}
	for (; k < depth; k++)
		for (int j = 0; j < TILE_COLS; j++)
			to[k * TILE_COLS + j] =
				j < cols ? from[(size_t)j * from_row + (size_t)k] : 0.0f;
}

#endif
