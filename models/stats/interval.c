#include "models/stats/interval.h"

#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

struct stat_interval
stat_mean_interval(double mean, double sd, int n, double level)
{
	struct stat_interval interval = {NAN, NAN};
	double half;

	if (n < 2 || !(sd >= 0) || !(level > 0 && level < 1))
		return interval;
	/* The upper tail, as (1 + level) / 2 would round levels close to 1. */
	half = qt((1 - level) / 2, n - 1, 0, 0) * sd / sqrt(n);
	interval.low = mean - half;
	interval.high = mean + half;
	return interval;
}

struct stat_interval
stat_proportion_interval(double p, int n, double level)
{
	struct stat_interval interval = {NAN, NAN};
	double z, centre, half;

	if (n < 1 || !(p >= 0 && p <= 1) || !(level > 0 && level < 1))
		return interval;
	z = qnorm((1 - level) / 2, 0, 1, 0, 0);
	centre = (p + z * z / (2.0 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
	interval.low = fmax(centre - half, 0);
	interval.high = fmin(centre + half, 1);
	return interval;
}
