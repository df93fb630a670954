#include "models/nn/attention.h"

#include <math.h>
#include <string.h>

/* Where head h of row r begins. */
#define AT(base, r, h) \
	((base) + (size_t)(r) * (size_t)d.stride + (size_t)(h) * (size_t)d.width)
#define OUT(base, r, h) \
	((base) + ((size_t)(r) * (size_t)d.heads + (size_t)(h)) * (size_t)d.width)

size_t
nn_attention_scratch(struct nn_attention d)
{
	return (size_t)d.n * (size_t)d.n;
}

static float
dot(int n, const float *x, const float *y)
{
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

static void
axpy(int n, float *y, float a, const float *x)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

/* a[0..n) from scores to weights that sum to 1. */
static void
softmax(int n, float *a)
{
	float max = a[0], sum = 0;

	for (int i = 1; i < n; i++)
		max = fmaxf(max, a[i]);
	for (int i = 0; i < n; i++) {
		a[i] = expf(a[i] - max);
		sum += a[i];
	}
	for (int i = 0; i < n; i++)
		a[i] /= sum;
}

/* Row t of head h against keys 0..seen-1: weights a, output y. */
static void
attend(struct nn_attention d, int h, int seen, float *y, float *a, const float *q,
       const float *k, const float *v)
{
	float scale = 1.0f / sqrtf((float)d.width);

	for (int i = 0; i < seen; i++)
		a[i] = scale * dot(d.width, q, AT(k, i, h));
	softmax(seen, a);
	memset(y, 0, (size_t)d.width * sizeof(*y));
	for (int i = 0; i < seen; i++)
		axpy(d.width, y, a[i], AT(v, i, h));
}

void
nn_attention_forward(struct nn_attention d, float *y, float *weights, float *scratch,
		     const float *q, const float *k, const float *v)
{
	for (int h = 0; h < d.heads; h++) {
		float *a = weights ? weights + (size_t)h * (size_t)d.n * (size_t)d.n
				   : scratch;

		for (int t = 0; t < d.n; t++) {
			int seen = d.causal ? t + 1 : d.n;
			float *row = a + (size_t)t * (size_t)d.n;

			attend(d, h, seen, OUT(y, t, h), row, AT(q, t, h), k, v);
			memset(row + seen, 0, (size_t)(d.n - seen) * sizeof(*row));
		}
	}
}

void
nn_attention_step(struct nn_attention d, float *y, float *weights, const float *q,
		  const float *k, const float *v)
{
	for (int h = 0; h < d.heads; h++)
		attend(d, h, d.n, OUT(y, 0, h), weights + (size_t)h * (size_t)d.n,
		       q + (size_t)h * (size_t)d.width, k, v);
}

static void
clear(struct nn_attention d, float *x)
{
	for (int r = 0; r < d.n; r++)
		memset(AT(x, r, 0), 0, (size_t)d.heads * (size_t)d.width * sizeof(*x));
}

/*
 * Of one row: dA_i = dy . v_i; through the softmax dS_i = A_i (dA_i - sum_j A_j dA_j);
 * dq = sum dS_i k_i, dk_i += dS_i q, dv_i += A_i dy.
 */
void
nn_attention_backward(struct nn_attention d, float *dq, float *dk, float *dv,
		      float *scratch, const float *dy, const float *weights,
		      const float *q, const float *k, const float *v)
{
	float scale = 1.0f / sqrtf((float)d.width);

	clear(d, dq);
	clear(d, dk);
	clear(d, dv);
	for (int h = 0; h < d.heads; h++) {
		for (int t = 0; t < d.n; t++) {
			int seen = d.causal ? t + 1 : d.n;
			const float *a = weights + ((size_t)h * (size_t)d.n + (size_t)t) *
							   (size_t)d.n;
			const float *dyt = OUT(dy, t, h);
			float mean;

			for (int i = 0; i < seen; i++)
				scratch[i] = dot(d.width, dyt, AT(v, i, h));
			mean = dot(seen, a, scratch);
			for (int i = 0; i < seen; i++) {
				float ds = scale * a[i] * (scratch[i] - mean);

				axpy(d.width, AT(dq, t, h), ds, AT(k, i, h));
				axpy(d.width, AT(dk, i, h), ds, AT(q, t, h));
				axpy(d.width, AT(dv, i, h), a[i], dyt);
			}
		}
	}
}
