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
