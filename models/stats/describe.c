#include "models/stats/describe.h"

#include <math.h>

double
stat_mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / (double)n : NAN;
}

double
stat_variance(const double *x, size_t n)
{
	double mean = stat_mean(x, n);
	double squares = 0, rest = 0;

	if (n < 2)
		return NAN;
	for (size_t i = 0; i < n; i++) {
		double d = x[i] - mean;

		squares += d * d;
		rest += d;
	}
	return (squares - rest * rest / (double)n) / (double)(n - 1);
}

struct stat_estimate
stat_mean_estimate(const double *x, size_t n)
{
	struct stat_estimate e = {.n = (int)n};

	e.value = stat_mean(x, n);
	e.standard_error = sqrt(stat_variance(x, n) / (double)n);
	return e;
}

/* Of the numbers but for x, from the sums of all about their mean. */
static double
cv_without(double x, double mean, double squares, double n)
{
	double d = x - mean, rest = mean - d / (n - 1);

	return sqrt((squares - d * d * n / (n - 1)) / (n - 2)) / rest;
}

struct stat_estimate
stat_cv_estimate(const double *x, size_t n)
{
	struct stat_estimate e = {.value = NAN, .standard_error = NAN, .n = (int)n};
	double mean = stat_mean(x, n), size = (double)n, squares, sum = 0, spread = 0;

	if (n < 2 || !(mean > 0))
		return e;
	squares = stat_variance(x, n) * (size - 1);
	e.value = sqrt(squares / (size - 1)) / mean;
	if (n < 4 || !(squares > 0))
		return e;
	for (size_t i = 0; i < n; i++)
		sum += cv_without(x[i], mean, squares, size);
	for (size_t i = 0; i < n; i++) {
		double d = cv_without(x[i], mean, squares, size) - sum / size;

		spread += d * d;
	}
	e.standard_error = sqrt(spread * (size - 1) / size);
	return e;
}

struct stat_estimate
stat_difference(struct stat_estimate b, struct stat_estimate a)
{
	return (struct stat_estimate){.value = b.value - a.value,
				      .standard_error =
					      sqrt(b.standard_error * b.standard_error +
						   a.standard_error * a.standard_error),
				      .n = a.n + b.n};
}

struct stat_estimate
stat_average(const struct stat_estimate *e, int n)
{
	struct stat_estimate out = {0};
	double squares = 0;

	for (int i = 0; i < n; i++) {
		out.value += e[i].value / n;
		squares += e[i].standard_error * e[i].standard_error;
		out.n += e[i].n;
	}
	out.standard_error = sqrt(squares) / n;
	return out;
}

struct stat_estimate
stat_contrast(struct stat_estimate b, struct stat_estimate a)
{
	double sum = b.value + a.value;
	struct stat_estimate out = {.value = NAN, .standard_error = NAN, .n = a.n + b.n};

	if (!(sum > 0))
		return out;
	out.value = (b.value - a.value) / sum;
	out.standard_error =
		2 * hypot(a.value * b.standard_error, b.value * a.standard_error) /
		(sum * sum);
	return out;
}

static void
swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

/*
 * Hoare's selection: afterwards x[k] is what sorting would put there, with nothing larger
 * before and nothing smaller behind it. The pivot is the median of three, so that sorted
 * input is no worst case.
 */
static double
select_kth(double *x, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t i = low, j = high;
		double pivot;

		if (x[middle] < x[low])
			swap(&x[middle], &x[low]);
		if (x[high] < x[low])
			swap(&x[high], &x[low]);
		if (x[high] < x[middle])
			swap(&x[high], &x[middle]);
		pivot = x[middle];
		for (;;) {
			while (x[i] < pivot)
				i++;
			while (pivot < x[j])
				j--;
			if (i >= j)
				break;
			swap(&x[i++], &x[j--]);
		}
		/* x[low..j] <= pivot <= x[j+1..high], where i met j or passed it. */
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return x[k];
}

double
stat_median(double *x, size_t n)
{
	double upper, lower;

	if (n == 0)
		return NAN;
	upper = select_kth(x, n, n / 2);
	if (n % 2)
		return upper;
	lower = x[0];
	for (size_t i = 1; i < n / 2; i++)
		lower = fmax(lower, x[i]);
	return lower + (upper - lower) / 2;
}

struct stat_estimate
stat_median_estimate(double *x, size_t n)
{
	const double z = 1.959963984540054;
	struct stat_estimate e = {.value = stat_median(x, n),
				  .standard_error = NAN,
				  .n = (int)n};
	double place = floor(((double)n + 1) / 2 - z * sqrt((double)n / 4) + 0.5);
	size_t k = place < 1 ? 1 : (size_t)place;
	double lower;

	if (n < 2)
		return e;
	lower = select_kth(x, n, k - 1);
	e.standard_error = (select_kth(x, n, n - k) - lower) / (2 * z);
	return e;
}

double
stat_mad(double *x, size_t n, double centre)
{
	for (size_t i = 0; i < n; i++)
		x[i] = fabs(x[i] - centre);
	return stat_median(x, n);
}

struct stat_estimate
stat_proportion(int k, int n)
{
	struct stat_estimate e = {.value = NAN, .standard_error = NAN, .n = n};
	double p = (k + 0.5) / (n + 1.0);

	if (n > 0) {
		e.value = (double)k / n;
		e.standard_error = sqrt(p * (1 - p) / n);
	}
	return e;
}
