#include "models/nn/lora.h"

#include <stddef.h>
#include <string.h>

/* Ranks are a handful, so plain loops along rows serve. */

void
nn_lora_merge(struct nn_lora d, float *merged, const float *w, const float *a,
	      const float *b)
{
	size_t in = (size_t)d.in;
	float scale = d.alpha / (float)d.rank;

	if (merged != w)
		memcpy(merged, w, (size_t)d.out * in * sizeof(*merged));
	for (int o = 0; o < d.out; o++, merged += in) {
		for (int r = 0; r < d.rank; r++) {
			float factor = scale * b[o * d.rank + r];

			for (size_t i = 0; i < in; i++)
				merged[i] += factor * a[(size_t)r * in + i];
		}
	}
}

void
nn_lora_backward(struct nn_lora d, float *da, float *db, const float *dmerged,
		 const float *a, const float *b)
{
	size_t in = (size_t)d.in;
	float scale = d.alpha / (float)d.rank;

	for (int o = 0; o < d.out; o++, dmerged += in) {
		for (int r = 0; r < d.rank; r++) {
			const float *row = a + (size_t)r * in;
			float factor = scale * b[o * d.rank + r], sum = 0;

			for (size_t i = 0; i < in; i++) {
				da[(size_t)r * in + i] += factor * dmerged[i];
				sum += dmerged[i] * row[i];
			}
			db[o * d.rank + r] += scale * sum;
		}
	}
}
