#include "models/nn/embedding.h"

#include <stddef.h>

#include "models/nn/kernels/kernels.h"

static void
add(int n, float *y, const float *x)
{
	nn_kernels()->add(n, y, y, x);
}

void
nn_embedding_forward(struct nn_embedding d, float *y, const int *index,
		     const float *table)
{
	for (int r = 0; r < d.n; r++)
		if (index[r] >= 0)
			add(d.width, y + (size_t)r * (size_t)d.width,
			    table + (size_t)index[r] * (size_t)d.width);
}

void
nn_embedding_backward(struct nn_embedding d, float *dtable, const float *dy,
		      const int *index)
{
	for (int r = 0; r < d.n; r++)
		if (index[r] >= 0)
			add(d.width, dtable + (size_t)index[r] * (size_t)d.width,
			    dy + (size_t)r * (size_t)d.width);
}
