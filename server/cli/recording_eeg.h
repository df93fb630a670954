/**
 * EEG in a recording: columns named CHANNEL_BAND ("TP9_delta") hold the log10 power
 * (uV^2) of one epoch a trial, the time right before the trial's target.
 */
#ifndef SERVER_CLI_RECORDING_EEG_H
#define SERVER_CLI_RECORDING_EEG_H

#include <stdbool.h>

#include "base/csv.h"
#include "base/eeg.h"
#include "base/errors.h"

#define RECORDING_POWERS_MAX (EEG_BANDS * EEG_CHANNELS_MAX)

struct recording;
struct recording_session;

/* The channels of a file that have a column for each band. */
struct recording_eeg {
	int n;
	const char *name[EEG_CHANNELS_MAX]; /* as the 10-10 system spells it; static */
	int column[EEG_CHANNELS_MAX][EEG_BANDS];
};

void recording_eeg_find(struct recording_eeg *eeg, const struct csv *csv);

/** True when the column is one of theirs. */
bool recording_eeg_uses(const struct recording_eeg *eeg, int column);

/** Fills power[EEG_BANDS][n], empty fields as NAN; -1, or the column that is malformed.
 */
int recording_eeg_read(const struct recording_eeg *eeg, const struct csv_field *fields,
		       float *power);

/**
 * Puts a session on a clock of its own, as a recording has none: two seconds from an
 * answer, or from a target without one, to the next target. Fills onset_ms, epoch_trial
 * and n_epochs of a session if the file has EEG. Errors: MEMORY, INVALID (more epochs
 * than a session takes, or more time than a day; n_epochs is then 0).
 */
CAMP_MUST_CHECK enum camp_err
recording_eeg_lay_out(const struct recording *rec, struct recording_session *session);

#endif
