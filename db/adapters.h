/**
 * What the attention model learned about a person: the row of table person_adapter.
 *
 * It is replaced whole, by whoever finishes last: two sessions of one person that finish
 * at once may lose what one of them taught, and never mix.
 */
#ifndef DB_ADAPTERS_H
#define DB_ADAPTERS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/trial.h"
#include "db/db.h"

#define ADAPTER_BYTES_MAX 65536

/* As models/train/adapt.h prints it; borrowed. n = 0: none. */
struct db_adapter {
	const uint8_t *state;
	size_t n;
};

/* What is told of it to those who cannot read it. */
struct db_adapter_facts {
	const char *model_version;
	bool in_use;
	int sessions;
	double evidence; /* nats */
};

/** The adapter (NULL on errors) is borrowed for the callback. */
typedef void
db_adapter_cb(void *arg, enum camp_err err, const struct db_adapter *adapter);

/** The participant's, in use or not. */
CAMP_MUST_CHECK enum camp_err
db_adapter_get(struct db *db, const struct trial_owner *owner, db_adapter_cb *cb,
	       void *arg);

/** Replaces it. INVALID: more than ADAPTER_BYTES_MAX; NOT_FOUND: the participant was
 * erased. */
CAMP_MUST_CHECK enum camp_err
db_adapter_put(struct db *db, const struct trial_owner *owner,
	       const struct db_adapter *adapter, const struct db_adapter_facts *facts,
	       db_done_cb *cb, void *arg);

struct op;

/** Adds to an operation the step that reads what the session's forecast needs: nothing
 * unless it is in use, nothing where a forecast is stored. Internal to db/. */
void adapter_step(struct op *op, const struct trial_owner *owner);
/** What that step found, borrowed from its result. */
struct db_adapter adapter_read(const PGresult *result);

#endif
