/* What goes over rows value by value: LayerNorm, GELU, sums. */
#ifndef MODELS_NN_KERNELS_ROWS_H
#define MODELS_NN_KERNELS_ROWS_H

#include <math.h>

#include "models/nn/kernels/functions.h"
#include "models/nn/layernorm.h"

#define NORM_EPSILON 1e-5f
#define INV_SQRT_2PI 0.39894228040143268f

/*
 * Vectors of n floats, of which the last may be short: zeros beyond the end. `ragged`
 * says whether it can be; where n is whole vectors, it is a constant and the test goes
 * away.
 */
INLINE vec
load_up_to(bool ragged, const float *p, int i, int n)
{
	return !ragged || i + LANES <= n ? load(p + i) : load_part(p + i, n - i);
}

INLINE void
store_up_to(bool ragged, float *p, int i, int n, vec x)
{
	if (!ragged || i + LANES <= n)
		store(p + i, x);
	else
		store_part(p + i, x, n - i);
}

/* Zero in the lanes at and after n. */
INLINE vec
none_after(bool ragged, int i, int n, vec x)
{
	float y[LANES] = {0};

	if (!ragged || i + LANES <= n)
		return x;
	store_part(y, x, n - i);
	return load(y);
}

/* Rows done together, phase by phase, so that one's sums hide the other's latency. */
#define NORM_ROWS 8

INLINE void
norm_rows_forward(const bool ragged, int rows, int width, float *y, float *mean,
		  float *rstd, const float *x, const float *gain, const float *bias)
{
	for (int r = 0; r < rows; r++) {
		const float *row = x + (size_t)r * (size_t)width;
		vec sum = {0};

		for (int i = 0; i < width; i += LANES)
			sum += load_up_to(ragged, row, i, width);
		mean[r] = sum_of(sum) / (float)width;
	}
	for (int r = 0; r < rows; r++) {
		const float *row = x + (size_t)r * (size_t)width;
		vec squares = {0}, m = all_of(mean[r]);

		for (int i = 0; i < width; i += LANES) {
			vec z = none_after(ragged, i, width,
					   load_up_to(ragged, row, i, width) - m);

			squares = fma_of(z, z, squares);
		}
		rstd[r] = 1.0f / sqrtf(sum_of(squares) / (float)width + NORM_EPSILON);
	}
	for (int r = 0; r < rows; r++, x += width, y += width) {
		vec m = all_of(mean[r]), s = all_of(rstd[r]);

		for (int i = 0; i < width; i += LANES) {
			vec z = (load_up_to(ragged, x, i, width) - m) * s;

			store_up_to(ragged, y, i, width,
				    fma_of(z, load_up_to(ragged, gain, i, width),
					   load_up_to(ragged, bias, i, width)));
		}
	}
}

static void
layernorm_forward(struct nn_layernorm d, float *y, float *mean, float *rstd,
		  const float *x, const float *gain, const float *bias)
{
	float m[NORM_ROWS], s[NORM_ROWS];

	for (int r = 0; r < d.n; r += NORM_ROWS) {
		int rows = d.n - r < NORM_ROWS ? d.n - r : NORM_ROWS;
		size_t at = (size_t)r * (size_t)d.width;

		float *mean_r = mean ? mean + r : m, *rstd_r = mean ? rstd + r : s;

		if (d.width % LANES == 0)
			norm_rows_forward(false, rows, d.width, y + at, mean_r, rstd_r,
					  x + at, gain, bias);
		else
			norm_rows_forward(true, rows, d.width, y + at, mean_r, rstd_r,
					  x + at, gain, bias);
	}
}

/*
 * With z = (x - mean) rstd and g = dy gain:
 * dx = rstd (g - mean(g) - z mean(g z)), the means over a row.
 */
INLINE void
norm_row_backward(const bool ragged, int width, float *dx, bool add, float *dgain,
		  float *dbias, const float *dy, const float *x, float mean, float rstd,
		  const float *gain)
{
	vec m = all_of(mean), s = all_of(rstd), sum_g = {0}, sum_gz = {0};

	for (int i = 0; i < width; i += LANES) {
		vec z = (load_up_to(ragged, x, i, width) - m) * s;
		vec d = load_up_to(ragged, dy, i, width),
		    g = d * load_up_to(ragged, gain, i, width);

		sum_g += g;
		sum_gz = fma_of(g, z, sum_gz);
		store_up_to(ragged, dgain, i, width,
			    fma_of(d, z, load_up_to(ragged, dgain, i, width)));
		store_up_to(ragged, dbias, i, width,
			    d + load_up_to(ragged, dbias, i, width));
	}
	sum_g = all_of(sum_of(sum_g) / (float)width);
	sum_gz = all_of(sum_of(sum_gz) / (float)width);
	for (int i = 0; i < width; i += LANES) {
		vec z = (load_up_to(ragged, x, i, width) - m) * s;
		vec g = load_up_to(ragged, dy, i, width) *
			load_up_to(ragged, gain, i, width);
		vec to = s * (g - sum_g - z * sum_gz);

		store_up_to(ragged, dx, i, width,
			    add ? load_up_to(ragged, dx, i, width) + to : to);
	}
}

static void
layernorm_backward(struct nn_layernorm d, float *dx, bool add, float *dgain, float *dbias,
		   const float *dy, const float *x, const float *mean, const float *rstd,
		   const float *gain)
{
	bool whole = d.width % LANES == 0;

	for (int r = 0; r < d.n; r++, x += d.width, dx += d.width, dy += d.width) {
		if (whole && add)
			norm_row_backward(false, d.width, dx, true, dgain, dbias, dy, x,
					  mean[r], rstd[r], gain);
		else
			norm_row_backward(true, d.width, dx, add, dgain, dbias, dy, x,
					  mean[r], rstd[r], gain);
	}
}

INLINE void
gelu_forward_of(const bool ragged, int n, float *y, const float *x)
{
	for (int i = 0; i < n; i += LANES) {
		vec v = load_up_to(ragged, x, i, n);

		store_up_to(ragged, y, i, n, v * phi_of(v));
	}
}

static void
gelu_forward(int n, float *y, const float *x)
{
	int whole = n / LANES * LANES;

	gelu_forward_of(false, whole, y, x);
	gelu_forward_of(true, n - whole, y + whole, x + whole);
}

/* x phi(x), phi the normal density; 0 far out, where exp_of() no longer falls. */
INLINE vec
moment_of(vec x)
{
	vec u = x * x, e = exp_of(u * -0.5f) * INV_SQRT_2PI;

	return choose(u > 170.0f, (vec){0}, x * e);
}

INLINE void
gelu_backward_of(const bool ragged, int n, float *dx, const float *dy, const float *x)
{
	for (int i = 0; i < n; i += LANES) {
		vec v = load_up_to(ragged, x, i, n);

		store_up_to(ragged, dx, i, n,
			    load_up_to(ragged, dy, i, n) * (phi_of(v) + moment_of(v)));
	}
}

static void
gelu_backward(int n, float *dx, const float *dy, const float *x)
{
	int whole = n / LANES * LANES;

	gelu_backward_of(false, whole, dx, dy, x);
	gelu_backward_of(true, n - whole, dx + whole, dy + whole, x + whole);
}

INLINE void
add_rows_of(const bool ragged, int n, float *y, const float *x, const float *z)
{
	for (int i = 0; i < n; i += LANES)
		store_up_to(ragged, y, i, n,
			    load_up_to(ragged, x, i, n) + load_up_to(ragged, z, i, n));
}

static void
add_rows(int n, float *y, const float *x, const float *z)
{
	int whole = n / LANES * LANES;

	add_rows_of(false, whole, y, x, z);
	add_rows_of(true, n - whole, y + whole, x + whole, z + whole);
}

static void
add_columns(int n, int cols, float *sum, const float *y)
{
	for (int r = 0; r < n; r++)
		add_rows(cols, sum, sum, y + (size_t)r * (size_t)cols);
}

#endif
