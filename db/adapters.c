#include <config.h>

#include "db/adapters.h"

#include "db/op.h"

const struct db_statement statement_adapter_in_use = {
	.name = "adapter_in_use",
	.sql = "SELECT state FROM person_adapter"
	       " WHERE participant_id = $1::uuid AND organisation_id = $3::uuid AND "
	       "in_use"
	       "   AND NOT EXISTS (SELECT FROM engagement e"
	       "                    WHERE e.participant_id = $1::uuid"
	       "                      AND e.session_id = $2::uuid)",
	.role = DB_APP,
	.key = 1,
	.binary = true,
};

const struct db_statement statement_adapter_get = {
	.name = "adapter_get",
	.sql = "SELECT state FROM person_adapter"
	       " WHERE participant_id = $1::uuid AND organisation_id = $2::uuid",
	.role = DB_APP,
	.key = 1,
	.binary = true,
};

/* From participant, so that nothing is stored of a person who was erased meanwhile. */
const struct db_statement statement_adapter_put = {
	.name = "adapter_put",
	.sql = "INSERT INTO person_adapter (participant_id, organisation_id,"
	       "  model_version, state, in_use, sessions, evidence)"
	       " SELECT p.participant_id, p.organisation_id, $3::text, $4::bytea,"
	       "        $5::boolean, $6::integer, $7::float8"
	       "   FROM participant p"
	       "  WHERE p.participant_id = $1::uuid AND p.organisation_id = $2::uuid"
	       " ON CONFLICT (participant_id) DO UPDATE"
	       "  SET model_version = excluded.model_version, state = excluded.state,"
	       "      in_use = excluded.in_use, sessions = excluded.sessions,"
	       "      evidence = excluded.evidence, updated_at = now()"
	       " RETURNING participant_id",
	.role = DB_APP,
	.key = 1,
};

void
adapter_step(struct op *op, const struct trial_owner *owner)
{
	op_step(op, &statement_adapter_in_use);
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->session_id);
	op_uuid(op, &owner->organisation_id);
}

struct db_adapter
adapter_read(const PGresult *result)
{
	if (PQntuples(result) == 0)
		return (struct db_adapter){0};
	return (struct db_adapter){(const uint8_t *)PQgetvalue(result, 0, 0),
				   (size_t)PQgetlength(result, 0, 0)};
}

static void
on_get(struct op *op, enum camp_err err)
{
	struct db_adapter adapter = {0};

	if (err == CAMP_OK)
		adapter = adapter_read(op->steps[1].result);
	op->cb.adapter(op->arg, err, err == CAMP_OK ? &adapter : NULL);
}

enum camp_err
db_adapter_get(struct db *db, const struct trial_owner *owner, db_adapter_cb *cb,
	       void *arg)
{
	struct op *op = op_new(db, DB_APP, on_get);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.adapter = cb;
	op->arg = arg;
	op_tenant(op, &owner->organisation_id);
	op_step(op, &statement_adapter_get);
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->organisation_id);
	return op_submit(op);
}

static void
on_put(struct op *op, enum camp_err err)
{
	if (err == CAMP_OK && PQntuples(op->steps[1].result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	op->cb.done(op->arg, err);
}

enum camp_err
db_adapter_put(struct db *db, const struct trial_owner *owner,
	       const struct db_adapter *adapter, const struct db_adapter_facts *facts,
	       db_done_cb *cb, void *arg)
{
	struct op *op;

	if (adapter->n > ADAPTER_BYTES_MAX)
		return CAMP_ERR_INVALID;
	op = op_new(db, DB_APP, on_put);
	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.done = cb;
	op->arg = arg;
	/* Erased between the statement's look and its check. */
	op_expect(op, "23503", CAMP_ERR_NOT_FOUND);
	op_tenant(op, &owner->organisation_id);
	op_step(op, &statement_adapter_put);
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->organisation_id);
	op_text(op, facts->model_version);
	op_bytes(op, adapter->state, adapter->n);
	op_text(op, facts->in_use ? "t" : "f");
	op_int(op, facts->sessions);
	op_real(op, facts->evidence);
	return op_submit(op);
}
