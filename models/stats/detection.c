#include "models/stats/detection.h"

#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

/*
 * z of a corrected rate, and its variance. That is taken at Laplace's rate, as none wrong
 * of n does not say that hardly any ever is.
 */
static double
z_of_rate(int k, int n, double *variance)
{
	double p = (k + 1.0) / (n + 2.0);
	double density = dnorm(qnorm(p, 0, 1, 1, 0), 0, 1, 0);

	*variance = p * (1 - p) / (n * density * density);
	return qnorm((k + 0.5) / (n + 1.0), 0, 1, 1, 0);
}

struct stat_detection
stat_detection(int hits, int signals, int false_alarms, int noises)
{
	const struct stat_estimate none = {NAN, NAN, signals + noises};
	struct stat_detection s = {none, none};
	double hit_z, false_z, hit_variance, false_variance;

	if (signals <= 0 || noises <= 0)
		return s;
	hit_z = z_of_rate(hits, signals, &hit_variance);
	false_z = z_of_rate(false_alarms, noises, &false_variance);
	s.d_prime.value = hit_z - false_z;
	s.d_prime.standard_error = sqrt(hit_variance + false_variance);
	s.criterion.value = -(hit_z + false_z) / 2;
	s.criterion.standard_error = s.d_prime.standard_error / 2;
	return s;
}
