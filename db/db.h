/**
 * The database as the rest of the program sees it: open, close, health, and (in the other
 * headers of db/) one asynchronous function per operation.
 *
 * Threads: every function may be called from any thread. Callbacks run exactly once per
 * accepted call, on a database thread; they must not block. A call that returns another
 * code than CAMP_OK was not accepted and never calls back. Arguments are copied.
 *
 * What an operation may report: BUSY (lanes full; nothing was sent), UNAVAILABLE (no
 * connection), STORAGE_FULL, DEADLINE, FAULT (logged here with SQLSTATE and statement),
 * MEMORY, and what its own header names. Serialization failures and deadlocks are retried
 * inside, at most three times.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct db;

/** Of operations that give nothing back. */
typedef void db_done_cb(void *arg, enum camp_err err);

struct db_options {
	const char *conninfo;       /* libpq keyword string or URL */
	int lanes;                  /* connections for participants' requests, 1..64 */
	int queue_limit;            /* operations waiting or running over all lanes */
	int writer_queue_limit;     /* uploads waiting or running */
	int timeout_ms;             /* an operation's deadline, queueing included */
	const char *migrations_dir; /* to notice edited migrations; NULL: not checked */
	/*
	 * Called on a database thread after a run of callbacks, so that a waiting thread
	 * is woken once for all of them; may be NULL.
	 */
	void (*after_batch)(void *arg);
	void *after_batch_arg;
};

struct db_metrics {
	int lane_depth;   /* operations waiting or running now */
	int writer_depth; /* uploads waiting or running now */
	uint64_t trials_stored, trials_repeated, trials_conflicting;
	uint64_t commits;                 /* of the writer */
	uint64_t commit_batch_bucket[10]; /* uploads a commit: <= 1, 2, 4 .. 256, more */
	uint64_t commit_uploads;          /* sum over commits */
	uint64_t reconnects;
};

/**
 * Connects the lanes and the writer, checks the schema and prepares every statement.
 *
 * On failure *out is NULL and why[0..why_size) holds one sentence for the operator: a
 * database that cannot be reached, a schema newer or older than this program, an edited
 * migration, a role that lacks a right, a statement that does not prepare.
 */
CAMP_MUST_CHECK enum camp_err
db_open(struct db **out, const struct db_options *options, char *why, size_t why_size);

/** True when the lanes and the writer are all connected. */
bool db_ready(struct db *db);

void db_metrics(struct db *db, struct db_metrics *out);

/**
 * Finishes what was accepted (each callback still runs), then closes. After stop_ms, what
 * is left is answered with UNAVAILABLE. NULL-safe.
 */
void db_close(struct db *db, int stop_ms);

#endif
