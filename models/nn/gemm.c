#include "models/nn/gemm.h"

#include <string.h>

#include "models/nn/kernels/kernels.h"

/*
 * OpenBLAS takes over where the kernels in use are no match for it, or where a product is
 * so large that its blocking for all levels of cache pays. NN_OWN_GEMM: never, as in
 * WebAssembly, which has none.
 */
#if defined(__wasm__) || defined(NN_OWN_GEMM)

static bool
use_kernels(int n, int cols, int depth)
{
	return true;
}

#define cblas_sgemm(...) ((void)0)

void
nn_gemm_single_thread(void)
{
}

#else

#include <cblas.h>

#define LARGE 1024

static bool
use_kernels(int n, int cols, int depth)
{
	return nn_kernels()->fast_products && n < LARGE && cols < LARGE && depth < LARGE;
}

void
nn_gemm_single_thread(void)
{
	openblas_set_num_threads(1);
}

#endif

void
nn_gemm_nt(int n, int out, int in, float *y, const float *x, const float *w, bool add)
{
	if (use_kernels(n, out, in))
		nn_kernels()->product_nt(n, out, in, y, x, w, NULL, add);
	else
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, out, in, 1.0f, x,
			    in, w, in, add ? 1.0f : 0.0f, y, out);
}

void
nn_gemm_affine(int n, int out, int in, float *y, const float *x, const float *w,
	       const float *b)
{
	if (use_kernels(n, out, in)) {
		nn_kernels()->product_nt(n, out, in, y, x, w, b, false);
		return;
	}
	for (int r = 0; b && r < n; r++)
		memcpy(y + (size_t)r * (size_t)out, b, (size_t)out * sizeof(*y));
	nn_gemm_nt(n, out, in, y, x, w, b != NULL);
}

void
nn_gemm_nn(int n, int in, int out, float *y, const float *x, const float *w, bool add)
{
	if (use_kernels(n, in, out))
		nn_kernels()->product_nn(n, in, out, y, x, w, add);
	else
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, in, out, 1.0f,
			    x, out, w, in, add ? 1.0f : 0.0f, y, in);
}

void
nn_gemm_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add)
{
	if (use_kernels(out, in, n))
		nn_kernels()->product_tn(out, in, n, y, x, z, add);
	else
		cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, n, 1.0f, x,
			    out, z, in, add ? 1.0f : 0.0f, y, in);
}
