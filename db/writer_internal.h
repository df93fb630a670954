/** What the parts of the writer share; not for others. */
#ifndef DB_WRITER_INTERNAL_H
#define DB_WRITER_INTERNAL_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "db/cell.h"
#include "db/conn.h"
#include "db/hints.h"
#include "db/writer.h"

#define NEVER INT64_MAX /* a time */
#define LINK_BACKOFF_LAST_MS 500
#define WRITER_OPEN_MS 5000 /* for one attempt to connect */

#define BATCH_UPLOADS_MAX 256
#define BATCH_BYTES_MAX ((size_t)4 << 20)

/* How a cell goes to the table. */
enum cell_way {
	WAY_COPY,   /* by COPY: it is probably new */
	WAY_APPEND, /* behind the trials that its row probably holds */
	WAY_MERGE,  /* after a look at its row, which is needed for everything else */
};

/* One cell of an upload: its tuple in the upload's buffer. */
struct upload_cell {
	size_t start, len;
	int32_t cell;
	int n; /* trials */
	uint32_t present;

	/* The writer's own notes. */
	enum cell_way way;
	bool done;   /* committed */
	bool later;  /* in a later round, as an earlier upload has the cell too */
	bool writes; /* merging it changes something */
	struct trial_counts counts;
	struct trial_counts sent_counts; /* should the last attempt turn out committed */
};

/* One accepted call of writer_submit(). */
struct upload {
	struct upload *next;
	struct uuid participant_id, session_id;
	struct buffer tuples;
	struct upload_cell *cells;
	size_t n_cells, cells_cap;
	int64_t deadline_ms;
	db_trials_cb *cb;
	void *arg;

	/* The writer's own notes. */
	size_t n_left; /* cells to be committed */
	bool sent;     /* an attempt was made, so something may be stored */
	bool tried;    /* alone, in this round */
	bool done;     /* err and counts are the answer */
	enum camp_err err;
	struct trial_counts counts;
};

/* One cell to be written, sorted by the primary key so that no two processes deadlock. */
struct work {
	uint64_t prefix; /* the first bytes of participant_id, as a number */
	struct upload *upload;
	struct upload_cell *cell;
	size_t order; /* place of the upload in the batch */
};

/* How an attempt to commit ended. */
enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_FAILED,    /* by PostgreSQL: struct link has the kind and the SQLSTATE */
	ATTEMPT_DUPLICATE, /* a cell of the COPY exists */
	ATTEMPT_RACED,     /* another process stored a cell meanwhile: again */
	ATTEMPT_UNKNOWN,   /* connection lost, time up, or a standby was not waited for */
	ATTEMPT_MEMORY,
};

/* The connection. Its functions wait at most until the given time (monotonic, ms). */
struct link {
	PGconn *conn; /* NULL: none */
	struct db_notice notice;
	enum db_failure failure; /* of the last ATTEMPT_FAILED */
	char sqlstate[6];
	int backoff_ms;
	int64_t retry_at_ms;
	int wake_fd; /* eventfd: look at stop_at_ms again, or at the queue */
	_Atomic int64_t stop_at_ms; /* nothing waits longer */
};

struct writer {
	struct link link;
	struct hints *hints;
	char *conninfo;
	struct writer_options options;
	pthread_t thread;

	/* The writer's thread only. */
	struct upload *batch[BATCH_UPLOADS_MAX];
	size_t n_batch;
	struct work *works;
	size_t works_cap;
	struct buffer scratch;
	bool copy_refused; /* row-level security applies: COPY FROM is not allowed */
	int retries, duplicates;

	pthread_mutex_t lock; /* all below */
	struct upload *first, *last, *spare;
	size_t queued_bytes, spare_bytes;
	int depth; /* accepted and not answered */
	bool asleep, stopping, connected;
	struct db_metrics metrics;
};

int64_t link_now_ms(void);

/** Connects and prepares. On failure why holds one sentence. */
bool link_open(struct link *l, const char *conninfo, int64_t until_ms, char *why,
	       size_t why_size);
void link_drop(struct link *l);
/** Puts the next attempt to connect off, longer each time until a commit succeeds. */
void link_back_off(struct link *l);

/** Sleeps until the time, an event on the connection, or a wake-up. */
void link_sleep(struct link *l, int64_t until_ms);

/** The next result (NULL: end of one command's); false: lost or time up, and dropped. */
bool link_result(struct link *l, int64_t until_ms, PGresult **out);

/** Notes why an attempt failed. */
void link_note(struct link *l, enum db_failure failure, const char *sqlstate);

/** Notes the kind of a failed result and clears it. */
enum attempt link_failed(struct link *l, PGresult *result);

/** Commits the cells by one COPY. */
enum attempt writer_copy(struct link *l, struct buffer *scratch, const struct work *work,
			 size_t n, int64_t until_ms);

/** Sets the way of each cell that is in the table to WAY_MERGE. */
enum attempt
writer_probe(struct link *l, const struct work *work, size_t n, int64_t until_ms);

/**
 * Commits the cells by one statement for many: a new cell is inserted, and one whose row
 * holds only earlier trials is appended to it. Any other is left alone; done tells.
 */
enum attempt
writer_append(struct link *l, const struct work *work, size_t n, int64_t until_ms);

/** Prepares its statements; on failure why holds one sentence. */
bool writer_append_prepare(struct link *l, int64_t until_ms, char *why, size_t why_size);

/* For the pipeline of the connection; errors as enum attempt. */

/** Queues a command without parameters. */
bool link_send(struct link *l, const char *sql);
/** The next statement's good result, or the end of the attempt: read to the sync. */
enum attempt link_good_result(struct link *l, int64_t until_ms, PGresult **out);
/** Reads to the sync, behind which an implicit transaction is committed or failed. */
enum attempt link_drain(struct link *l, int64_t until_ms);
/** Ends the pipeline, and a transaction that was not committed. */
enum attempt link_leave(struct link *l, int64_t until_ms, enum attempt outcome);
/** One command to its end; what goes wrong is in why. */
bool link_finish(struct link *l, const char *name, int64_t until_ms, char *why,
		 size_t why_size);

enum cell_action { CELL_KEEP, CELL_INSERT, CELL_UPDATE };

/* The works of one cell and what becomes of its row. */
struct merge_group {
	size_t first, n; /* in the works */
	enum cell_action action;
	char seen[4];            /* to update: the mask of the row that was seen */
	size_t tuple, tuple_len; /* the row to write, in merge.rows */
};

/* A refused trial for trial_conflict: its JSON in merge.offered. */
struct merge_offer {
	const struct work *work;
	int32_t seq;
	size_t start, len;
};

struct merge {
	const struct work *works; /* sorted */
	size_t n_works, n_groups, rows_changed, n_offers, offers_cap;
	struct merge_group *groups;
	struct merge_offer *offers;
	struct buffer rows, offered;
};

/**
 * Reads the cells' rows and merges the works with them in memory: fills in the cells'
 * counts, and sets writes in those for which something is to be written. The others are
 * acknowledged by any later commit. merge_clear() follows in any case.
 */
enum attempt merge_look(struct merge *m, struct link *l, const struct work *works,
			size_t n, int64_t until_ms);

/** Commits what merge_look() decided, or a mark when that is nothing. RACED: look again.
 */
enum attempt merge_write(struct merge *m, struct link *l, int64_t until_ms);

void merge_clear(struct merge *m);

/** Works until every upload of w->batch has its answer. */
void writer_run_batch(struct writer *w);

/** Tries to connect, or sleeps until the next try is due. */
void writer_reconnect(struct writer *w, int64_t until_ms);

#endif
