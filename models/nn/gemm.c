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

static void
blas(bool turn_x, bool turn_w, int n, int cols, int depth, float *y, const float *x,
     const float *w, bool add)
{
}

void
nn_gemm_single_thread(void)
{
}

#else

#include <cblas.h>
#include <stdatomic.h>

#define LARGE 1024

static bool
use_kernels(int n, int cols, int depth)
{
	return nn_kernels()->fast_products && n < LARGE && cols < LARGE && depth < LARGE;
}

void
nn_gemm_single_thread(void)
{
	static atomic_bool done;

	/* Threads that come here at the same time ask for the same. */
	if (atomic_load_explicit(&done, memory_order_relaxed))
		return;
	openblas_set_num_threads(1);
	atomic_store_explicit(&done, true, memory_order_relaxed);
}

/* y[n][cols] (+)= x w, where x or w may be stored turned over. */
static void
blas(bool turn_x, bool turn_w, int n, int cols, int depth, float *y, const float *x,
     const float *w, bool add)
{
	nn_gemm_single_thread();
	cblas_sgemm(CblasRowMajor, turn_x ? CblasTrans : CblasNoTrans,
		    turn_w ? CblasTrans : CblasNoTrans, n, cols, depth, 1.0f, x,
		    turn_x ? n : depth, w, turn_w ? depth : cols, add ? 1.0f : 0.0f, y,
		    cols);
}

#endif

void
nn_gemm_nt(int n, int out, int in, float *y, const float *x, const float *w, bool add)
{
	if (use_kernels(n, out, in))
		nn_kernels()->product_nt(n, out, in, y, x, w, NULL, add);
	else
		blas(false, true, n, out, in, y, x, w, add);
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
		blas(false, false, n, in, out, y, x, w, add);
}

void
nn_gemm_tn(int out, int in, int n, float *y, const float *x, const float *z, bool add)
{
	if (use_kernels(out, in, n))
		nn_kernels()->product_tn(out, in, n, y, x, z, add);
	else
		blas(true, false, out, in, n, y, x, z, add);
}
