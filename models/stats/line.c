#include "models/stats/line.h"

#include <math.h>

struct stat_line
stat_line_fit(const double *x, const double *y, size_t n)
{
	const struct stat_estimate none = {NAN, NAN, (int)n};
	struct stat_line line = {none, none, NAN};
	double mean_x = stat_mean(x, n), mean_y = stat_mean(y, n);
	double sxx = 0, sxy = 0, squares = 0, variance;

	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - mean_x) * (x[i] - mean_x);
		sxy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	if (n < 2 || !(sxx > 0))
		return line;
	line.slope.value = sxy / sxx;
	line.intercept.value = mean_y - line.slope.value * mean_x;
	if (n < 3)
		return line;
	for (size_t i = 0; i < n; i++) {
		double r = y[i] - mean_y - line.slope.value * (x[i] - mean_x);

		squares += r * r;
	}
	variance = squares / (double)(n - 2);
	line.residual_sd = sqrt(variance);
	line.slope.standard_error = sqrt(variance / sxx);
	line.intercept.standard_error =
		sqrt(variance * (1 / (double)n + mean_x * mean_x / sxx));
	return line;
}

struct stat_estimate
stat_ratio(struct stat_estimate numerator, struct stat_estimate denominator)
{
	struct stat_estimate ratio = {NAN, NAN, numerator.n + denominator.n};
	double r, from_numerator, from_denominator;

	if (!(denominator.value > 0))
		return ratio;
	r = numerator.value / denominator.value;
	from_numerator = numerator.standard_error / denominator.value;
	from_denominator = r * denominator.standard_error / denominator.value;
	ratio.value = r;
	ratio.standard_error = sqrt(from_numerator * from_numerator +
				    from_denominator * from_denominator);
	return ratio;
}
