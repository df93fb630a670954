/**
 * EEG summaries of sessions: one recording (how it was measured), many epochs.
 *
 * An epoch is known by its session and seq and never changes once stored. The first
 * upload of a session fixes its recording.
 */
#ifndef DB_EEG_H
#define DB_EEG_H

#include "base/eeg.h"
#include "base/errors.h"
#include "base/trial.h"

struct db;

/* A model looks at two epochs a trial, of the last FORECAST_TRIALS_MAX trials. */
#define DB_EEG_EPOCHS_MAX 4096

/* The power of a session's epochs: the last DB_EEG_EPOCHS_MAX, ascending. */
struct db_eeg {
	struct eeg_setup setup; /* when n > 0 */
	int n;
	const struct eeg_epoch *epochs; /* without figures */
};

/* counts is NULL unless err is CAMP_OK, which is the acknowledgement: it is on disk. */
typedef void db_eeg_cb(void *arg, enum camp_err err, const struct eeg_counts *counts);

/**
 * Stores n epochs, 1 <= n <= EEG_EPOCHS_PER_REQUEST_MAX, seq ascending without repeats,
 * figures filled. An epoch stored before wins: an equal one counts as repeated, another
 * as conflicting. EEG_SETUP when the session's recording is another, and then nothing is
 * stored; NOT_FOUND when the session was erased. The session may be complete.
 */
CAMP_MUST_CHECK enum camp_err
db_eeg_insert(struct db *db, const struct trial_owner *owner,
	      const struct eeg_setup *setup, const struct eeg_epoch *epochs, int n,
	      db_eeg_cb *cb, void *arg);

/* setup is NULL when the session has no EEG; everything is borrowed for the callback, and
 * log_power and quality of the epochs are NULL. */
typedef void db_eeg_read_cb(void *arg, enum camp_err err, const struct eeg_setup *setup,
			    const struct eeg_epoch *epochs, int n);

/** The recording and its epochs with figures, ascending. NOT_FOUND: the participant has
 * no such session. */
CAMP_MUST_CHECK enum camp_err
db_eeg_get(struct db *db, const struct uuid *organisation_id,
	   const struct uuid *participant_id, const struct uuid *session_id,
	   db_eeg_read_cb *cb, void *arg);

#endif
