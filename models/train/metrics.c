#include "models/train/metrics.h"

#include <math.h>
#include <stdlib.h>

#define UNDEFINED ((double)NAN)

static int
by_p(const void *a, const void *b)
{
	double x = ((const struct metric_pair *)a)->p;
	double y = ((const struct metric_pair *)b)->p;

	return (x > y) - (x < y);
}

double
metric_auc(struct metric_pair *pairs, size_t n)
{
	double rank_sum = 0, happened = 0, others;

	qsort(pairs, n, sizeof(*pairs), by_p);
	for (size_t i = 0; i < n;) {
		size_t end = i, count = 0;

		for (; end < n && pairs[end].p <= pairs[i].p; end++)
			count += pairs[end].happened;
		/* Ranks i + 1 .. end share their mean. */
		rank_sum += (double)count * (double)(i + 1 + end) / 2;
		happened += (double)count;
		i = end;
	}
	others = (double)n - happened;
	if (happened < 1 || others < 1)
		return UNDEFINED;
	return (rank_sum - happened * (happened + 1) / 2) / (happened * others);
}

double
metric_log_loss(const struct metric_pair *pairs, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double p = pairs[i].happened ? pairs[i].p : 1 - pairs[i].p;

		sum -= log(fmin(fmax(p, METRIC_P_MIN), 1 - METRIC_P_MIN));
	}
	return n > 0 ? sum / (double)n : UNDEFINED;
}

double
metric_brier(const struct metric_pair *pairs, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double error = pairs[i].p - (pairs[i].happened ? 1 : 0);

		sum += error * error;
	}
	return n > 0 ? sum / (double)n : UNDEFINED;
}

double
metric_ece(const struct metric_pair *pairs, size_t n)
{
	double excess[METRIC_ECE_BINS] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++) {
		int bin = (int)(pairs[i].p * METRIC_ECE_BINS);

		if (bin >= METRIC_ECE_BINS)
			bin = METRIC_ECE_BINS - 1;
		/* |mean - mean| times the size is |sum - sum|. */
		excess[bin] += pairs[i].p - (pairs[i].happened ? 1 : 0);
	}
	for (int b = 0; b < METRIC_ECE_BINS; b++)
		sum += fabs(excess[b]);
	return n > 0 ? sum / (double)n : UNDEFINED;
}

static double
normal_cdf(double z)
{
	return erfc(-z / M_SQRT2) / 2;
}

static double
normal_density(double z)
{
	return exp(-z * z / 2) * M_2_SQRTPI / (2 * M_SQRT2);
}

/* The mixture's parts; with one normal the second has no weight and its own is unused. */
struct parts {
	int n;
	double weight[2], mean[2], sd[2];
};

static struct parts
parts_of(const struct forecast *f)
{
	double slow = (double)f->slow;

	return (struct parts){
		.n = slow > 0 ? 2 : 1,
		.weight = {slow > 0 ? 1 - slow : 1, slow},
		.mean = {(double)f->mu1, (double)f->mu1 + (double)f->delta},
		.sd = {(double)f->sigma1, (double)f->sigma2},
	};
}

double
metric_rt_nll(const struct forecast *f, double y)
{
	struct parts p = parts_of(f);
	double log_term[2], most;

	for (int i = 0; i < p.n; i++) {
		double z = (y - p.mean[i]) / p.sd[i];

		log_term[i] =
			log(p.weight[i]) - log(p.sd[i]) - z * z / 2 - log(2 * M_PI) / 2;
	}
	if (p.n == 1)
		return -log_term[0];
	most = fmax(log_term[0], log_term[1]);
	return -most - log(exp(log_term[0] - most) + exp(log_term[1] - most));
}

double
metric_rt_cdf(const struct forecast *f, double y)
{
	struct parts p = parts_of(f);
	double sum = 0;

	for (int i = 0; i < p.n; i++)
		sum += p.weight[i] * normal_cdf((y - p.mean[i]) / p.sd[i]);
	return sum;
}

/* E |m + sqrt(v) Z|, Z standard normal. */
static double
mean_distance(double m, double v)
{
	double sd = sqrt(v), z = m / sd;

	return 2 * sd * normal_density(z) + m * (2 * normal_cdf(z) - 1);
}

double
metric_rt_crps(const struct forecast *f, double y)
{
	struct parts p = parts_of(f);
	double crps = 0;

	for (int i = 0; i < p.n; i++) {
		double v = p.sd[i] * p.sd[i];

		crps += p.weight[i] * mean_distance(y - p.mean[i], v);
		for (int j = 0; j < p.n; j++)
			crps -= p.weight[i] * p.weight[j] / 2 *
				mean_distance(p.mean[i] - p.mean[j],
					      v + p.sd[j] * p.sd[j]);
	}
	return crps;
}

double
metric_coverage(const double *pit, size_t n)
{
	double tail = (1 - METRIC_COVERAGE) / 2;
	size_t inside = 0;

	for (size_t i = 0; i < n; i++)
		inside += pit[i] >= tail && pit[i] <= 1 - tail;
	return n > 0 ? (double)inside / (double)n : UNDEFINED;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
metric_ks_uniform(double *pit, size_t n)
{
	double most = 0;

	qsort(pit, n, sizeof(*pit), by_value);
	for (size_t i = 0; i < n; i++) {
		double below = pit[i] - (double)i / (double)n;
		double above = (double)(i + 1) / (double)n - pit[i];

		most = fmax(most, fmax(below, above));
	}
	return n > 0 ? most : UNDEFINED;
}

static double
mean_of(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static double
squared_errors(const double *y, const double *m, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (y[i] - m[i]) * (y[i] - m[i]);
	return sum;
}

double
metric_r2(const double *y, const double *m, size_t n)
{
	double mean = n > 0 ? mean_of(y, n) : 0, total = 0;

	for (size_t i = 0; i < n; i++)
		total += (y[i] - mean) * (y[i] - mean);
	return total > 0 ? 1 - squared_errors(y, m, n) / total : UNDEFINED;
}

double
metric_rmse(const double *y, const double *m, size_t n)
{
	return n > 0 ? sqrt(squared_errors(y, m, n) / (double)n) : UNDEFINED;
}

double
metric_correlation(const double *x, const double *y, size_t n)
{
	double mean_x = n > 0 ? mean_of(x, n) : 0, mean_y = n > 0 ? mean_of(y, n) : 0;
	double xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		yy += (y[i] - mean_y) * (y[i] - mean_y);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : UNDEFINED;
}
