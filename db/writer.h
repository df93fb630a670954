/**
 * The group commit of trials: one thread, one connection, everything that waits in one
 * COPY and one commit (docs/architecture.md, "Trials").
 *
 * An acknowledged upload is committed, by a transaction that wrote something, on every
 * server that synchronous replication asks for. Uploads that meet existing cells are
 * merged under the rows' locks; an unknown outcome (the connection broke) is replayed
 * that way. Any number of processes may write the same cells.
 */
#ifndef DB_WRITER_H
#define DB_WRITER_H

#include "base/errors.h"
#include "base/trial.h"
#include "db/db.h"
#include "db/trials.h"

struct writer;

struct writer_options {
	const char *conninfo; /* libpq keyword string or URL; copied */
	int queue_limit;      /* uploads waiting or running */
	int timeout_ms;       /* an upload's deadline, queueing included */
	/* Called on the writer's thread after the callbacks of a batch; may be NULL. */
	void (*after_batch)(void *arg);
	void *after_batch_arg;
};

/**
 * Connects as role camp_ingest, prepares the statements and starts the thread. On failure
 * *out is NULL and why holds one sentence for the operator.
 */
CAMP_MUST_CHECK enum camp_err
writer_open(struct writer **out, const struct writer_options *options, char *why,
	    size_t why_size);

/** Contract of db_trials_insert(). BUSY, MEMORY, UNAVAILABLE when closing. */
CAMP_MUST_CHECK enum camp_err
writer_submit(struct writer *w, const struct trial_owner *owner,
	      const struct trial *trials, size_t n, db_trials_cb *cb, void *arg);

/** True when it is connected. */
bool writer_ready(struct writer *w);

/** Fills in what the writer counts and leaves the other fields alone. */
void writer_metrics(struct writer *w, struct db_metrics *out);

/** Finishes what was accepted, at most stop_ms, then answers UNAVAILABLE. NULL-safe. */
void writer_close(struct writer *w, int stop_ms);

/** The writer of an open database; defined in db/db.c. */
struct writer *db_writer(struct db *db);

#endif
