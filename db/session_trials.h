/** The trials of a session from its cells. Internal to db/. */
#ifndef DB_SESSION_TRIALS_H
#define DB_SESSION_TRIALS_H

#include <libpq-fe.h>

#include "base/errors.h"
#include "base/trial.h"

/* What the functions below read, in this order, of rows ordered by cell, binary. */
#define SESSION_CELL_COLUMNS \
	"cell, present, trial, condition, correct, rt_ms, onset_ms, difficulty," \
	" response, flags, detail"

/**
 * Trials 0 .. n - 1, all of which must be there; *out is the caller's to free(), its
 * texts point into the result. Errors: FAULT (one is missing), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
session_trials_read(const PGresult *result, int n, struct trial **out);

/** The same of trials 0 .. *n - 1 up to the first that is not there yet; *n may be 0. */
CAMP_MUST_CHECK enum camp_err
session_trials_so_far(const PGresult *result, struct trial **out, int *n);

#endif
