/* models/engagement/epochs: an epoch is seen by trials that start after its end. */
#include <math.h>

#include "models/engagement/epochs.h"
#include "models/signal/eeg_channel.h"
#include "tests/unit/unit.h"

#define N 6

static const struct eeg_setup setup = {.window_s = 1,
				       .n_channels = 3,
				       .channels = {"Fz", "F3", "Oz"}};

static float power[N][EEG_BANDS][3];
static struct eeg_epoch epochs[N];
static struct sequence_epoch out[N];

static void
fill(const double *t_ms)
{
	for (int i = 0; i < N; i++) {
		for (int b = 0; b < EEG_BANDS; b++)
			for (int c = 0; c < 3; c++)
				power[i][b][c] = (float)(i + b + 2 * c);
		epochs[i] = (struct eeg_epoch){.seq = i,
					       .t_ms = t_ms[i],
					       .log_power = power[i][0]};
	}
}

START_TEST(an_epoch_belongs_to_the_first_trial_after_its_end)
{
	const double t_ms[N] = {0, 1000, 1000.5, 3999, 5000, 9000};
	const struct trial trials[] = {{.onset_ms = 1000},
				       {.onset_ms = 2000},
				       {.onset_ms = 5000},
				       {.onset_ms = 6000}};
	const int expected[] = {0, 1, 2, 2, 3};

	fill(t_ms);
	ck_assert_int_eq(sequence_epochs(out, &setup, epochs, N, trials, 4), 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(out[i].before_trial, expected[i]);
	/* Fz and F3 are one region; nothing was recorded in two of the four. */
	ck_assert_float_eq(out[1].log_power[EEG_FRONTAL][EEG_BETA], 5);
	ck_assert_float_eq(out[1].log_power[EEG_POSTERIOR][EEG_DELTA], 5);
	ck_assert(isnan(out[1].log_power[EEG_CENTRAL][EEG_DELTA]));
	ck_assert(isnan(out[1].log_power[EEG_TEMPORAL][EEG_DELTA]));
}
END_TEST

START_TEST(a_trial_of_unknown_onset_lets_no_epoch_in)
{
	const double t_ms[N] = {0, 1000, 2000, 3000, 4000, 5000};
	struct trial trials[] = {{.onset_ms = 1500},
				 {.onset_ms = NAN},
				 {.onset_ms = 3500},
				 {.onset_ms = 900}};

	fill(t_ms);
	/* Only those that end by 3500; the last trial's clock ran backwards. */
	ck_assert_int_eq(sequence_epochs(out, &setup, epochs, N, trials, 4), 3);
	ck_assert_int_eq(out[0].before_trial, 0);
	ck_assert_int_eq(out[1].before_trial, 2);
	ck_assert_int_eq(out[2].before_trial, 2);
	for (int i = 0; i < 4; i++)
		trials[i].onset_ms = NAN;
	ck_assert_int_eq(sequence_epochs(out, &setup, epochs, N, trials, 4), 0);
	ck_assert_int_eq(sequence_epochs(out, &setup, epochs, N, trials, 0), 0);
}
END_TEST

START_TEST(an_epoch_without_a_usable_channel_is_left_out)
{
	const double t_ms[N] = {0, 1, 2, 3, 4, 5};
	const float bad[3] = {0, 0.4f, 0};
	const struct trial trials[] = {{.onset_ms = 2000}};

	fill(t_ms);
	epochs[1].quality = bad;
	for (int b = 0; b < EEG_BANDS; b++)
		for (int c = 0; c < 3; c++)
			power[2][b][c] = NAN;
	ck_assert_int_eq(sequence_epochs(out, &setup, epochs, N, trials, 1), 4);
	ck_assert_float_eq(out[1].log_power[EEG_POSTERIOR][EEG_DELTA], 3 + 4);
}
END_TEST

Suite *
suite_epochs(void)
{
	Suite *s = suite_create("epochs");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, an_epoch_belongs_to_the_first_trial_after_its_end);
	tcase_add_test(tc, a_trial_of_unknown_onset_lets_no_epoch_in);
	tcase_add_test(tc, an_epoch_without_a_usable_channel_is_left_out);
	suite_add_tcase(s, tc);
	return s;
}
