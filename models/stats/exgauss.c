#include "models/stats/exgauss.h"

#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/stats/describe.h"

#define HALVINGS 48
#define INTERVALS 512 /* even; the error for times is below 1e-6 of the spread */

/* ln of e^(sigma^2 / 2 tau^2 - (x - mu) / tau) Phi((x - mu) / sigma - sigma / tau). */
static double
log_tail(const struct stat_exgauss *law, double x)
{
	double z = (x - law->mu) / law->sigma, k = law->sigma / law->tau;

	return k * k / 2 - (x - law->mu) / law->tau + pnorm(z - k, 0, 1, 1, 1);
}

double
stat_exgauss_density(const struct stat_exgauss *law, double x)
{
	return exp(log_tail(law, x)) / law->tau;
}

double
stat_exgauss_share_below(const struct stat_exgauss *law, double x)
{
	if (isinf(x))
		return x > 0;
	return fmax(pnorm(x, law->mu, law->sigma, 1, 0) - exp(log_tail(law, x)), 0);
}

struct stat_exgauss_part
stat_exgauss_between(const struct stat_exgauss *law, double low, double high)
{
	struct stat_exgauss_part part = {*law, low, high, 0, 0};

	part.below = stat_exgauss_share_below(law, low);
	part.share = stat_exgauss_share_below(law, high) - part.below;
	return part;
}

double
stat_exgauss_part_below(const struct stat_exgauss_part *part, double x)
{
	if (x <= part->low)
		return 0;
	if (x >= part->high)
		return 1;
	return (stat_exgauss_share_below(&part->law, x) - part->below) / part->share;
}

/* Bounds outside of which next to nothing lies: 1e-17 of a normal, 4e-18 of a tail. */
static double
lowest(const struct stat_exgauss_part *part)
{
	return fmax(part->low, part->law.mu - 8.5 * part->law.sigma);
}

static double
highest(const struct stat_exgauss_part *part)
{
	return fmin(part->high,
		    part->law.mu + 8.5 * part->law.sigma + 40 * part->law.tau);
}

double
stat_exgauss_part_quantile(const struct stat_exgauss_part *part, double share)
{
	double low = lowest(part), high = highest(part);

	for (int i = 0; i < HALVINGS; i++) {
		double middle = low + (high - low) / 2;

		if (stat_exgauss_part_below(part, middle) < share)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct stat_exgauss_part
stat_exgauss_without_outliers(const struct stat_exgauss_part *part, double deviations)
{
	double median = stat_exgauss_part_quantile(part, 0.5), limit;
	double low = 0, high = highest(part) - lowest(part);

	for (int i = 0; i < HALVINGS; i++) {
		double d = low + (high - low) / 2;

		if (stat_exgauss_part_below(part, median + d) -
			    stat_exgauss_part_below(part, median - d) <
		    0.5)
			low = d;
		else
			high = d;
	}
	limit = deviations * STAT_MAD_SCALE * low;
	return stat_exgauss_between(&part->law, fmax(part->low, median - limit),
				    fmin(part->high, median + limit));
}

double
stat_exgauss_part_mean(const struct stat_exgauss_part *part,
		       double (*f)(double x, const void *arg), const void *arg)
{
	/* Most of the law in most of the points: beyond, a tail of a millionth. */
	double low = fmax(lowest(part), part->law.mu - 6 * part->law.sigma);
	double high = fmin(highest(part),
			   part->law.mu + 6 * part->law.sigma + 20 * part->law.tau);
	double h = (high - low) / INTERVALS, sum = 0, weights = 0;

	for (int i = 0; i <= INTERVALS; i++) {
		double x = low + i * h;
		double w = (i == 0 || i == INTERVALS) ? 1 : i % 2 ? 4 : 2;

		w *= stat_exgauss_density(&part->law, x);
		weights += w;
		sum += w * f(x, arg);
	}
	return sum / weights;
}
