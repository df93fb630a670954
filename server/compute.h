/**
 * The threads that compute: forecasts take milliseconds, which neither the network thread
 * nor a database thread may spend.
 *
 * A bounded queue feeds a few workers, each with its own work space; a worker takes a run
 * of jobs at once and looks up the model once for them. A job answers its request by
 * reply_*() or goes on with a call of db/.
 *
 * One thread more, of low priority and with a short queue, is for what nobody waits for.
 */
#ifndef SERVER_COMPUTE_H
#define SERVER_COMPUTE_H

#include "base/errors.h"

struct compute;
struct forecast_work;
struct model_store;
struct model_use;

/* Part of what its maker allocates; must live until run() is called. */
struct compute_job {
	struct compute_job *next;
	/*
	 * Called once, on a worker. use and work are lent for the call; NULL when no
	 * model is loaded (or memory ran out for its work space).
	 */
	void (*run)(struct compute_job *job, const struct model_use *use,
		    struct forecast_work *work);
};

/** threads 0: one less than there are processors, at least 1. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
compute_start(struct compute **out, struct model_store *store, int threads,
	      int queue_limit);

/** Queues a job. Errors: BUSY (the queue is full), DRAINING (stopping); run() is not
 * called then. Any thread. */
CAMP_MUST_CHECK enum camp_err
compute_submit(struct compute *compute, struct compute_job *job);

/**
 * Queues a job that may be late or never done: BUSY with 32 of them waiting. work is NULL
 * for it, and so is use when the threads are ending. Else as compute_submit().
 */
CAMP_MUST_CHECK enum camp_err
compute_submit_late(struct compute *compute, struct compute_job *job);

/** Runs what was accepted (late jobs without a model), then ends the workers; later jobs
 * are refused. */
void compute_stop(struct compute *compute);
/** After compute_stop(), once nobody can call any more. NULL-safe. */
void compute_free(struct compute *compute);

#endif
