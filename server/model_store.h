/**
 * The attention model that serves now, shared by all who compute.
 *
 * A model is immutable, so it is read without locks; what is counted is who still uses
 * it. Another may take its place at any time: the old one is freed by its last user.
 */
#ifndef SERVER_MODEL_STORE_H
#define SERVER_MODEL_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"

struct forecaster;
struct model_store;

enum model_source {
	MODEL_NONE,
	MODEL_FROM_FILE,     /* that came with the program, or config's model */
	MODEL_FROM_DATABASE, /* activated there */
};

struct model_use {
	struct forecaster *forecaster;
	enum model_source source;
	uint64_t serial; /* no two models of a process have the same */
	atomic_int users;
};

/* What is to be told of it. */
struct model_status {
	enum model_source source;
	char version[17], encoder[16]; /* "" with MODEL_NONE */
	char problem[400]; /* why a better one does not serve; "": nothing is wrong */
};

/** NULL: out of memory. */
struct model_store *model_store_new(void);
/** After everyone released what they had. NULL-safe. */
void model_store_free(struct model_store *store);

/** From now on this one serves, which is taken over. Errors: MEMORY (then it is freed).
 */
CAMP_MUST_CHECK enum camp_err
model_store_put(struct model_store *store, struct forecaster *take,
		enum model_source source);

/** The model that serves, to be released; NULL: none. Any thread. */
struct model_use *model_store_use(struct model_store *store);
void model_use_release(struct model_use *use);

/** A sentence on what failed to load, or "" once it is well. */
void model_store_problem(struct model_store *store, const char *problem);
void model_store_status(struct model_store *store, struct model_status *out);

#endif
