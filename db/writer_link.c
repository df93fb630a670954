/* The writer's connection: waiting with a deadline, statements, one COPY. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "db/writer_internal.h"

#define BACKOFF_FIRST_MS 20

/* Parameters 1 to 3 are the primary key. */
static const struct {
	const char *name, *sql;
} statements[] = {
	{"cell_find", "SELECT 1 FROM trial_cell "
		      "WHERE participant_id = $1 AND session_id = $2 AND cell = $3"},
	/* The columns that cell_decode() reads, in their order, and the time. */
	{"cell_get", "SELECT cell, present, trial, condition, correct, rt_ms, onset_ms, "
		     "difficulty, response, flags, detail, received_at FROM trial_cell "
		     "WHERE participant_id = $1 AND session_id = $2 AND cell = $3"},
	{"cell_insert",
	 "INSERT INTO trial_cell (participant_id, session_id, cell, organisation_id, "
	 "task, task_version, present, trial, condition, correct, rt_ms, onset_ms, "
	 "difficulty, response, flags, detail, received_at) VALUES ($1, $2, $3, $4, $5, "
	 "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO "
	 "NOTHING"},
	{"cell_update",
	 "UPDATE trial_cell SET present = $4, trial = $5, condition = $6, correct = $7, "
	 "rt_ms = $8, onset_ms = $9, difficulty = $10, response = $11, flags = $12, "
	 "detail = $13, received_at = $14 "
	 "WHERE participant_id = $1 AND session_id = $2 AND cell = $3 AND present = $15"},
	{"conflict_insert",
	 "INSERT INTO trial_conflict (participant_id, session_id, seq, organisation_id, "
	 "task, digest, offered, received_at) VALUES ($1, $2, $3, $4, $5, $6, "
	 "$7::text::jsonb, $8) ON CONFLICT DO NOTHING"},
	/* Writes to the log and nowhere else, so that the commit waits for the standby.
	 */
	{"mark", "SELECT pg_logical_emit_message(true, 'camp', '')"},
};

#define N_STATEMENTS (sizeof(statements) / sizeof(statements[0]))

int64_t
link_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
link_drop(struct link *l)
{
	/* Closing is all: a cancel could turn a commit's wait into a false success. */
	PQfinish(l->conn);
	l->conn = NULL;
}

void
link_back_off(struct link *l)
{
	l->backoff_ms = l->backoff_ms ? 2 * l->backoff_ms : BACKOFF_FIRST_MS;
	if (l->backoff_ms > LINK_BACKOFF_LAST_MS)
		l->backoff_ms = LINK_BACKOFF_LAST_MS;
	l->retry_at_ms = link_now_ms() + l->backoff_ms;
}

static void
drain_wake(struct link *l)
{
	uint64_t ignored;

	if (read(l->wake_fd, &ignored, sizeof(ignored)) < 0)
		return; /* nobody called */
}

/* Waits for the events on the connection; false when time is up. */
static bool
wait_events(struct link *l, short events, int64_t until_ms)
{
	struct pollfd p[2] = {{.fd = l->wake_fd, .events = POLLIN}, {.fd = -1}};
	int64_t now = link_now_ms(), stop = atomic_load(&l->stop_at_ms);

	if (stop < until_ms)
		until_ms = stop;
	if (now >= until_ms)
		return false;
	if (l->conn)
		p[1] = (struct pollfd){.fd = PQsocket(l->conn), .events = events};
	if (poll(p, 2, until_ms - now > 60000 ? 60000 : (int)(until_ms - now)) > 0 &&
	    p[0].revents)
		drain_wake(l);
	return true;
}

void
link_sleep(struct link *l, int64_t until_ms)
{
	wait_events(l, POLLIN, until_ms);
	if (l->conn && (!PQconsumeInput(l->conn) || PQstatus(l->conn) != CONNECTION_OK)) {
		log_event(LOG_WARNING, "the writer's connection was lost");
		link_drop(l);
	}
}

bool
link_result(struct link *l, int64_t until_ms, PGresult **out)
{
	*out = NULL;
	for (;;) {
		int unsent = PQflush(l->conn);

		if (unsent < 0)
			break;
		if (!PQisBusy(l->conn)) {
			*out = PQgetResult(l->conn);
			return true;
		}
		if (!wait_events(l, unsent ? POLLIN | POLLOUT : POLLIN, until_ms) ||
		    !PQconsumeInput(l->conn))
			break;
	}
	log_event(LOG_WARNING, "the writer gave up its connection",
		  log_bool("lost", PQstatus(l->conn) != CONNECTION_OK));
	link_drop(l);
	return false;
}

void
link_note(struct link *l, enum db_failure failure, const char *sqlstate)
{
	l->failure = failure;
	snprintf(l->sqlstate, sizeof(l->sqlstate), "%s", sqlstate);
}

enum attempt
link_failed(struct link *l, PGresult *result)
{
	link_note(l, db_failure_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
		  db_sqlstate(result));
	PQclear(result);
	return ATTEMPT_FAILED;
}

static bool
connect_until(struct link *l, int64_t until_ms)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (PQstatus(l->conn) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
	       state != PGRES_POLLING_FAILED) {
		short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		if (!wait_events(l, events, until_ms))
			return false;
		state = PQconnectPoll(l->conn);
	}
	return PQstatus(l->conn) == CONNECTION_OK && state == PGRES_POLLING_OK;
}

bool
link_finish(struct link *l, const char *name, int64_t until_ms, char *why,
	    size_t why_size)
{
	PGresult *result;
	bool good = true;

	for (;;) {
		if (!link_result(l, until_ms, &result)) {
			snprintf(why, why_size, "the database did not answer in time");
			return false;
		}
		if (!result)
			return good;
		if (PQresultStatus(result) != PGRES_COMMAND_OK) {
			snprintf(why, why_size,
				 "the database does not take statement \"%s\": SQLSTATE "
				 "%s",
				 name, db_sqlstate(result));
			good = false;
		}
		PQclear(result);
	}
}

static bool
prepare(struct link *l, int64_t until_ms, char *why, size_t why_size)
{
	/* A cell's plan is always the same; to plan it again costs more than to run it.
	 */
	if (!PQsendQuery(l->conn, "SET plan_cache_mode = force_generic_plan") ||
	    !link_finish(l, "plan_cache_mode", until_ms, why, why_size))
		return false;
	if (!writer_append_prepare(l, until_ms, why, why_size))
		return false;
	for (size_t i = 0; i < N_STATEMENTS; i++) {
		if (!PQsendPrepare(l->conn, statements[i].name, statements[i].sql, 0,
				   NULL)) {
			snprintf(why, why_size, "the database closed the connection");
			return false;
		}
		if (!link_finish(l, statements[i].name, until_ms, why, why_size))
			return false;
	}
	return true;
}

bool
link_open(struct link *l, const char *conninfo, int64_t until_ms, char *why,
	  size_t why_size)
{
	l->notice.sync_lost = false;
	l->conn = db_conn_start(conninfo, DB_INGEST, why, why_size);
	if (!l->conn)
		goto failed;
	db_notice_watch(l->conn, &l->notice);
	if (!connect_until(l, until_ms)) {
		db_conn_why(l->conn, why, why_size);
		goto failed;
	}
	if (PQsetnonblocking(l->conn, 1) != 0) {
		snprintf(why, why_size, "out of memory");
		goto failed;
	}
	if (!prepare(l, until_ms, why, why_size))
		goto failed;
	return true;
failed:
	if (l->conn)
		link_drop(l);
	link_back_off(l);
	return false;
}

/* Signature, flags and the length of the header's extension; then the end. */
static const char copy_head[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
static const char copy_tail[2] = "\377\377";

/* Reads results until there are none; the first bad one decides. */
static enum attempt
finish_copy(struct link *l, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;
	PGresult *result;

	for (;;) {
		if (!link_result(l, until_ms, &result))
			return ATTEMPT_UNKNOWN;
		if (!result)
			break;
		if (PQresultStatus(result) == PGRES_COMMAND_OK)
			PQclear(result);
		else if (outcome == ATTEMPT_DONE)
			outcome = link_failed(l, result);
		else
			PQclear(result);
	}
	if (outcome == ATTEMPT_FAILED && strcmp(l->sqlstate, "23505") == 0)
		return ATTEMPT_DUPLICATE;
	if (outcome == ATTEMPT_DONE && l->notice.sync_lost)
		return ATTEMPT_UNKNOWN;
	return outcome;
}

enum attempt
writer_copy(struct link *l, struct buffer *scratch, const struct work *work, size_t n,
	    int64_t until_ms)
{
	char sql[512];
	PGresult *result;

	buffer_reset(scratch);
	buffer_add(scratch, copy_head, sizeof(copy_head));
	for (size_t i = 0; i < n; i++)
		buffer_add(scratch, work[i].upload->tuples.data + work[i].cell->start,
			   work[i].cell->len);
	buffer_add(scratch, copy_tail, sizeof(copy_tail));
	if (scratch->failed)
		return ATTEMPT_MEMORY;

	l->notice.sync_lost = false;
	snprintf(sql, sizeof(sql), "COPY trial_cell (%s) FROM STDIN BINARY",
		 cell_column_list);
	if (!PQsendQuery(l->conn, sql) || !link_result(l, until_ms, &result)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	if (PQresultStatus(result) != PGRES_COPY_IN) {
		enum attempt outcome = link_failed(l, result), rest;

		rest = finish_copy(l, until_ms);
		return rest == ATTEMPT_UNKNOWN ? rest : outcome;
	}
	PQclear(result);
	if (PQputCopyData(l->conn, scratch->data, (int)scratch->len) != 1 ||
	    PQputCopyEnd(l->conn, NULL) != 1) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	return finish_copy(l, until_ms);
}
