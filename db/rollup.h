/**
 * The worker that keeps cohort_rollup up to date with participant_day.
 *
 * A completed session leaves a mark in rollup_dirty; the worker takes marks, recomputes
 * the (cohort, task, day) rows they name together with the cohort's totals, and deletes
 * them, in one transaction each. Several processes share the queue, and as everything is
 * recomputed, never added to, a mark that is handled twice does no harm.
 */
#ifndef DB_ROLLUP_H
#define DB_ROLLUP_H

#include <libpq-fe.h>
#include <stddef.h>

#include "base/errors.h"
#include "base/uuid.h"

struct rollup;

/** Starts the thread; it connects as camp_app, and again when it loses the database. */
CAMP_MUST_CHECK enum camp_err rollup_open(struct rollup **out, const char *conninfo);

/** Stops it after the transaction in hand. NULL-safe. */
void rollup_close(struct rollup *rollup);

/**
 * Handles every mark that is there now; *n_done (or NULL) counts the recomputed keys. The
 * connection is of role camp_app (or may bypass row-level security) and outside a
 * transaction. Errors as db_failure_err(); what was done stays done.
 */
CAMP_MUST_CHECK enum camp_err db_rollup_drain(PGconn *conn, int *n_done);

/**
 * Recomputes participant_total from participant_day, for all participants of a cohort, in
 * the caller's transaction and organisation (app.org).
 */
CAMP_MUST_CHECK enum camp_err
db_participant_totals(PGconn *conn, const struct uuid *cohort_id);

/** Recomputes everything of one cohort from participant_day, marks or not. */
CAMP_MUST_CHECK enum camp_err
db_rollup_cohort(PGconn *conn, const struct uuid *organisation_id,
		 const struct uuid *cohort_id);

#endif
