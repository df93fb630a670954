/** Monthly partitions of trial_cell, made before their month begins. */
#ifndef DB_PARTITIONS_H
#define DB_PARTITIONS_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/errors.h"

/**
 * Makes the partitions of all months from one time to another (ms since 1970 UTC, both
 * included) that do not exist yet. The connection must be allowed to take role camp_owner
 * and be outside a transaction. Readers and writers of other months are not stopped.
 *
 * Errors: UNAVAILABLE, STORAGE_FULL, DEADLINE (a lock was not to be had within 2 s),
 * FAULT (logged).
 */
CAMP_MUST_CHECK enum camp_err
db_partitions_ensure(PGconn *conn, int64_t from_unix_ms, int64_t to_unix_ms);

/** The previous month, this one and the next two. */
CAMP_MUST_CHECK enum camp_err db_partitions_ahead(PGconn *conn);

#endif
