#include "models/signal/eeg_summary.h"

#include <math.h>
#include <stdbool.h>

#include "models/stats/describe.h"

double
eeg_log_power(double power_uv2)
{
	return power_uv2 > 0 ? log10(power_uv2) : NAN;
}

double
eeg_power_uv2(double log_power)
{
	return pow(10, log_power);
}

static bool
usable(const struct eeg_epoch *epoch, int channel)
{
	return !epoch->quality || epoch->quality[channel] >= EEG_QUALITY_MIN;
}

static struct eeg_figure
mean_of(const double *ratios, int n)
{
	struct stat_estimate mean;

	if (n == 0)
		return (struct eeg_figure){NAN, NAN, 0};
	mean = stat_mean_estimate(ratios, (size_t)n);
	return (struct eeg_figure){mean.value, n > 1 ? mean.standard_error : NAN, n};
}

void
eeg_epoch_figures(struct eeg_epoch *epoch, int n_channels)
{
	double engagement[EEG_CHANNELS_MAX], theta_beta[EEG_CHANNELS_MAX];
	int n_engagement = 0, n_theta_beta = 0;

	for (int c = 0; c < n_channels; c++) {
		const float *log_power = epoch->log_power + c;
		double theta = eeg_power_uv2(log_power[EEG_THETA * n_channels]);
		double alpha = eeg_power_uv2(log_power[EEG_ALPHA * n_channels]);
		double beta = eeg_power_uv2(log_power[EEG_BETA * n_channels]);

		if (!usable(epoch, c))
			continue;
		if (!isnan(beta / (alpha + theta)))
			engagement[n_engagement++] = beta / (alpha + theta);
		if (!isnan(theta / beta))
			theta_beta[n_theta_beta++] = theta / beta;
	}
	epoch->engagement = mean_of(engagement, n_engagement);
	epoch->theta_beta = mean_of(theta_beta, n_theta_beta);
}

/* Mean and sum of squared deviations of a stream of numbers (Welford 1962). */
struct running {
	size_t n;
	double mean, squares;
};

static void
running_add(struct running *r, double x)
{
	double off = x - r->mean;

	r->mean += off / (double)++r->n;
	r->squares += off * (x - r->mean);
}

struct eeg_figure
eeg_session_figure(const double *values, size_t n_values)
{
	struct running all = {0}, block = {0}, blocks = {0};
	size_t n_blocks, seen = 0;
	double se = NAN;

	for (size_t i = 0; i < n_values; i++)
		if (!isnan(values[i]))
			running_add(&all, values[i]);
	n_blocks = (size_t)sqrt((double)all.n);
	for (size_t i = 0; i < n_values; i++) {
		if (isnan(values[i]))
			continue;
		running_add(&block, values[i]);
		/* Block b ends where b + 1 of n_blocks parts are behind. */
		if (++seen * n_blocks >= (blocks.n + 1) * all.n) {
			running_add(&blocks, block.mean);
			block = (struct running){0};
		}
	}
	if (all.n >= EEG_SUMMARY_EPOCHS_MIN)
		se = sqrt(blocks.squares / (double)(blocks.n - 1) / (double)blocks.n);
	return (struct eeg_figure){all.n > 0 ? all.mean : NAN, se, (int)all.n};
}

void
eeg_epoch_regions(const struct eeg_epoch *epoch, int n_channels, const int *region,
		  float out[][EEG_BANDS])
{
	for (int r = 0; r <= EEG_POSTERIOR; r++) {
		for (int b = 0; b < EEG_BANDS; b++) {
			const float *log_power = epoch->log_power + b * n_channels;
			double sum = 0;
			int n = 0;

			for (int c = 0; c < n_channels; c++) {
				if (region[c] != r || isnan(log_power[c]) ||
				    !usable(epoch, c))
					continue;
				sum += log_power[c];
				n++;
			}
			out[r][b] = n > 0 ? (float)(sum / n) : NAN;
		}
	}
}
