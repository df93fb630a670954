#include <config.h>

#include "db/pool.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define CONNECT_MS 5000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 5000
#define RETRY_FIRST_MS 4

int64_t
pool_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Somewhere in the upper half, so that processes that fail together come back apart. */
static int64_t
jitter(int64_t ms)
{
	return ms / 2 + (int64_t)randombytes_uniform((uint32_t)(ms / 2 + 1));
}

/* ---- connecting ---- */

static void
lane_fail(struct lane *lane, int64_t now_ms)
{
	int64_t wait = BACKOFF_FIRST_MS;

	for (int i = 0; i < lane->failures && wait < BACKOFF_MAX_MS; i++)
		wait *= 2;
	if (lane->failures == 0 || lane->failures % 16 == 0)
		log_event(LOG_WARNING, "a database connection is down",
			  log_text("role", db_role_name(lane->role)),
			  log_text("why", lane->why));
	lane->failures++;
	lane->retry_at_ms =
		now_ms + jitter(wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS);
	PQfinish(lane->conn);
	lane->conn = NULL;
	lane->state = LANE_DOWN;
	lane->events = 0;
}

void
lane_connect(struct lane *lane, int64_t now_ms)
{
	lane->conn = db_conn_start(lane->conninfo, lane->role, lane->why, LANE_WHY);
	if (lane->conn == NULL || PQstatus(lane->conn) == CONNECTION_BAD) {
		if (lane->conn != NULL)
			db_conn_why(lane->conn, lane->why, LANE_WHY);
		lane_fail(lane, now_ms);
		return;
	}
	db_notice_watch(lane->conn, &lane->notice);
	lane->state = LANE_CONNECTING;
	lane->give_up_ms = now_ms + CONNECT_MS;
	lane->events = POLLOUT;
}

static void
lane_flush(struct lane *lane)
{
	lane->events = POLLIN;
	if (PQflush(lane->conn) == 1)
		lane->events |= POLLOUT;
}

/* All statements in one go. */
static bool
prepare_all(struct lane *lane)
{
	lane->preparing = lane->prepare_next = 0;
	if (PQsetnonblocking(lane->conn, 1) != 0 || PQenterPipelineMode(lane->conn) != 1)
		return false;
	for (int i = 0; i < db_n_statements; i++) {
		const struct db_statement *s = db_statements[i];

		if (s->role != lane->role)
			continue;
		if (PQsendPrepare(lane->conn, s->name, s->sql, 0, NULL) != 1)
			return false;
		lane->preparing++;
	}
	return PQpipelineSync(lane->conn) == 1;
}

static void
lane_connect_poll(struct lane *lane, int64_t now_ms)
{
	switch (PQconnectPoll(lane->conn)) {
	case PGRES_POLLING_READING:
		lane->events = POLLIN;
		return;
	case PGRES_POLLING_WRITING:
		lane->events = POLLOUT;
		return;
	case PGRES_POLLING_OK:
		if (prepare_all(lane)) {
			lane->state = LANE_PREPARING;
			lane_flush(lane);
			return;
		}
		snprintf(lane->why, LANE_WHY, "the database went away");
		break;
	default:
		db_conn_why(lane->conn, lane->why, LANE_WHY);
		break;
	}
	lane_fail(lane, now_ms);
}

/* The name of the nth statement of the lane's role. */
static const char *
statement_name(const struct lane *lane, int n)
{
	for (int i = 0; i < db_n_statements; i++)
		if (db_statements[i]->role == lane->role && n-- == 0)
			return db_statements[i]->name;
	return "sync";
}

/* False when the lane is not to be prepared any further. */
static bool
prepared(struct lane *lane, PGresult *result)
{
	ExecStatusType status;

	if (result == NULL) { /* the end of one statement's answer */
		lane->prepare_next++;
		return true;
	}
	status = PQresultStatus(result);
	if (status == PGRES_PIPELINE_SYNC) {
		lane->state = LANE_UP;
		lane->failures = 0;
		lane->why[0] = '\0';
	} else if (status == PGRES_FATAL_ERROR && PQstatus(lane->conn) == CONNECTION_OK) {
		snprintf(lane->why, LANE_WHY,
			 "the statement \"%s\" does not prepare (SQLSTATE %s): the "
			 "schema or the rights of \"%s\" do not fit this program",
			 statement_name(lane, lane->prepare_next), db_sqlstate(result),
			 db_role_name(lane->role));
		return false;
	}
	return true;
}

static void
lane_prepare_poll(struct lane *lane, int64_t now_ms)
{
	bool ok = PQconsumeInput(lane->conn) == 1;

	if (!ok)
		snprintf(lane->why, LANE_WHY, "the database went away");
	while (ok && lane->state == LANE_PREPARING && PQisBusy(lane->conn) == 0) {
		PGresult *result = PQgetResult(lane->conn);

		ok = prepared(lane, result);
		PQclear(result);
		if (ok && PQstatus(lane->conn) != CONNECTION_OK) {
			snprintf(lane->why, LANE_WHY, "the database went away");
			ok = false;
		}
	}
	if (!ok)
		lane_fail(lane, now_ms);
	else
		lane_flush(lane);
}

/* ---- operations ---- */

static struct op *
lane_pop(struct lane *lane)
{
	struct op *op = lane->first;

	lane->first = op->next;
	if (lane->first == NULL)
		lane->last = NULL;
	lane->n_flying--;
	op->next = NULL;
	return op;
}

void
lane_lose(struct lane *lane, struct db *db, const struct lane_events *events,
	  int64_t now_ms)
{
	lane_fail(lane, now_ms);
	while (lane->first != NULL) {
		struct op *op = lane_pop(lane);

		op_reset(op);
		events->again(db, op);
	}
}

static bool
step_send(PGconn *conn, const struct op *op, const struct op_step *step)
{
	const char *values[OP_PARAMS_MAX];
	int lengths[OP_PARAMS_MAX], formats[OP_PARAMS_MAX];

	for (int i = 0; i < step->n_params; i++) {
		const struct op_param *p = &op->params[step->first_param + i];

		values[i] = p->null ? NULL : op->bytes.data + p->at;
		lengths[i] = p->len;
		formats[i] = p->binary;
	}
	return PQsendQueryPrepared(conn, step->statement->name, step->n_params, values,
				   lengths, formats, step->statement->binary) == 1;
}

void
lane_send(struct lane *lane, struct op *op, struct db *db,
	  const struct lane_events *events)
{
	bool ok = true;

	op->sent = true;
	op->tries++;
	op->next = NULL;
	if (lane->last != NULL)
		lane->last->next = op;
	else
		lane->first = op;
	lane->last = op;
	lane->n_flying++;
	for (int i = 0; ok && i < op->n_steps; i++)
		ok = step_send(lane->conn, op, &op->steps[i]);
	if (ok && PQpipelineSync(lane->conn) == 1) {
		lane_flush(lane);
		return;
	}
	snprintf(lane->why, LANE_WHY, "the database went away");
	lane_lose(lane, db, events, pool_now_ms());
}

/* What a failed operation is told; logged unless it is no fault. */
static enum camp_err
op_failed_err(const struct op *op, enum db_failure failure)
{
	enum camp_err err = db_failure_err(failure);

	for (int i = 0; i < op->n_expected; i++)
		if (strcmp(op->expected[i].sqlstate, op->sqlstate) == 0)
			return op->expected[i].err;
	log_event(err == CAMP_ERR_FAULT ? LOG_ERROR : LOG_WARNING, "a statement failed",
		  log_text("statement", op->failed_statement),
		  log_text("sqlstate", op->sqlstate));
	return err;
}

static bool
op_expects(const struct op *op)
{
	for (int i = 0; i < op->n_expected; i++)
		if (strcmp(op->expected[i].sqlstate, op->sqlstate) == 0)
			return true;
	return false;
}

/* The sync after an operation arrived: its transaction is over. False: drop the lane. */
static bool
op_over(struct lane *lane, struct db *db, const struct lane_events *events)
{
	struct op *op = lane_pop(lane);
	bool unsynced = lane->notice.sync_lost;
	enum db_failure failure;

	lane->notice.sync_lost = false;
	if (op->sqlstate[0] == '\0') {
		/* Committed here, but perhaps not on the standby: not to be acknowledged.
		 */
		events->done(db, op, unsynced ? CAMP_ERR_UNAVAILABLE : CAMP_OK);
		return true;
	}
	failure = db_failure_of(op->sqlstate);
	if (!op_expects(op) && (failure == DB_RETRY || failure == DB_RECONNECT) &&
	    op->tries < OP_TRIES_MAX) {
		op->not_before_ms =
			pool_now_ms() + jitter(RETRY_FIRST_MS << (2 * op->tries));
		op_reset(op);
		events->again(db, op);
	} else {
		events->done(db, op, op_failed_err(op, failure));
	}
	return failure != DB_RECONNECT;
}

/* One result of the operation whose turn it is. False: drop the lane. */
static bool
op_result(struct lane *lane, struct db *db, const struct lane_events *events,
	  PGresult *result)
{
	struct op *op = lane->first;

	if (result == NULL) {
		op->step_at++;
		return true;
	}
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		return op_over(lane, db, events);
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		if (op->step_at < op->n_steps) {
			PQclear(op->steps[op->step_at].result);
			op->steps[op->step_at].result = result;
			return true;
		}
		break;
	case PGRES_FATAL_ERROR:
		if (op->sqlstate[0] == '\0') {
			snprintf(op->sqlstate, sizeof(op->sqlstate), "%.5s",
				 db_sqlstate(result));
			op->failed_statement =
				op->step_at < op->n_steps
					? op->steps[op->step_at].statement->name
					: "commit";
		}
		break;
	default: /* aborted: an earlier step failed */
		break;
	}
	PQclear(result);
	return PQstatus(lane->conn) == CONNECTION_OK;
}

static void
lane_receive(struct lane *lane, struct db *db, const struct lane_events *events,
	     int64_t now_ms)
{
	bool ok = PQconsumeInput(lane->conn) == 1;

	while (ok && lane->first != NULL && PQisBusy(lane->conn) == 0)
		ok = op_result(lane, db, events, PQgetResult(lane->conn));
	if (ok && PQstatus(lane->conn) == CONNECTION_OK) {
		lane_flush(lane);
		return;
	}
	snprintf(lane->why, LANE_WHY, "the database went away");
	lane_lose(lane, db, events, now_ms);
}

void
lane_advance(struct lane *lane, struct db *db, const struct lane_events *events,
	     int64_t now_ms)
{
	switch (lane->state) {
	case LANE_DOWN:
		if (now_ms >= lane->retry_at_ms)
			lane_connect(lane, now_ms);
		return;
	case LANE_CONNECTING:
		lane_connect_poll(lane, now_ms);
		break;
	case LANE_PREPARING:
		lane_prepare_poll(lane, now_ms);
		break;
	case LANE_UP:
		lane_receive(lane, db, events, now_ms);
		return;
	}
	if ((lane->state == LANE_CONNECTING || lane->state == LANE_PREPARING) &&
	    now_ms >= lane->give_up_ms) {
		snprintf(lane->why, LANE_WHY, "the database did not answer in time");
		lane_fail(lane, now_ms);
	}
}

int64_t
lane_wake_ms(const struct lane *lane)
{
	switch (lane->state) {
	case LANE_DOWN:
		return lane->retry_at_ms;
	case LANE_CONNECTING:
	case LANE_PREPARING:
		return lane->give_up_ms;
	case LANE_UP:
		break;
	}
	return INT64_MAX;
}

void
lane_clear(struct lane *lane)
{
	PQfinish(lane->conn);
	lane->conn = NULL;
	lane->state = LANE_DOWN;
	lane->events = 0;
}
