#include "models/stats/line.h"

#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

/* Standard errors from which on a bias is below 1e-8. */
#define CERTAIN 1e4

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

struct stat_line
stat_line_fit_robust(const double *x, const double *y, size_t n)
{
	struct stat_line line = stat_line_fit(x, y, n);
	double mean_x = stat_mean(x, n), mean_y = stat_mean(y, n);
	double sxx = 0, slope = 0, intercept = 0;

	if (isnan(line.residual_sd))
		return line;
	for (size_t i = 0; i < n; i++)
		sxx += (x[i] - mean_x) * (x[i] - mean_x);
	for (size_t i = 0; i < n; i++) {
		double d = x[i] - mean_x, leverage = 1 / (double)n + d * d / sxx;
		double r = (y[i] - mean_y - line.slope.value * d) / (1 - leverage);
		/* What the residual at i adds to either estimate. */
		double to_slope = d / sxx * r;
		double to_intercept = r / (double)n - mean_x * to_slope;

		slope += to_slope * to_slope;
		intercept += to_intercept * to_intercept;
	}
	line.slope.standard_error = sqrt(slope);
	line.intercept.standard_error = sqrt(intercept);
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

struct stat_estimate
stat_ratio_unbiased(struct stat_estimate numerator, struct stat_estimate denominator)
{
	struct stat_estimate ratio = stat_ratio(numerator, denominator);
	double s = denominator.standard_error, t, mills, slope;

	if (isnan(ratio.value) || !(s > 0))
		return ratio;
	t = denominator.value / s;
	if (t > CERTAIN)
		return ratio;
	mills = exp(pnorm(t, 0, 1, 0, 1) - dnorm(t, 0, 1, 1));
	slope = numerator.value * (1 - t * mills) / s; /* by t, less its sign */
	ratio.value = numerator.value * mills / s;
	ratio.standard_error = hypot(numerator.standard_error * mills / s, slope);
	return ratio;
}
