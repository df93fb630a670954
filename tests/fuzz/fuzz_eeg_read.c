/* Bodies of EEG: what is accepted keeps every promise of base/eeg.h. */
#include <math.h>
#include <string.h>

#include "models/signal/eeg_summary.h"
#include "server/eeg_read.h"
#include "tests/fuzz/fuzz.h"

static void
check_setup(const struct eeg_setup *setup)
{
	if (!setup->device || strlen(setup->device) > EEG_LABEL_BYTES_MAX)
		fuzz_fail("a device out of bounds");
	if (setup->n_channels < 1 || setup->n_channels > EEG_CHANNELS_MAX)
		fuzz_fail("a number of channels out of bounds");
	for (int c = 0; c < setup->n_channels; c++)
		if (!setup->channels[c] || eeg_region_of(setup->channels[c]) < 0)
			fuzz_fail("a channel without a place");
	if (!(setup->window_s > 0) || setup->step_s <= 0 || setup->sampling_rate_hz <= 0)
		fuzz_fail("a time out of bounds");
}

static void
check_epoch(const struct eeg_epoch *e, const struct eeg_epoch *before, int n_channels)
{
	if (e->seq < 0 || e->seq > EEG_SEQ_MAX || (before && e->seq <= before->seq) ||
	    !(e->t_ms >= 0 && e->t_ms <= EEG_T_MS_MAX) ||
	    (before && e->t_ms <= before->t_ms))
		fuzz_fail("an epoch out of order");
	for (int i = 0; i < EEG_BANDS * n_channels; i++)
		if (e->log_power[i] < -6.0001f || e->log_power[i] > 9.0001f)
			fuzz_fail("a power out of bounds");
	for (int c = 0; e->quality && c < n_channels; c++)
		if (!(e->quality[c] >= 0 && e->quality[c] <= 1))
			fuzz_fail("a quality out of bounds");
	if (isinf(e->engagement.value) || isinf(e->theta_beta.value) ||
	    e->engagement.n > n_channels ||
	    isnan(e->engagement.value) != (e->engagement.n == 0) ||
	    isnan(e->theta_beta.standard_error) != (e->theta_beta.n < 2))
		fuzz_fail("a figure that cannot be");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eeg_upload upload;
	struct problem why;
	enum camp_err err;

	problem_reset(&why);
	err = eeg_read(&upload, (const char *)data, size, &why);
	if (err == CAMP_OK) {
		check_setup(&upload.setup);
		if (upload.n < 1 || upload.n > EEG_EPOCHS_PER_REQUEST_MAX)
			fuzz_fail("a number of epochs out of bounds");
		for (int i = 0; i < upload.n; i++)
			check_epoch(&upload.epochs[i], i ? &upload.epochs[i - 1] : NULL,
				    upload.setup.n_channels);
	} else if (upload.n != 0 || upload.root ||
		   (err == CAMP_ERR_INVALID && why.count == 0)) {
		fuzz_fail("a refused body leaves something, or has no reason");
	}
	eeg_upload_clear(&upload);
	return 0;
}
