#include <config.h>

#include "db/conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define CONNECT_MS 5000

const char *
db_role_name(enum db_role role)
{
	static const char *const names[DB_ROLES] = {
		[DB_OWNER] = "camp_owner",
		[DB_APP] = "camp_app",
		[DB_INGEST] = "camp_ingest",
		[DB_AUTH] = "camp_auth",
	};

	return names[role];
}

/* The function's name is not translated, unlike the message. */
static void
on_notice(void *arg, const PGresult *result)
{
	struct db_notice *notice = arg;
	const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (function != NULL && strcmp(function, "SyncRepWaitForLSN") == 0 &&
	    notice != NULL)
		notice->sync_lost = true;
	if (severity != NULL && strcmp(severity, "WARNING") == 0)
		log_event(LOG_WARNING, "the database warned",
			  log_text("sqlstate", db_sqlstate(result)),
			  log_text("function", function));
}

void
db_notice_watch(PGconn *conn, struct db_notice *notice)
{
	PQsetNoticeReceiver(conn, on_notice, notice);
}

/*
 * The "options" of the connection string, then ours, which win. statement_timeout is left
 * alone: it would not stop the wait for a commit, and callers have deadlines of their
 * own.
 */
static char *
session_options(const PQconninfoOption *given, enum db_role role)
{
	const char *theirs = "", *name = db_role_name(role);
	char *text;

	for (const PQconninfoOption *o = given; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "options") == 0 && o->val != NULL)
			theirs = o->val;
	if (asprintf(&text,
		     "%s -csearch_path=public -cTimeZone=UTC -cDateStyle=ISO "
		     "-cextra_float_digits=1 -cclient_min_messages=warning "
		     "-cbytea_output=hex %s%s",
		     theirs, name != NULL ? "-crole=" : "", name != NULL ? name : "") < 0)
		return NULL;
	return text;
}

static bool
has_value(const PQconninfoOption *given, const char *keyword)
{
	for (const PQconninfoOption *o = given; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val != NULL;
	return false;
}

/* What the string leaves open gets values under which a dead network is noticed. */
static PGconn *
start(const char *conninfo, const PQconninfoOption *given, const char *options)
{
	static const char *const defaults[][2] = {
		{"connect_timeout", "2"},        {"application_name", "camp"},
		{"target_session_attrs", "any"}, {"keepalives_idle", "5"},
		{"keepalives_interval", "2"},    {"keepalives_count", "3"},
		{"tcp_user_timeout", "10000"},
	};
	const char *keys[12] = {"dbname", "options", "client_encoding"};
	const char *values[12] = {conninfo, options, "UTF8"};
	size_t n = 3;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (has_value(given, defaults[i][0]))
			continue;
		keys[n] = defaults[i][0];
		values[n++] = defaults[i][1];
	}
	return PQconnectStartParams(keys, values, 1);
}

PGconn *
db_conn_start(const char *conninfo, enum db_role role, char *why, size_t why_size)
{
	PQconninfoOption *given;
	PGconn *conn = NULL;
	char *options = NULL, *message = NULL;

	given = PQconninfoParse(conninfo, &message);
	if (given == NULL) {
		snprintf(why, why_size, "the database's connection string is malformed");
		goto out;
	}
	options = session_options(given, role);
	if (options != NULL)
		conn = start(conninfo, given, options);
	if (conn == NULL) {
		snprintf(why, why_size, "out of memory");
		goto out;
	}
	PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
	PQsetErrorContextVisibility(conn, PQSHOW_CONTEXT_NEVER);
	db_notice_watch(conn, NULL);
out:
	PQfreemem(message);
	PQconninfoFree(given);
	free(options);
	return conn;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False when time is up. */
static bool
wait_socket(PGconn *conn, short events, int64_t until_ms)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = events};
	int64_t left = until_ms - now_ms();

	return left > 0 && poll(&p, 1, (int)left) >= 0;
}

void
db_conn_why(PGconn *conn, char *why, size_t why_size)
{
	const char *text = PQerrorMessage(conn);
	size_t n = strcspn(text, "\n");

	if (n == 0)
		snprintf(why, why_size, "the database did not answer in time");
	else
		snprintf(why, why_size, "the database cannot be reached: %.*s", (int)n,
			 text);
}

enum camp_err
db_conn_open(PGconn **out, const char *conninfo, enum db_role role, char *why,
	     size_t why_size)
{
	int64_t until_ms = now_ms() + CONNECT_MS;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	PGconn *conn;

	*out = NULL;
	conn = db_conn_start(conninfo, role, why, why_size);
	if (conn == NULL)
		return CAMP_ERR_INVALID;
	while (PQstatus(conn) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
	       state != PGRES_POLLING_FAILED) {
		if (!wait_socket(conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
				 until_ms))
			break;
		state = PQconnectPoll(conn);
	}
	if (state != PGRES_POLLING_OK || PQstatus(conn) != CONNECTION_OK) {
		db_conn_why(conn, why, why_size);
		PQfinish(conn);
		return CAMP_ERR_UNAVAILABLE;
	}
	*out = conn;
	return CAMP_OK;
}

/* Classes and codes of PostgreSQL's appendix A; the first that fits. */
enum db_failure
db_failure_of(const char *sqlstate)
{
	static const struct {
		char prefix[6];
		enum db_failure failure;
	} table[] = {
		{"40001", DB_RETRY},     {"40P01", DB_RETRY},     {"53100", DB_FULL},
		{"53300", DB_RECONNECT}, {"57014", DB_SLOW},      {"55P03", DB_SLOW},
		{"57P05", DB_RECONNECT}, {"57P0", DB_RECONNECT},  {"08", DB_RECONNECT},
		{"25006", DB_RECONNECT}, {"40003", DB_RECONNECT}, {"22", DB_MEANING},
		{"23", DB_MEANING},      {"42501", DB_MEANING},
	};

	if (sqlstate == NULL || sqlstate[0] == '\0')
		return DB_RECONNECT;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].failure;
	return DB_BROKEN;
}

enum camp_err
db_failure_err(enum db_failure failure)
{
	switch (failure) {
	case DB_RETRY:
		return CAMP_ERR_BUSY;
	case DB_RECONNECT:
		return CAMP_ERR_UNAVAILABLE;
	case DB_FULL:
		return CAMP_ERR_STORAGE_FULL;
	case DB_SLOW:
		return CAMP_ERR_DEADLINE;
	case DB_MEANING:
	case DB_BROKEN:
		break;
	}
	return CAMP_ERR_FAULT;
}

const char *
db_sqlstate(const PGresult *result)
{
	const char *state =
		result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return state != NULL ? state : "none";
}

void
db_log_failure(const char *statement, const PGresult *result)
{
	log_event(LOG_ERROR, "a statement failed", log_text("statement", statement),
		  log_text("sqlstate", db_sqlstate(result)));
}

enum camp_err
db_exec(PGconn *conn, const char *name, const char *sql, int n, const char *const *values,
	PGresult **out)
{
	PGresult *result = PQexecParams(conn, sql, n, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);
	enum camp_err err;

	*out = NULL;
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		*out = result;
		return CAMP_OK;
	}
	db_log_failure(name, result);
	err = result == NULL ? CAMP_ERR_MEMORY
			     : db_failure_err(db_failure_of(
				       PQresultErrorField(result, PG_DIAG_SQLSTATE)));
	PQclear(result);
	return err;
}

enum camp_err
db_run(PGconn *conn, const char *name, const char *sql, int n, const char *const *values)
{
	PGresult *result;
	enum camp_err err = db_exec(conn, name, sql, n, values, &result);

	PQclear(result);
	return err;
}
