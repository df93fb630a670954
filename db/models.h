/**
 * The models of the installation, in the database so that every process finds them, and
 * which of them serves.
 */
#ifndef DB_MODELS_H
#define DB_MODELS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/uuid.h"
#include "db/db.h"

#define MODEL_BYTES_MAX 4194304
#define MODEL_SUM_BYTES 32
#define MODELS_LISTED_MAX 100

struct db_model_new {
	struct uuid model_id; /* used unless the same bytes are there */
	const void *bytes;
	size_t n_bytes;               /* 1..MODEL_BYTES_MAX */
	uint8_t sum[MODEL_SUM_BYTES]; /* SHA-256 */
	const char *encoder, *version;
	const char *metadata_json, *metrics_json; /* objects */
	const char *source;                       /* "upload" or "run" */
};

struct db_model {
	struct uuid model_id;
	uint8_t sum[MODEL_SUM_BYTES];
	int64_t n_bytes;
	const char *encoder, *version, *metadata_json, *metrics_json, *source;
	int64_t created_unix_ms;
	bool active;
};

typedef void db_model_cb(void *arg, enum camp_err err, const struct db_model *model);
/* Newest first. */
typedef void
db_model_list_cb(void *arg, enum camp_err err, int n, const struct db_model *models);

/** Stores a model, or finds the one with the same bytes (whose id is another then). */
CAMP_MUST_CHECK enum camp_err
db_model_put(struct db *db, const struct db_model_new *model, db_model_cb *cb, void *arg);
/** NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_model_get(struct db *db, const struct uuid *model_id, db_model_cb *cb, void *arg);
/** The newest MODELS_LISTED_MAX. */
CAMP_MUST_CHECK enum camp_err
db_model_list(struct db *db, db_model_list_cb *cb, void *arg);
/** From now on it serves: of two at a time, the later. NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_model_activate(struct db *db, const struct uuid *model_id, db_model_cb *cb, void *arg);

/* ---- on a connection of role DB_APP, waiting ---- */

struct db_active_model {
	bool any;                     /* false: none was ever activated */
	uint8_t sum[MODEL_SUM_BYTES]; /* when any */
	char version[17];             /* when any */
	uint8_t *bytes;               /* of another than was known, else NULL; free() */
	size_t n_bytes;
};

/** Which model serves; its bytes unless its sum is known[] (NULL: none is). Errors:
 * as db_exec(). */
CAMP_MUST_CHECK enum camp_err
db_active_model_read(PGconn *conn, const uint8_t known[MODEL_SUM_BYTES],
		     struct db_active_model *out);

/** As db_model_put(); *model_id is the id it has. */
CAMP_MUST_CHECK enum camp_err
db_model_store(PGconn *conn, const struct db_model_new *model, struct uuid *model_id);

#endif
