/**
 * Trainings on the server: asked for by a request, taken up by one server, followed by
 * its heartbeat and its figures.
 */
#ifndef DB_MODEL_RUNS_H
#define DB_MODEL_RUNS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/uuid.h"
#include "db/db.h"

#define RUNS_LISTED_MAX 50
#define RUN_ERROR_MAX 500
/* A run whose server gave no sign for so long is failed. */
#define RUN_DEAD_S 60

struct db_run {
	struct uuid run_id;
	const char *state; /* queued, running, done, failed, cancelled */
	const char *config_json, *progress_json;
	const char *metrics_json; /* array; NULL in a list */
	const char *error;        /* NULL: none */
	bool has_model, cancel_requested;
	struct uuid model_id;
	/* 0: not yet */
	int64_t created_unix_ms, started_unix_ms, heartbeat_unix_ms, finished_unix_ms;
};

typedef void
db_run_cb(void *arg, enum camp_err err, bool repeated, const struct db_run *run);
typedef void
db_run_list_cb(void *arg, enum camp_err err, int n, const struct db_run *runs);

/** Queues a run; repeated: it was there. KEY_REUSED: with another configuration. */
CAMP_MUST_CHECK enum camp_err
db_run_create(struct db *db, const struct uuid *run_id, const char *config_json,
	      db_run_cb *cb, void *arg);
/** NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_run_get(struct db *db, const struct uuid *run_id, db_run_cb *cb, void *arg);
/** The newest RUNS_LISTED_MAX, newest first. */
CAMP_MUST_CHECK enum camp_err db_run_list(struct db *db, db_run_list_cb *cb, void *arg);
/** Ends a queued run, asks a running one to stop; repeated: it was over before.
 * NOT_FOUND.
 */
CAMP_MUST_CHECK enum camp_err
db_run_cancel(struct db *db, const struct uuid *run_id, db_run_cb *cb, void *arg);

/* ---- on a connection of role DB_APP, waiting; errors as db_exec() ---- */

/** Fails the runs whose server is gone. */
CAMP_MUST_CHECK enum camp_err db_runs_reap(PGconn *conn);

/** Takes the oldest queued run; *config_json, free(), is NULL when there is none. */
CAMP_MUST_CHECK enum camp_err
db_run_claim(PGconn *conn, struct uuid *run_id, char **config_json);

/**
 * A sign of life with what is new: progress_json (an object, or NULL), metrics_json (one
 * object to append, or NULL). *stop: it is to end, or was ended by others.
 */
CAMP_MUST_CHECK enum camp_err
db_run_beat(PGconn *conn, const struct uuid *run_id, const char *progress_json,
	    const char *metrics_json, bool *stop);

/** state "done", "failed" or "cancelled"; error and model_id may be NULL. */
CAMP_MUST_CHECK enum camp_err
db_run_end(PGconn *conn, const struct uuid *run_id, const char *state, const char *error,
	   const struct uuid *model_id);

/** Gives a running one back, for whoever takes it up next. */
CAMP_MUST_CHECK enum camp_err db_run_requeue(PGconn *conn, const struct uuid *run_id);

#endif
