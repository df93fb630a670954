#include <config.h>

#include "db/db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"
#include "db/loop.h"
#include "db/migrate.h"
#include "db/rollup.h"
#include "db/writer.h"

static enum camp_err
schema_check(const struct db_options *options, char *why, size_t why_size)
{
	PGconn *conn;
	enum camp_err err;

	err = db_conn_open(&conn, options->conninfo, DB_APP, why, why_size);
	if (err != CAMP_OK)
		return err;
	err = db_schema_check(conn, options->migrations_dir, why, why_size);
	PQfinish(conn);
	return err;
}

static enum camp_err
open_parts(struct db *db, const struct db_options *options, char *why, size_t why_size)
{
	struct writer_options writer = {.conninfo = options->conninfo,
					.queue_limit = options->writer_queue_limit,
					.timeout_ms = options->timeout_ms,
					.after_batch = options->after_batch,
					.after_batch_arg = options->after_batch_arg};
	enum camp_err err;

	err = loop_connect(db, why, why_size);
	if (err == CAMP_OK)
		err = writer_open(&db->writer, &writer, why, why_size);
	if (err == CAMP_OK)
		err = rollup_open(&db->rollup, db->conninfo);
	if (err == CAMP_OK)
		err = loop_start(db);
	return err;
}

enum camp_err
db_open(struct db **out, const struct db_options *options, char *why, size_t why_size)
{
	struct db *db;
	enum camp_err err;

	*out = NULL;
	err = schema_check(options, why, why_size);
	if (err != CAMP_OK)
		return err;
	snprintf(why, why_size, "out of memory");
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return CAMP_ERR_MEMORY;
	db->wake_fd = -1;
	db->queue_limit = options->queue_limit;
	db->timeout_ms = options->timeout_ms;
	db->after_batch = options->after_batch;
	db->after_batch_arg = options->after_batch_arg;
	db->n_lanes = options->lanes < 1 ? 1 : options->lanes;
	if (db->n_lanes > LANES_MAX)
		db->n_lanes = LANES_MAX;
	db->conninfo = strdup(options->conninfo);
	err = loop_init(db);
	if (err == CAMP_OK && db->conninfo == NULL)
		err = CAMP_ERR_MEMORY;
	if (err == CAMP_OK)
		err = open_parts(db, options, why, why_size);
	if (err != CAMP_OK) {
		db_close(db, 0);
		return err;
	}
	why[0] = '\0';
	*out = db;
	return CAMP_OK;
}

bool
db_ready(struct db *db)
{
	return atomic_load(&db->lanes_up) == db->n_lanes + 1 && writer_ready(db->writer);
}

void
db_metrics(struct db *db, struct db_metrics *out)
{
	memset(out, 0, sizeof(*out));
	writer_metrics(db->writer, out);
	out->lane_depth = atomic_load(&db->depth);
	out->reconnects += atomic_load(&db->reconnects);
}

struct writer *
db_writer(struct db *db)
{
	return db->writer;
}

void
db_close(struct db *db, int stop_ms)
{
	int64_t until;

	if (db == NULL)
		return;
	until = pool_now_ms() + stop_ms;
	loop_stop(db, stop_ms);
	stop_ms = (int)(until - pool_now_ms());
	writer_close(db->writer, stop_ms > 0 ? stop_ms : 0);
	rollup_close(db->rollup);
	loop_clear(db);
	free(db->conninfo);
	free(db);
}
