/** The database thread and what it works on. Internal to db/. */
#ifndef DB_LOOP_H
#define DB_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"
#include "db/pool.h"

#define LANES_MAX 64

struct op_queue {
	struct op *first, *last;
};

struct db {
	char *conninfo;
	int queue_limit, timeout_ms;
	int n_lanes; /* of participants' requests; one more looks up */
	struct lane lanes[LANES_MAX + 1];

	/* Shared with those who submit. */
	pthread_mutex_t mutex;
	struct op_queue submitted;
	bool accepting;
	int wake_fd;                /* an eventfd */
	atomic_int depth;           /* operations accepted and not finished */
	_Atomic int64_t stop_at_ms; /* after it, what is left is given up */
	atomic_bool stopping;
	_Atomic uint64_t reconnects;
	atomic_int lanes_up;

	void (*after_batch)(void *arg);
	void *after_batch_arg;

	/* The thread's own. */
	bool called_back; /* in this turn */
	struct op_queue waiting[DB_ROLES];
	pthread_t thread;
	bool threaded;

	struct writer *writer;
	struct rollup *rollup;
};

/** Makes queues and lanes; nothing is connected yet. */
CAMP_MUST_CHECK enum camp_err loop_init(struct db *db);

/**
 * Connects all lanes on the calling thread. On failure why holds one sentence. Errors:
 * UNAVAILABLE.
 */
CAMP_MUST_CHECK enum camp_err loop_connect(struct db *db, char *why, size_t why_size);

/** From now on the lanes belong to a thread of their own. */
CAMP_MUST_CHECK enum camp_err loop_start(struct db *db);

/** Finishes what was accepted, at most until stop_ms from now, and ends the thread. */
void loop_stop(struct db *db, int stop_ms);

void loop_clear(struct db *db);

#endif
