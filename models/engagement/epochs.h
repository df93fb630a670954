/** Stored epochs as the attention model takes them: by region, and placed among trials.
 */
#ifndef MODELS_ENGAGEMENT_EPOCHS_H
#define MODELS_ENGAGEMENT_EPOCHS_H

#include "base/eeg.h"
#include "base/trial.h"
#include "models/engagement/sequence.h"

/**
 * Fills out[0..n) at most and returns their number.
 *
 * An epoch is seen by the first trial whose onset is known and not before the epoch's end
 * (t_ms + window), and by those after it. Left out are epochs that no trial may see, and
 * those without any usable channel. Epochs ascend in time. Pure.
 */
int sequence_epochs(struct sequence_epoch *out, const struct eeg_setup *setup,
		    const struct eeg_epoch *epochs, int n, const struct trial *trials,
		    int n_trials);

#endif
