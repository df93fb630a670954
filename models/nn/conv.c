#include "models/nn/conv.h"

#include <stddef.h>
#include <string.h>

#include "models/nn/gemm.h"
#include "models/nn/linear.h"

static void
fill_rows(int n, int width, float *y, const float *row)
{
	for (int t = 0; t < n; t++, y += width)
		memcpy(y, row, (size_t)width * sizeof(*y));
}

static void
add_rows(int n, int width, float *sums, const float *x)
{
	for (int t = 0; t < n; t++, x += width)
		for (int i = 0; i < width; i++)
			sums[i] += x[i];
}

void
nn_conv_unroll(struct nn_conv d, float *rows, const float *x)
{
	size_t in = (size_t)d.in;

	for (int t = 0; t < d.n; t++) {
		for (int j = 0; j < d.taps; j++, rows += in) {
			int from = t - (d.taps - 1 - j) * d.dilation;

			if (from < 0)
				memset(rows, 0, in * sizeof(*rows));
			else
				memcpy(rows, x + (size_t)from * in, in * sizeof(*rows));
		}
	}
}

/* The transpose of nn_conv_unroll(): each piece of a row goes back to where it came from.
 */
static void
fold(struct nn_conv d, float *dx, const float *rows)
{
	size_t in = (size_t)d.in;

	memset(dx, 0, (size_t)d.n * in * sizeof(*dx));
	for (int t = 0; t < d.n; t++) {
		for (int j = 0; j < d.taps; j++, rows += in) {
			int from = t - (d.taps - 1 - j) * d.dilation;

			for (size_t i = 0; from >= 0 && i < in; i++)
				dx[(size_t)from * in + i] += rows[i];
		}
	}
}

static struct nn_linear
product(struct nn_conv d)
{
	return (struct nn_linear){.n = d.n, .in = d.taps * d.in, .out = d.out};
}

void
nn_conv_forward(struct nn_conv d, float *y, float *scratch, const float *x,
		const float *w, const float *b)
{
	nn_conv_unroll(d, scratch, x);
	nn_linear_forward(product(d), y, scratch, w, b);
}

void
nn_conv_backward(struct nn_conv d, float *dx, float *dw, float *db, float *scratch,
		 const float *dy, const float *x, const float *w)
{
	nn_conv_unroll(d, scratch, x);
	nn_linear_backward(product(d), NULL, dw, db, dy, scratch, w);
	if (!dx)
		return;
	/* The unrolled rows are not needed any more, so theirs are made in their place.
	 */
	nn_gemm_nn(d.n, d.taps * d.in, d.out, scratch, dy, w, false);
	fold(d, dx, scratch);
}

/*
 * Taps that meet rows of x at time t: j with 0 <= t + j - before < n. Each loop over them
 * is short and the one over channels inside runs along rows.
 */
struct reach {
	int before, first, last;
};

static struct reach
reach_at(struct nn_conv_depthwise d, int t)
{
	struct reach r = {.before = d.causal ? d.taps - 1 : d.taps / 2};

	r.first = r.before > t ? r.before - t : 0;
	r.last = d.n - 1 - t + r.before;
	if (r.last > d.taps - 1)
		r.last = d.taps - 1;
	return r;
}

void
nn_conv_depthwise_forward(struct nn_conv_depthwise d, float *y, const float *x,
			  const float *w, const float *b)
{
	size_t channels = (size_t)d.channels, taps = (size_t)d.taps;

	fill_rows(d.n, d.channels, y, b);
	for (int t = 0; t < d.n; t++, y += channels) {
		struct reach r = reach_at(d, t);

		for (int j = r.first; j <= r.last; j++) {
			const float *row = x + (size_t)(t + j - r.before) * channels;

			for (size_t c = 0; c < channels; c++)
				y[c] += w[c * taps + (size_t)j] * row[c];
		}
	}
}

void
nn_conv_depthwise_backward(struct nn_conv_depthwise d, float *dx, float *dw, float *db,
			   const float *dy, const float *x, const float *w)
{
	size_t channels = (size_t)d.channels, taps = (size_t)d.taps;

	add_rows(d.n, d.channels, db, dy);
	if (dx)
		memset(dx, 0, (size_t)d.n * channels * sizeof(*dx));
	for (int t = 0; t < d.n; t++, dy += channels) {
		struct reach r = reach_at(d, t);

		for (int j = r.first; j <= r.last; j++) {
			size_t from = (size_t)(t + j - r.before) * channels;

			for (size_t c = 0; c < channels; c++)
				dw[c * taps + (size_t)j] += dy[c] * x[from + c];
			for (size_t c = 0; dx && c < channels; c++)
				dx[from + c] += dy[c] * w[c * taps + (size_t)j];
		}
	}
}

void
nn_conv_spatial_forward(struct nn_conv_spatial d, float *y, const float *x,
			const float *w, const float *b)
{
	int out = d.filters * d.depth;

	fill_rows(d.n, out, y, b);
	for (int c = 0; c < d.channels; c++) {
		float *to = y;

		for (int t = 0; t < d.n; t++, x += d.filters, to += out)
			for (int o = 0; o < out; o++)
				to[o] += w[o * d.channels + c] * x[o / d.depth];
	}
}

void
nn_conv_spatial_backward(struct nn_conv_spatial d, float *dx, float *dw, float *db,
			 const float *dy, const float *x, const float *w)
{
	int out = d.filters * d.depth;

	add_rows(d.n, out, db, dy);
	if (dx)
		memset(dx, 0,
		       (size_t)d.channels * (size_t)d.n * (size_t)d.filters *
			       sizeof(*dx));
	for (int c = 0; c < d.channels; c++) {
		const float *from = dy;

		for (int t = 0; t < d.n; t++, x += d.filters, from += out) {
			for (int o = 0; o < out; o++)
				dw[o * d.channels + c] += from[o] * x[o / d.depth];
			for (int o = 0; dx && o < out; o++)
				dx[o / d.depth] += from[o] * w[o * d.channels + c];
			dx = dx ? dx + d.filters : NULL;
		}
	}
}

void
nn_pool_forward(struct nn_pool d, float *y, const float *x)
{
	size_t width = (size_t)d.width;

	for (int t = 0; t < d.n / d.size; t++, y += width) {
		memset(y, 0, width * sizeof(*y));
		add_rows(d.size, d.width, y, x + (size_t)(t * d.size) * width);
		for (size_t i = 0; i < width; i++)
			y[i] /= (float)d.size;
	}
}

void
nn_pool_backward(struct nn_pool d, float *dx, const float *dy)
{
	size_t width = (size_t)d.width;

	memset(dx, 0, (size_t)d.n * width * sizeof(*dx));
	for (int t = 0; t < d.n / d.size * d.size; t++)
		for (size_t i = 0; i < width; i++)
			dx[(size_t)t * width + i] =
				dy[(size_t)(t / d.size) * width + i] / (float)d.size;
}
