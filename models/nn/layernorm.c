#include "models/nn/layernorm.h"

#include <math.h>
#include <stddef.h>

#define EPSILON 1e-5f

void
nn_layernorm_forward(struct nn_layernorm d, float *y, float *mean, float *rstd,
		     const float *x, const float *gain, const float *bias)
{
	for (int r = 0; r < d.n; r++, x += d.width, y += d.width) {
		float m = 0, v = 0, s;

		for (int i = 0; i < d.width; i++)
			m += x[i];
		m /= (float)d.width;
		for (int i = 0; i < d.width; i++)
			v += (x[i] - m) * (x[i] - m);
		s = 1.0f / sqrtf(v / (float)d.width + EPSILON);
		for (int i = 0; i < d.width; i++)
			y[i] = (x[i] - m) * s * gain[i] + bias[i];
		if (mean) {
			mean[r] = m;
			rstd[r] = s;
		}
	}
}

/*
 * With z = (x - mean) rstd and g = dy gain:
 * dx = rstd (g - mean(g) - z mean(g z)), the means over a row.
 */
void
nn_layernorm_backward(struct nn_layernorm d, float *dx, bool add, float *dgain,
		      float *dbias, const float *dy, const float *x, const float *mean,
		      const float *rstd, const float *gain)
{
	for (int r = 0; r < d.n; r++, x += d.width, dx += d.width, dy += d.width) {
		float sum_g = 0, sum_gz = 0;

		for (int i = 0; i < d.width; i++) {
			float z = (x[i] - mean[r]) * rstd[r];

			sum_g += dy[i] * gain[i];
			sum_gz += dy[i] * gain[i] * z;
			dgain[i] += dy[i] * z;
			dbias[i] += dy[i];
		}
		sum_g /= (float)d.width;
		sum_gz /= (float)d.width;
		for (int i = 0; i < d.width; i++) {
			float z = (x[i] - mean[r]) * rstd[r];
			float to = rstd[r] * (dy[i] * gain[i] - sum_g - z * sum_gz);

			dx[i] = add ? dx[i] + to : to;
		}
	}
}
