/**
 * The keeper: a thread that follows which model is active in the database, so that every
 * server uses it within seconds, and that looks after the trainings asked for: takes one
 * at a time up, reports its figures, stores its model. It has a database connection of
 * its own and waits on it, as nobody waits for the keeper.
 *
 * A model that cannot be loaded leaves the one before it serving; model_store_status()
 * tells.
 */
#ifndef SERVER_KEEPER_H
#define SERVER_KEEPER_H

#include "base/errors.h"

struct keeper;
struct model_store;

struct keeper_options {
	const char *conninfo;
	const char *state_dir;
	const char *model_file; /* serves while none was activated */
	struct model_store *store;
};

/** Loads the model that is to serve, then starts the thread. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
keeper_start(struct keeper **out, const struct keeper_options *options);

/** Something changed: look now. Any thread. */
void keeper_wake(struct keeper *keeper);

/**
 * Ends the thread. A training in progress keeps its state and goes back to the queue, for
 * this server's next start or another's. NULL-safe.
 */
void keeper_stop(struct keeper *keeper);
/** After keeper_stop(), once nobody can wake it any more. NULL-safe. */
void keeper_free(struct keeper *keeper);

#endif
