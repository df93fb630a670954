#include "models/nn/kernels/kernels.h"

#include <stdatomic.h>
#include <string.h>

extern const struct nn_kernels nn_kernels_plain, nn_kernels_avx2;

/* Every thread that finds it empty stores the same. */
static _Atomic(const struct nn_kernels *) chosen;

static bool
has_avx2(void)
{
#ifdef __x86_64__
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
	return false;
#endif
}

static const struct nn_kernels *
best(void)
{
#ifdef __x86_64__
	if (has_avx2())
		return &nn_kernels_avx2;
#endif
	return &nn_kernels_plain;
}

const struct nn_kernels *
nn_kernels(void)
{
	const struct nn_kernels *set =
		atomic_load_explicit(&chosen, memory_order_relaxed);

	if (!set) {
		set = best();
		atomic_store_explicit(&chosen, set, memory_order_relaxed);
	}
	return set;
}

const struct nn_kernels *
nn_kernels_find(const char *name)
{
	if (strcmp(name, nn_kernels_plain.name) == 0)
		return &nn_kernels_plain;
#ifdef __x86_64__
	if (strcmp(name, nn_kernels_avx2.name) == 0 && has_avx2())
		return &nn_kernels_avx2;
#endif
	return NULL;
}

void
nn_kernels_use(const struct nn_kernels *set)
{
	atomic_store_explicit(&chosen, set, memory_order_relaxed);
}
