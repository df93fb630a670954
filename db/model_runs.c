#include <config.h>

#include "db/model_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"

#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)
/* A training of many validations keeps its last ones. */
#define METRICS_KEPT "2000"

#define RUN_COLUMNS(metrics) \
	"SELECT run_id, state, config::text, progress::text, " metrics ", error," \
	"       model_id, cancel_requested," \
	"       coalesce((extract(epoch FROM created_at) * 1000)::bigint, 0)," \
	"       coalesce((extract(epoch FROM started_at) * 1000)::bigint, 0)," \
	"       coalesce((extract(epoch FROM heartbeat_at) * 1000)::bigint, 0)," \
	"       coalesce((extract(epoch FROM finished_at) * 1000)::bigint, 0)"

const struct db_statement statement_run_insert = {
	.name = "run_insert",
	.sql = "INSERT INTO model_run (run_id, config)"
	       " VALUES ($1::uuid, $2::text::jsonb)"
	       " ON CONFLICT (run_id) DO NOTHING RETURNING run_id",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_run_get = {
	.name = "run_get",
	.sql = RUN_COLUMNS("metrics::text") ", config = $2::text::jsonb FROM model_run"
					    " WHERE run_id = $1::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_run_list = {
	.name = "run_list",
	.sql = RUN_COLUMNS("NULL::text") " FROM model_run ORDER BY created_at DESC"
					 " LIMIT " NUMBER(RUNS_LISTED_MAX),
	.role = DB_APP,
};

const struct db_statement statement_run_cancel = {
	.name = "run_cancel",
	.sql = "UPDATE model_run SET cancel_requested = true,"
	       "  finished_at = CASE state WHEN 'queued' THEN now() END,"
	       "  state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END"
	       " WHERE run_id = $1::uuid AND state IN ('queued', 'running')"
	       " RETURNING run_id",
	.role = DB_APP,
	.key = 1,
};

static void
run_read(struct db_run *r, const PGresult *got, int row)
{
	memset(r, 0, sizeof(*r));
	r->run_id = column_uuid(got, row, 0);
	r->state = column_text(got, row, 1);
	r->config_json = column_text(got, row, 2);
	r->progress_json = column_text(got, row, 3);
	r->metrics_json = column_text(got, row, 4);
	r->error = column_text(got, row, 5);
	r->has_model = !PQgetisnull(got, row, 6);
	r->model_id = column_uuid(got, row, 6);
	r->cancel_requested = column_bool(got, row, 7);
	r->created_unix_ms = column_int(got, row, 8);
	r->started_unix_ms = column_int(got, row, 9);
	r->heartbeat_unix_ms = column_int(got, row, 10);
	r->finished_unix_ms = column_int(got, row, 11);
}

/* The last step gets the run; one before it, if any, returns a row when it did what it
 * was to do. */
static void
on_run(struct op *op, enum camp_err err)
{
	const PGresult *got = op->steps[op->n_steps - 1].result;
	bool repeated = false;
	struct db_run run;

	if (err == CAMP_OK && PQntuples(got) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		run_read(&run, got, 0);
		repeated = op->n_steps > 1 && PQntuples(op->steps[0].result) == 0;
		/* Compared only where a configuration was given. */
		if (!PQgetisnull(got, 0, 12) && !column_bool(got, 0, 12))
			err = CAMP_ERR_KEY_REUSED;
	}
	op->cb.run(op->arg, err, repeated, err == CAMP_OK ? &run : NULL);
}

static enum camp_err
run_op(struct db *db, const struct db_statement *first, const struct uuid *run_id,
       const char *config_json, db_run_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_run);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.run = cb;
	op->arg = arg;
	if (first != NULL) {
		op_step(op, first);
		op_uuid(op, run_id);
		if (config_json != NULL)
			op_text(op, config_json);
	}
	op_step(op, &statement_run_get);
	op_uuid(op, run_id);
	op_text(op, config_json);
	return op_submit(op);
}

enum camp_err
db_run_create(struct db *db, const struct uuid *run_id, const char *config_json,
	      db_run_cb *cb, void *arg)
{
	return run_op(db, &statement_run_insert, run_id, config_json, cb, arg);
}

enum camp_err
db_run_get(struct db *db, const struct uuid *run_id, db_run_cb *cb, void *arg)
{
	return run_op(db, NULL, run_id, NULL, cb, arg);
}

enum camp_err
db_run_cancel(struct db *db, const struct uuid *run_id, db_run_cb *cb, void *arg)
{
	return run_op(db, &statement_run_cancel, run_id, NULL, cb, arg);
}

static void
on_list(struct op *op, enum camp_err err)
{
	struct db_run runs[RUNS_LISTED_MAX];
	int n = 0;

	if (err == CAMP_OK)
		n = PQntuples(op->steps[0].result);
	for (int i = 0; i < n && i < RUNS_LISTED_MAX; i++)
		run_read(&runs[i], op->steps[0].result, i);
	op->cb.runs(op->arg, err, n, err == CAMP_OK ? runs : NULL);
}

enum camp_err
db_run_list(struct db *db, db_run_list_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_list);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.runs = cb;
	op->arg = arg;
	op_step(op, &statement_run_list);
	return op_submit(op);
}

/* ---- waiting ---- */

enum camp_err
db_runs_reap(PGconn *conn)
{
	return db_run(conn, "runs_reap",
		      "UPDATE model_run SET state = 'failed', finished_at = now(),"
		      "  error = 'the server that ran it stopped'"
		      " WHERE state = 'running' AND heartbeat_at < now() - interval "
		      "'" NUMBER(RUN_DEAD_S) " s'",
		      0, NULL);
}

enum camp_err
db_run_claim(PGconn *conn, struct uuid *run_id, char **config_json)
{
	enum camp_err err;
	PGresult *got;

	*config_json = NULL;
	err = db_exec(conn, "run_claim",
		      "UPDATE model_run SET state = 'running', heartbeat_at = now(),"
		      "  started_at = coalesce(started_at, now())"
		      " WHERE run_id = (SELECT run_id FROM model_run"
		      "   WHERE state = 'queued' ORDER BY created_at LIMIT 1"
		      "   FOR UPDATE SKIP LOCKED)"
		      " RETURNING run_id, config::text",
		      0, NULL, &got);
	if (err != CAMP_OK)
		return err;
	if (PQntuples(got) > 0) {
		*run_id = column_uuid(got, 0, 0);
		*config_json = strdup(PQgetvalue(got, 0, 1));
		err = *config_json != NULL ? CAMP_OK : CAMP_ERR_MEMORY;
	}
	PQclear(got);
	return err;
}

enum camp_err
db_run_beat(PGconn *conn, const struct uuid *run_id, const char *progress_json,
	    const char *metrics_json, bool *stop)
{
	char id[UUID_TEXT_LEN + 1];
	const char *values[] = {id, progress_json, metrics_json};
	enum camp_err err;
	PGresult *got;

	uuid_format(run_id, id);
	err = db_exec(conn, "run_beat",
		      "UPDATE model_run SET heartbeat_at = now(),"
		      "  progress = coalesce($2::text::jsonb, progress),"
		      "  metrics = CASE WHEN $3::text IS NULL THEN metrics"
		      "   WHEN jsonb_array_length(metrics) >= " METRICS_KEPT
		      "   THEN (metrics - 0) || $3::text::jsonb"
		      "   ELSE metrics || $3::text::jsonb END"
		      " WHERE run_id = $1::uuid AND state = 'running'"
		      " RETURNING cancel_requested",
		      3, values, &got);
	if (err == CAMP_OK)
		*stop = PQntuples(got) == 0 || column_bool(got, 0, 0);
	PQclear(got);
	return err;
}

enum camp_err
db_run_end(PGconn *conn, const struct uuid *run_id, const char *state, const char *error,
	   const struct uuid *model_id)
{
	char id[UUID_TEXT_LEN + 1], model[UUID_TEXT_LEN + 1];
	const char *values[] = {id, state, error, model_id != NULL ? model : NULL};

	uuid_format(run_id, id);
	if (model_id != NULL)
		uuid_format(model_id, model);
	return db_run(conn, "run_end",
		      "UPDATE model_run SET state = $2::text, finished_at = now(),"
		      "  heartbeat_at = now(), error = left($3::text, "
		      "" NUMBER(RUN_ERROR_MAX) "), model_id = $4::uuid"
					       " WHERE run_id = $1::uuid AND state = "
					       "'running'",
		      4, values);
}

enum camp_err
db_run_requeue(PGconn *conn, const struct uuid *run_id)
{
	char id[UUID_TEXT_LEN + 1];
	const char *values[] = {id};

	uuid_format(run_id, id);
	return db_run(conn, "run_requeue",
		      "UPDATE model_run SET state = 'queued'"
		      " WHERE run_id = $1::uuid AND state = 'running'"
		      "   AND NOT cancel_requested",
		      1, values);
}
