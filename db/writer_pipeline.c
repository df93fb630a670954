/* Pipelines on the writer's connection: results, errors, the way out. */
#include <string.h>

#include "db/writer_internal.h"

bool
link_send(struct link *l, const char *sql)
{
	return PQsendQueryParams(l->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

/* The result of the next statement of a pipeline. */
static enum attempt
next_result(struct link *l, int64_t until_ms, PGresult **out)
{
	PGresult *end;

	if (!link_result(l, until_ms, out))
		return ATTEMPT_UNKNOWN;
	if (!*out) {
		link_drop(l); /* out of step, which must not happen */
		return ATTEMPT_UNKNOWN;
	}
	switch (PQresultStatus(*out)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_FATAL_ERROR:
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		return ATTEMPT_DONE; /* a sync, or out of step; the caller looks */
	}
	/* Each statement's results end with a NULL. */
	if (!link_result(l, until_ms, &end)) {
		PQclear(*out);
		*out = NULL;
		return ATTEMPT_UNKNOWN;
	}
	if (end) {
		PQclear(end);
		PQclear(*out);
		*out = NULL;
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	return ATTEMPT_DONE;
}

enum attempt
link_drain(struct link *l, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;

	for (;;) {
		PGresult *result;
		ExecStatusType status;

		if (next_result(l, until_ms, &result) != ATTEMPT_DONE)
			return ATTEMPT_UNKNOWN;
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR && outcome == ATTEMPT_DONE)
			outcome = link_failed(l, result);
		else
			PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return outcome;
	}
}

/* The rest up to the sync after an error, which stays the one that is noted. */
static enum attempt
drain_failed(struct link *l, int64_t until_ms)
{
	enum db_failure failure = l->failure;
	char sqlstate[sizeof(l->sqlstate)];

	memcpy(sqlstate, l->sqlstate, sizeof(sqlstate));
	if (link_drain(l, until_ms) == ATTEMPT_UNKNOWN)
		return ATTEMPT_UNKNOWN;
	l->failure = failure;
	memcpy(l->sqlstate, sqlstate, sizeof(sqlstate));
	return ATTEMPT_FAILED;
}

enum attempt
link_good_result(struct link *l, int64_t until_ms, PGresult **out)
{
	enum attempt outcome = next_result(l, until_ms, out);
	ExecStatusType status = PQresultStatus(*out);

	if (outcome != ATTEMPT_DONE || status == PGRES_COMMAND_OK ||
	    status == PGRES_TUPLES_OK)
		return outcome;
	link_failed(l, *out);
	*out = NULL;
	return drain_failed(l, until_ms);
}

enum attempt
link_leave(struct link *l, int64_t until_ms, enum attempt outcome)
{
	if (!l->conn)
		return ATTEMPT_UNKNOWN;
	if (PQtransactionStatus(l->conn) != PQTRANS_IDLE) {
		if (!link_send(l, "ROLLBACK") || !PQpipelineSync(l->conn)) {
			link_drop(l);
			return ATTEMPT_UNKNOWN;
		}
		if (link_drain(l, until_ms) == ATTEMPT_UNKNOWN)
			return ATTEMPT_UNKNOWN;
	}
	if (!PQexitPipelineMode(l->conn))
		link_drop(l);
	return outcome;
}
