#include "models/engagement/epochs.h"

#include <math.h>
#include <stdbool.h>

#include "models/signal/eeg_summary.h"

static bool
any_power(const struct sequence_epoch *epoch)
{
	for (int r = 0; r < EEG_REGIONS; r++)
		for (int b = 0; b < EEG_BANDS; b++)
			if (!isnan(epoch->log_power[r][b]))
				return true;
	return false;
}

int
sequence_epochs(struct sequence_epoch *out, const struct eeg_setup *setup,
		const struct eeg_epoch *epochs, int n, const struct trial *trials,
		int n_trials)
{
	int region[EEG_CHANNELS_MAX], trial = 0, n_out = 0;

	for (int c = 0; c < setup->n_channels; c++)
		region[c] = eeg_region_of(setup->channels[c]);
	for (int i = 0; i < n; i++) {
		double end_ms = epochs[i].t_ms + 1000 * setup->window_s;

		/* Comparing with NAN, an unknown onset, is false: on to the next. */
		while (trial < n_trials && !(trials[trial].onset_ms >= end_ms))
			trial++;
		if (trial == n_trials)
			break;
		eeg_epoch_regions(&epochs[i], setup->n_channels, region,
				  out[n_out].log_power);
		out[n_out].before_trial = trial;
		if (any_power(&out[n_out]))
			n_out++;
	}
	return n_out;
}
