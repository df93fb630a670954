#include <config.h>

#include "db/models.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"

#define MODEL_INSERT(bytes, sum) \
	"INSERT INTO model (model_id, sha256, bytes, encoder, metadata, metrics, " \
	"source, version)" \
	" VALUES ($1::uuid, " sum ", " bytes ", $4::text, $5::text::jsonb," \
	"  $6::text::jsonb, $7::text, $8::text)" \
	" ON CONFLICT (sha256) DO NOTHING"

const struct db_statement statement_model_insert = {
	.name = "model_insert",
	.sql = MODEL_INSERT("$3::bytea", "$2::bytea"),
	.role = DB_APP,
	.key = 1,
};

#define MODEL_COLUMNS \
	"SELECT m.model_id, encode(m.sha256, 'hex'), length(m.bytes), m.encoder," \
	"       m.metadata::text, m.metrics::text, m.source," \
	"       (extract(epoch FROM m.created_at) * 1000)::bigint," \
	"       m.model_id = (SELECT a.model_id FROM active_model a), m.version" \
	"  FROM model m"

const struct db_statement statement_model_get = {
	.name = "model_get",
	.sql = MODEL_COLUMNS " WHERE m.model_id = $1::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_model_by_sum = {
	.name = "model_by_sum",
	.sql = MODEL_COLUMNS " WHERE m.sha256 = $1::bytea",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_model_list = {
	.name = "model_list",
	.sql = MODEL_COLUMNS " ORDER BY m.created_at DESC LIMIT 100",
	.role = DB_APP,
};

const struct db_statement statement_model_activate = {
	.name = "model_activate",
	.sql = "INSERT INTO active_model (model_id)"
	       " SELECT m.model_id FROM model m WHERE m.model_id = $1::uuid"
	       " ON CONFLICT (one) DO UPDATE"
	       "  SET model_id = excluded.model_id, activated_at = now()",
	.role = DB_APP,
	.key = 1,
};

static void
model_read(struct db_model *m, const PGresult *got, int row)
{
	size_t n;

	memset(m, 0, sizeof(*m));
	m->model_id = column_uuid(got, row, 0);
	sodium_hex2bin(m->sum, sizeof(m->sum), PQgetvalue(got, row, 1),
		       (size_t)PQgetlength(got, row, 1), NULL, &n, NULL);
	m->n_bytes = column_int(got, row, 2);
	m->encoder = column_text(got, row, 3);
	m->metadata_json = column_text(got, row, 4);
	m->metrics_json = column_text(got, row, 5);
	m->source = column_text(got, row, 6);
	m->created_unix_ms = column_int(got, row, 7);
	m->active = column_bool(got, row, 8);
	m->version = column_text(got, row, 9);
}

/* The last step selects the model. */
static void
on_model(struct op *op, enum camp_err err)
{
	const PGresult *got = op->steps[op->n_steps - 1].result;
	struct db_model model;

	if (err == CAMP_OK && PQntuples(got) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK)
		model_read(&model, got, 0);
	op->cb.model(op->arg, err, err == CAMP_OK ? &model : NULL);
}

static struct op *
model_op(struct db *db, db_model_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_model);

	if (op != NULL) {
		op->cb.model = cb;
		op->arg = arg;
	}
	return op;
}

enum camp_err
db_model_put(struct db *db, const struct db_model_new *model, db_model_cb *cb, void *arg)
{
	struct op *op = model_op(db, cb, arg);

	op_step(op, &statement_model_insert);
	op_uuid(op, &model->model_id);
	op_bytes(op, model->sum, sizeof(model->sum));
	op_bytes(op, model->bytes, model->n_bytes);
	op_text(op, model->encoder);
	op_text(op, model->metadata_json);
	op_text(op, model->metrics_json);
	op_text(op, model->source);
	op_text(op, model->version);
	op_step(op, &statement_model_by_sum);
	op_bytes(op, model->sum, sizeof(model->sum));
	return op_submit(op);
}

enum camp_err
db_model_get(struct db *db, const struct uuid *model_id, db_model_cb *cb, void *arg)
{
	struct op *op = model_op(db, cb, arg);

	op_step(op, &statement_model_get);
	op_uuid(op, model_id);
	return op_submit(op);
}

enum camp_err
db_model_activate(struct db *db, const struct uuid *model_id, db_model_cb *cb, void *arg)
{
	struct op *op = model_op(db, cb, arg);

	op_step(op, &statement_model_activate);
	op_uuid(op, model_id);
	op_step(op, &statement_model_get);
	op_uuid(op, model_id);
	return op_submit(op);
}

static void
on_list(struct op *op, enum camp_err err)
{
	struct db_model models[MODELS_LISTED_MAX];
	int n = 0;

	if (err == CAMP_OK)
		n = PQntuples(op->steps[0].result);
	if (n > MODELS_LISTED_MAX)
		n = MODELS_LISTED_MAX;
	for (int i = 0; i < n; i++)
		model_read(&models[i], op->steps[0].result, i);
	op->cb.models(op->arg, err, n, err == CAMP_OK ? models : NULL);
}

enum camp_err
db_model_list(struct db *db, db_model_list_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_list);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.models = cb;
	op->arg = arg;
	op_step(op, &statement_model_list);
	return op_submit(op);
}

/* ---- waiting ---- */

enum camp_err
db_active_model_read(PGconn *conn, const uint8_t known[MODEL_SUM_BYTES],
		     struct db_active_model *out)
{
	char sum[2 * MODEL_SUM_BYTES + 1] = "";
	const char *values[] = {sum};
	PGresult *got;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	if (known != NULL)
		sodium_bin2hex(sum, sizeof(sum), known, MODEL_SUM_BYTES);
	err = db_exec(conn, "active_model_read",
		      "SELECT encode(m.sha256, 'hex'),"
		      "       CASE WHEN encode(m.sha256, 'hex') <> $1 THEN m.bytes END,"
		      "       m.version"
		      "  FROM active_model a JOIN model m ON m.model_id = a.model_id",
		      1, values, &got);
	if (err != CAMP_OK)
		return err;
	if (PQntuples(got) > 0) {
		size_t n;

		out->any = true;
		column_copy(got, 0, 2, out->version, sizeof(out->version));
		sodium_hex2bin(out->sum, sizeof(out->sum), PQgetvalue(got, 0, 0),
			       (size_t)PQgetlength(got, 0, 0), NULL, &n, NULL);
		if (!PQgetisnull(got, 0, 1)) {
			unsigned char *bytes =
				PQunescapeBytea((const unsigned char *)PQgetvalue(got, 0,
										  1),
						&n);

			out->bytes = bytes != NULL ? malloc(n) : NULL;
			if (out->bytes == NULL)
				err = CAMP_ERR_MEMORY;
			else
				memcpy(out->bytes, bytes, n);
			out->n_bytes = n;
			PQfreemem(bytes);
		}
	}
	PQclear(got);
	return err;
}

enum camp_err
db_model_store(PGconn *conn, const struct db_model_new *model, struct uuid *model_id)
{
	char id[UUID_TEXT_LEN + 1], sum[2 * MODEL_SUM_BYTES + 1];
	char *hex = malloc(2 * model->n_bytes + 1);
	const char *values[] = {id,
				sum,
				hex,
				model->encoder,
				model->metadata_json,
				model->metrics_json,
				model->source,
				model->version};
	PGresult *got = NULL;
	enum camp_err err;

	if (hex == NULL)
		return CAMP_ERR_MEMORY;
	uuid_format(&model->model_id, id);
	sodium_bin2hex(sum, sizeof(sum), model->sum, sizeof(model->sum));
	sodium_bin2hex(hex, 2 * model->n_bytes + 1, model->bytes, model->n_bytes);
	err = db_run(conn, "model_store",
		     MODEL_INSERT("decode($3::text, 'hex')", "decode($2::text, 'hex')"),
		     8, values);
	free(hex);
	values[0] = sum;
	if (err == CAMP_OK)
		err = db_exec(conn, "model_stored",
			      "SELECT model_id FROM model"
			      " WHERE sha256 = decode($1::text, 'hex')",
			      1, values, &got);
	if (err == CAMP_OK && PQntuples(got) == 0)
		err = CAMP_ERR_FAULT;
	if (err == CAMP_OK)
		*model_id = column_uuid(got, 0, 0);
	PQclear(got);
	return err;
}
