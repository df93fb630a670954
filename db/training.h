/** The trials of completed sessions for training a model: streamed, in constant memory.
 */
#ifndef DB_TRAINING_H
#define DB_TRAINING_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/eeg.h"
#include "base/errors.h"
#include "base/uuid.h"
#include "db/export.h"

struct db_training_trial {
	/* Ids as text; borrowed until the sink returns. The participant's is a keyed hash
	 * and names nobody. */
	const char *participant, *session, *task, *condition;
	int32_t seq;
	bool correct;
	bool old;                   /* its session was completed before `since` */
	float rt_ms;                /* NAN: no response */
	double onset_ms;            /* NAN: unknown */
	float set_size, difficulty; /* NAN: none; set_size is its condition's */
	/* The last epoch that began after the trial before and ended before this one,
	 * with how it was recorded (window and channels only); NULL: none. */
	const struct eeg_setup *eeg;
	const struct eeg_epoch *epoch;
};

/* Takes one trial; false stops. */
typedef bool db_training_sink(void *arg, const struct db_training_trial *trial);

/**
 * All cohorts of all organisations, by id, but demo ones, whose people are simulated. The
 * connection is of role camp_auth. The caller frees *out. Errors as db_failure_err(),
 * MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_real_cohorts(PGconn *conn, struct db_cohort_key **out, size_t *n);

/**
 * The trials that the complete sessions of a cohort were sealed with, in the order of
 * participant, session and seq, as of one moment. since_unix_s only marks them. The
 * connection is of role camp_app, in the cohort's organisation; after a failure it is to
 * be closed. Errors: FAULT also when the sink stopped it, and as db_failure_err().
 */
CAMP_MUST_CHECK enum camp_err
db_training_trials(PGconn *conn, const struct uuid *cohort_id, int64_t since_unix_s,
		   db_training_sink *sink, void *arg);

#endif
