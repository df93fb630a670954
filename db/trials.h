/** The write path of trials: group commit of cells (docs/architecture.md, "Trials"). */
#ifndef DB_TRIALS_H
#define DB_TRIALS_H

#include "base/errors.h"
#include "base/trial.h"

struct db;

/* counts is NULL unless err is CAMP_OK, which is the acknowledgement: it is on disk. */
typedef void
db_trials_cb(void *arg, enum camp_err err, const struct trial_counts *counts);

/**
 * Stores n trials of one session, 1 <= n <= TRIALS_PER_REQUEST_MAX, seq ascending without
 * repeats. Encodes what it needs before it returns (detail text may go afterwards).
 *
 * A trial stored before wins: an equal one counts as repeated, another as conflicting and
 * is kept in trial_conflict. On any error nothing is acknowledged; UNAVAILABLE, DEADLINE
 * and STORAGE_FULL leave it open whether it was stored, and the client sends it again.
 */
CAMP_MUST_CHECK enum camp_err
db_trials_insert(struct db *db, const struct trial_owner *owner,
		 const struct trial *trials, size_t n, db_trials_cb *cb, void *arg);

#endif
