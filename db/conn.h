/**
 * Connections to PostgreSQL: made here only, so that role, time zone and what may be said
 * in an error are the same for lanes, writer, worker and verbs.
 *
 * A connection logs in as the user of the connection string and takes one of four roles
 * (migrations/0001_base.sql) as its session's role. Error texts hold only the SQLSTATE,
 * as PostgreSQL's own texts may hold a participant's row.
 */
#ifndef DB_CONN_H
#define DB_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"

enum db_role {
	DB_LOGIN,  /* the login itself */
	DB_OWNER,  /* camp_owner: migrates, owns everything */
	DB_APP,    /* camp_app: under row-level security */
	DB_INGEST, /* camp_ingest: cells of all organisations */
	DB_AUTH,   /* camp_auth: looks up codes and token hashes */
};

#define DB_ROLES 5

/** "camp_app" and so on; NULL for DB_LOGIN. */
const char *db_role_name(enum db_role role);

/**
 * What the server told a connection beside its results. Commands run while sync_lost is
 * false; it turns true when a commit returned before a synchronous standby had it, and
 * then nothing of that transaction may be acknowledged (the caller resets it).
 */
struct db_notice {
	bool sync_lost;
};

/** From now on notices go to *notice (outlives the connection), and warnings to the log.
 */
void db_notice_watch(PGconn *conn, struct db_notice *notice);

/**
 * Starts connecting without blocking; drive it by PQconnectPoll(). The caller owns it.
 * NULL: no memory, or the connection string cannot be read (why, one sentence).
 */
PGconn *
db_conn_start(const char *conninfo, enum db_role role, char *why, size_t why_size);

/**
 * Connects, for at most 5 s. On failure *out is NULL and why holds one sentence for the
 * operator. Errors: UNAVAILABLE, INVALID (the connection string), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err db_conn_open(PGconn **out, const char *conninfo,
					   enum db_role role, char *why, size_t why_size);

/** One sentence on why a connection failed: PostgreSQL's first line. */
void db_conn_why(PGconn *conn, char *why, size_t why_size);

/* What an error of PostgreSQL asks of the caller. */
enum db_failure {
	DB_RETRY,     /* serialization failure or deadlock: the same again */
	DB_RECONNECT, /* the connection or its server is gone or going */
	DB_MEANING,   /* a constraint, a privilege, a bad value: what was sent is at fault
		       */
	DB_FULL,      /* no room on disk */
	DB_SLOW,      /* cancelled by a time limit */
	DB_BROKEN,    /* anything else */
};

/** sqlstate may be NULL (the connection broke). */
enum db_failure db_failure_of(const char *sqlstate);

/** What a caller is told of a failure that its own code gives no meaning to. */
enum camp_err db_failure_err(enum db_failure failure);

/** The five characters, or "none"; borrowed from the result, which may be NULL. */
const char *db_sqlstate(const PGresult *result);

/** Logs a failure with its SQLSTATE and the statement's name, and nothing else. */
void db_log_failure(const char *statement, const PGresult *result);

/**
 * Runs one command with text parameters and waits. The caller clears *out, which is NULL
 * on failure. Errors as db_failure_err(); logged under the name.
 */
CAMP_MUST_CHECK enum camp_err db_exec(PGconn *conn, const char *name, const char *sql,
				      int n, const char *const *values, PGresult **out);

/** The same for a command without rows. */
CAMP_MUST_CHECK enum camp_err
db_run(PGconn *conn, const char *name, const char *sql, int n, const char *const *values);

#endif
