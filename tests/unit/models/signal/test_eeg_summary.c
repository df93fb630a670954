/* models/signal/eeg_summary: figures of an epoch and of a session. */
#include <math.h>

#include "models/signal/eeg_summary.h"
#include "models/stats/rng.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* Powers are kept in single precision: 24 bits of a logarithm near 1. */
#define FLOAT_NOISE 2e-6

/* Three channels; beta, alpha and theta make ratios of 0.5, 1 and 3. */
static const float three[EEG_BANDS][3] = {
	{1.0f, 1.0f, 1.0f},           /* delta */
	{0.0f, 0.0f, 0.0f},           /* theta 1 uV^2 */
	{0.0f, 0.0f, 0.0f},           /* alpha 1 uV^2 */
	{0.0f, 0.30103f, 0.7781513f}, /* beta 1, 2, 6 uV^2 */
	{0.0f, 0.0f, 0.0f},
};

START_TEST(eeg_power_goes_to_log10_and_back)
{
	ck_assert_double_eq(eeg_log_power(100), 2);
	ck_assert_double_eq(eeg_log_power(0.001), -3);
	ck_assert_double_eq_tol(eeg_power_uv2(eeg_log_power(12.5)), 12.5, 1e-13);
	ck_assert(isnan(eeg_log_power(0)));
	ck_assert(isnan(eeg_log_power(-1)));
	ck_assert(isnan(eeg_log_power(NAN)));
	ck_assert(isnan(eeg_power_uv2(NAN)));
}
END_TEST

START_TEST(an_epochs_figures_are_means_of_the_channels_ratios)
{
	struct eeg_epoch epoch = {.log_power = three[0]};

	eeg_epoch_figures(&epoch, 3);
	/* Mean of 0.5, 1, 3 is 1.5; their sd is sqrt(1.75). */
	unit_close(epoch.engagement.value, 1.5, FLOAT_NOISE, "engagement");
	unit_close(epoch.engagement.standard_error, sqrt(1.75 / 3), FLOAT_NOISE, "se");
	ck_assert_int_eq(epoch.engagement.n, 3);
	/* Of 1, 1/2, 1/6 the mean is 5/9 and the variance 19/108. */
	unit_close(epoch.theta_beta.value, 5.0 / 9, FLOAT_NOISE, "theta / beta");
	unit_close(epoch.theta_beta.standard_error, sqrt(19.0 / 108 / 3), FLOAT_NOISE,
		   "se");
}
END_TEST

START_TEST(channels_of_poor_quality_and_missing_bands_are_left_out)
{
	float log_power[EEG_BANDS][3];
	const float quality[3] = {1, 0.49f, 0.5f};
	struct eeg_epoch epoch = {.log_power = log_power[0], .quality = quality};

	for (int b = 0; b < EEG_BANDS; b++)
		for (int c = 0; c < 3; c++)
			log_power[b][c] = three[b][c];
	eeg_epoch_figures(&epoch, 3);
	unit_close(epoch.engagement.value, 1.75, FLOAT_NOISE, "0.5 and 3");
	ck_assert_int_eq(epoch.engagement.n, 2);
	/* Alpha is not part of theta / beta. */
	log_power[EEG_ALPHA][0] = NAN;
	eeg_epoch_figures(&epoch, 3);
	unit_close(epoch.engagement.value, 3, FLOAT_NOISE, "3 alone");
	ck_assert(isnan(epoch.engagement.standard_error));
	ck_assert_int_eq(epoch.theta_beta.n, 2);
	log_power[EEG_BETA][0] = log_power[EEG_BETA][2] = NAN;
	eeg_epoch_figures(&epoch, 3);
	ck_assert(isnan(epoch.engagement.value));
	ck_assert(isnan(epoch.theta_beta.value));
	ck_assert_int_eq(epoch.theta_beta.n, 0);
}
END_TEST

START_TEST(regions_are_means_of_log_power)
{
	const int region[3] = {EEG_FRONTAL, EEG_FRONTAL, EEG_POSTERIOR};
	const float quality[3] = {1, 1, 0};
	struct eeg_epoch epoch = {.log_power = three[0]};
	float out[EEG_POSTERIOR + 1][EEG_BANDS];

	eeg_epoch_regions(&epoch, 3, region, out);
	ck_assert_float_eq_tol(out[EEG_FRONTAL][EEG_BETA], 0.150515f, 1e-6f);
	ck_assert_float_eq(out[EEG_POSTERIOR][EEG_DELTA], 1);
	ck_assert(isnan(out[EEG_TEMPORAL][EEG_DELTA]));
	ck_assert(isnan(out[EEG_CENTRAL][EEG_GAMMA]));
	epoch.quality = quality;
	eeg_epoch_regions(&epoch, 3, region, out);
	ck_assert(isnan(out[EEG_POSTERIOR][EEG_DELTA]));
	ck_assert_float_eq(out[EEG_FRONTAL][EEG_DELTA], 1);
}
END_TEST

START_TEST(a_sessions_figure_leaves_out_epochs_without_one)
{
	const double values[] = {NAN, 1, 2, NAN, 6};
	struct eeg_figure f = eeg_session_figure(values, 5);

	ck_assert_double_eq_tol(f.value, 3, 1e-15);
	ck_assert_int_eq(f.n, 3);
	ck_assert(isnan(f.standard_error));
	f = eeg_session_figure(values, 1);
	ck_assert(isnan(f.value));
	ck_assert_int_eq(f.n, 0);
	ck_assert(isnan(eeg_session_figure(NULL, 0).value));
}
END_TEST

START_TEST(a_sessions_standard_error_is_that_of_its_blocks)
{
	/* 16 epochs make 4 blocks with the means 1, 2, 3, 6: variance 14/3. */
	double values[17];
	struct eeg_figure f;

	for (int i = 0; i < 16; i++)
		values[i] = (double[]){1, 2, 3, 6}[i / 4] + (i % 2 ? 0.25 : -0.25);
	values[16] = NAN;
	f = eeg_session_figure(values, 17);
	ck_assert_double_eq_tol(f.value, 3, 1e-14);
	ck_assert_double_eq_tol(f.standard_error, sqrt(14.0 / 3 / 4), 1e-14);
	ck_assert(isnan(eeg_session_figure(values, 15).standard_error));
}
END_TEST

/*
 * Epochs that resemble each other, as an AR(1) with rho = 0.8: the true standard error of
 * the mean of n is close to sqrt((1 + rho) / (1 - rho) / n) = 3 / sqrt(n), three times
 * that of independent ones. 2,000 sessions tell the mean of the estimates to about 0.5 %.
 * The block method's own bias at n = 400 (20 blocks of 20) is known: the variance comes
 * out too small by the factor 1 - (2 rho / (1 - rho^2)) / 20 = 0.78, so 0.88 in the
 * error.
 */
START_TEST(a_sessions_standard_error_knows_that_epochs_resemble_each_other)
{
	const double rho = 0.8, truth = 3 / sqrt(400);
	double mean = 0, values[400];
	struct rng rng;

	rng_seed(&rng, 5, 0);
	for (int s = 0; s < 2000; s++) {
		double x = rng_normal(&rng);

		for (int i = 0; i < 400; i++) {
			values[i] = x;
			x = rho * x + sqrt(1 - rho * rho) * rng_normal(&rng);
		}
		mean += eeg_session_figure(values, 400).standard_error / 2000;
	}
	ck_assert_msg(mean > 0.82 * truth && mean < 0.92 * truth, "%g of %g", mean,
		      truth);
}
END_TEST

Suite *
suite_eeg_summary(void)
{
	Suite *s = suite_create("eeg_summary");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, eeg_power_goes_to_log10_and_back);
	tcase_add_test(tc, an_epochs_figures_are_means_of_the_channels_ratios);
	tcase_add_test(tc, channels_of_poor_quality_and_missing_bands_are_left_out);
	tcase_add_test(tc, regions_are_means_of_log_power);
	tcase_add_test(tc, a_sessions_figure_leaves_out_epochs_without_one);
	tcase_add_test(tc, a_sessions_standard_error_is_that_of_its_blocks);
	tcase_add_test(tc,
		       a_sessions_standard_error_knows_that_epochs_resemble_each_other);
	suite_add_tcase(s, tc);
	return s;
}
