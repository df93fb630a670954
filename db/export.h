/** A cohort's rows for researchers and operators: streamed, in constant memory. */
#ifndef DB_EXPORT_H
#define DB_EXPORT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/uuid.h"

enum db_export_table {
	DB_EXPORT_TRIALS,
	DB_EXPORT_SESSIONS,
	DB_EXPORT_SCORES,
	DB_EXPORT_PARTICIPANTS,
	DB_EXPORT_EEG,
	DB_EXPORT_TABLES
};

/** "trials" and so on. */
const char *db_export_table_name(enum db_export_table table);

struct db_cohort_key {
	struct uuid organisation_id, cohort_id;
};

/**
 * Finds a cohort by its join code, which is 8 of [A-Z0-9]. The connection is of role
 * camp_auth. Errors: NOT_FOUND, and as db_failure_err().
 */
CAMP_MUST_CHECK enum camp_err
db_cohort_key(PGconn *conn, const char *join_code, struct db_cohort_key *out);

/** Makes a connection of role camp_app see an organisation's rows until it is closed. */
CAMP_MUST_CHECK enum camp_err
db_enter_organisation(PGconn *conn, const struct uuid *organisation_id);

/* Takes one or several whole lines; false stops the export. */
typedef bool db_export_sink(void *arg, const char *lines, size_t len);

/**
 * Writes a header line and one line a row as CSV (RFC 4180, LF), or one JSON object a
 * line. Rows stand in the order of participant, session and seq, as of one moment. NULL
 * is an empty field; times are UTC in ISO 8601. The connection is of role camp_app, in
 * the cohort's organisation and outside a transaction; after a failure it is to be
 * closed. *rows counts what was written. Errors: CAMP_ERR_FAULT also when the sink
 * stopped it.
 */
CAMP_MUST_CHECK enum camp_err
db_export(PGconn *conn, const struct uuid *cohort_id, enum db_export_table table,
	  bool ndjson, db_export_sink *sink, void *arg, uint64_t *rows);

struct db_session_key {
	struct uuid participant_id, session_id;
	char task[32];
	int task_version;
	int trials; /* it was sealed with */
};

/**
 * The complete sessions of a cohort, oldest first. The connection is as for db_export().
 * The caller frees *out. Errors as db_failure_err(), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_complete_sessions(PGconn *conn, const struct uuid *cohort_id,
		     struct db_session_key **out, size_t *n);

/**
 * The definition that a version of a task was entered with, as JSON text, which the
 * caller frees. NOT_FOUND, and as db_failure_err().
 */
CAMP_MUST_CHECK enum camp_err
db_task_definition(PGconn *conn, const char *task, int version, char **out);

#endif
