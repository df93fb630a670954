#include "models/nn/gemm.h"

#include <stddef.h>

#if defined(__wasm__) || defined(NN_OWN_GEMM)

#include <string.h>

static void
clear_unless(bool add, float *y, int rows, int cols)
{
	if (!add)
		memset(y, 0, (size_t)rows * (size_t)cols * sizeof(*y));
}

static void
axpy(int n, float *y, float a, const float *x)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

void
nn_gemm_nt(int n, int out, int in, float *y, const float *x, const float *w, bool add)
{
	for (int r = 0; r < n; r++) {
		for (int o = 0; o < out; o++) {
			const float *a = x + (size_t)r * (size_t)in;
			const float *b = w + (size_t)o * (size_t)in;
			float *to = y + (size_t)r * (size_t)out + o, sum = 0;

			for (int i = 0; i < in; i++)
				sum += a[i] * b[i];
			*to = add ? *to + sum : sum;
		}
	}
}

void
nn_gemm_nn(int n, int in, int out, float *y, const float *x, const float *w, bool add)
{
	clear_unless(add, y, n, in);
	for (int r = 0; r < n; r++)
		for (int o = 0; o < out; o++)
			axpy(in, y + (size_t)r * (size_t)in,
			     x[(size_t)r * (size_t)out + (size_t)o],
			     w + (size_t)o * (size_t)in);
}

void
nn_gemm_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add)
{
	clear_unless(add, y, out, in);
	for (int r = 0; r < n; r++)
		for (int o = 0; o < out; o++)
			axpy(in, y + (size_t)o * (size_t)in,
			     x[(size_t)r * (size_t)out + (size_t)o],
			     z + (size_t)r * (size_t)in);
}

void
nn_gemm_single_thread(void)
{
}

#else

#include <cblas.h>

void
nn_gemm_nt(int n, int out, int in, float *y, const float *x, const float *w, bool add)
{
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, out, in, 1.0f, x, in, w,
		    in, add ? 1.0f : 0.0f, y, out);
}

void
nn_gemm_nn(int n, int in, int out, float *y, const float *x, const float *w, bool add)
{
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, in, out, 1.0f, x, out,
		    w, in, add ? 1.0f : 0.0f, y, in);
}

void
nn_gemm_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add)
{
	cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, n, 1.0f, x, out, z,
		    in, add ? 1.0f : 0.0f, y, in);
}

void
nn_gemm_single_thread(void)
{
	openblas_set_num_threads(1);
}

#endif
