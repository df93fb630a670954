#include <config.h>

#include "db/participants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"
#include "db/programmes_sql.h"

/*
 * Joins of a cohort stand in line for its row until they commit: the next one sees the
 * number that this one took, or that it was given back. A statement of its own, as the
 * next must see what those before it in the line committed.
 */
const struct db_statement statement_join_line = {
	.name = "join_line",
	.sql = "INSERT INTO join_counter (cohort_id, organisation_id, joined)"
	       " VALUES ($1::uuid, $2::uuid, 0)"
	       " ON CONFLICT (cohort_id) DO UPDATE SET joined = join_counter.joined",
	.role = DB_APP,
	.key = 1,
};

/*
 * The conflict updates, though nothing changes, so that a repeat writes too: the commit
 * of a transaction that wrote nothing does not wait for the standby, and would
 * acknowledge what only this server has. now() is the transaction's time, so it tells
 * whose row this is.
 */
const struct db_statement statement_participant_join = {
	.name = "participant_join",
	.sql = "WITH joined AS ("
	       " INSERT INTO participant (participant_id, organisation_id, cohort_id,"
	       "  request_hash, pseudonym, age_band, language, join_no, arm)"
	       " SELECT $1::uuid, $2::uuid, $3::uuid, $4::bytea, $5::text, $6::text,"
	       "  $7::text, n.no, " PROGRAMME_ARM(
		       "n.no") "  FROM (SELECT joined + 1 AS no FROM join_counter"
			       "         WHERE cohort_id = $3::uuid) n"
			       "  LEFT JOIN LATERAL " PROGRAMME_NEWEST(
				       "$3::uuid") " g ON true"
						   " ON CONFLICT (participant_id) DO "
						   "UPDATE"
						   "  SET request_hash = "
						   "participant.request_hash"
						   " RETURNING participant_id, "
						   "request_hash, joined_at)"
						   " SELECT request_hash = $4::bytea, "
						   "joined_at <> now(),"
						   "        joined_at < now() - interval "
						   "'1 day' FROM joined"
						   "  WHERE participant_id = $1::uuid",
	.role = DB_APP,
	.key = 1,
};

/* Who was there before has an older number, so a repeat takes none. */
const struct db_statement statement_join_counted = {
	.name = "join_counted",
	.sql = "UPDATE join_counter c SET joined = c.joined + 1"
	       " WHERE c.cohort_id = $2::uuid AND EXISTS (SELECT FROM participant"
	       "  WHERE participant_id = $1::uuid AND join_no = c.joined + 1)",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_participant_consent = {
	.name = "participant_consent",
	.sql = "INSERT INTO consent (participant_id, version, organisation_id, language)"
	       " SELECT $1::uuid, $2::integer, $3::uuid, $4::text FROM participant"
	       "  WHERE participant_id = $1::uuid AND request_hash = $5::bytea"
	       " ON CONFLICT DO NOTHING",
	.role = DB_APP,
	.key = 1,
};

static void
on_joined(struct op *op, enum camp_err err)
{
	const PGresult *result = op->steps[2].result;
	bool repeated = false;

	if (err == CAMP_OK && PQntuples(result) != 1)
		err = CAMP_ERR_FAULT;
	if (err == CAMP_OK) {
		repeated = column_bool(result, 0, 1);
		if (!column_bool(result, 0, 0))
			err = CAMP_ERR_KEY_REUSED;
		else if (column_bool(result, 0, 2))
			err = CAMP_ERR_KEY_EXPIRED;
	}
	op->cb.join(op->arg, err, err == CAMP_OK && repeated);
}

enum camp_err
db_participant_join(struct db *db, const struct db_join *join, db_join_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_joined);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.join = cb;
	op->arg = arg;
	op_tenant(op, &join->organisation_id);
	op_step(op, &statement_join_line);
	op_uuid(op, &join->cohort_id);
	op_uuid(op, &join->organisation_id);
	op_step(op, &statement_participant_join);
	op_uuid(op, &join->participant_id);
	op_uuid(op, &join->organisation_id);
	op_uuid(op, &join->cohort_id);
	op_bytes(op, join->request_hash, REQUEST_HASH_BYTES);
	op_text(op, join->pseudonym);
	op_text(op, join->age_band);
	op_text(op, join->language);
	op_step(op, &statement_join_counted);
	op_uuid(op, &join->participant_id);
	op_uuid(op, &join->cohort_id);
	op_step(op, &statement_participant_consent);
	op_uuid(op, &join->participant_id);
	op_int(op, join->consent_version);
	op_uuid(op, &join->organisation_id);
	op_text(op, join->language);
	op_bytes(op, join->request_hash, REQUEST_HASH_BYTES);
	op_expect(op, "23503", CAMP_ERR_NOT_FOUND); /* the cohort is gone */
	return op_submit(op);
}

/* ---- what one may read of oneself ---- */

const struct db_statement statement_participant_get = {
	.name = "participant_get",
	.sql = "SELECT p.cohort_id, c.name, o.name, p.pseudonym,"
	       "       coalesce((SELECT max(v.version) FROM consent v"
	       "                  WHERE v.participant_id = $1::uuid), 0),"
	       "       (extract(epoch FROM p.joined_at) * 1000)::bigint,"
	       "       array_to_string(c.tasks, ' ')"
	       "  FROM participant p"
	       "  JOIN cohort c ON c.cohort_id = p.cohort_id"
	       "  JOIN organisation o ON o.organisation_id = p.organisation_id"
	       " WHERE p.participant_id = $1::uuid AND p.organisation_id = $2::uuid",
	.role = DB_APP,
	.key = 1,
};

/* Ids are UUIDv7: the key's order is the order of creation. */
const struct db_statement statement_participant_sessions = {
	.name = "participant_sessions",
	.sql = "SELECT session_id, task, task_version, label, state, coalesce(trials, "
	       "-1),"
	       "       (extract(epoch FROM created_at) * 1000)::bigint,"
	       "       coalesce((extract(epoch FROM completed_at) * 1000)::bigint, 0)"
	       "  FROM session"
	       " WHERE participant_id = $1::uuid AND organisation_id = $2::uuid"
	       " ORDER BY session_id DESC LIMIT 50",
	.role = DB_APP,
	.key = 1,
};

static struct db_session_row *
sessions_read(const PGresult *result, int *n)
{
	struct db_session_row *rows;

	*n = PQntuples(result);
	rows = calloc((size_t)*n + 1, sizeof(*rows));
	for (int i = 0; rows != NULL && i < *n; i++) {
		rows[i].session_id = column_uuid(result, i, 0);
		column_copy(result, i, 1, rows[i].task, sizeof(rows[i].task));
		rows[i].task_version = (int)column_int(result, i, 2);
		rows[i].label = column_text(result, i, 3);
		rows[i].complete = strcmp(PQgetvalue(result, i, 4), "complete") == 0;
		rows[i].trials = (int)column_int(result, i, 5);
		rows[i].created_unix_ms = column_int(result, i, 6);
		rows[i].completed_unix_ms = column_int(result, i, 7);
	}
	return rows;
}

static void
on_me(struct op *op, enum camp_err err)
{
	const PGresult *result = op->steps[1].result;
	struct db_me me = {.participant_id = op->id[0]};
	struct db_session_row *sessions = NULL;
	char *words = NULL;

	if (err == CAMP_OK && PQntuples(result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		sessions = sessions_read(op->steps[2].result, &me.n_sessions);
		words = strdup(PQgetvalue(result, 0, 6));
		if (sessions == NULL || words == NULL)
			err = CAMP_ERR_MEMORY;
	}
	if (err == CAMP_OK) {
		me.cohort_id = column_uuid(result, 0, 0);
		me.cohort_name = column_text(result, 0, 1);
		me.organisation_name = column_text(result, 0, 2);
		me.pseudonym = column_text(result, 0, 3);
		me.consent_version = (int)column_int(result, 0, 4);
		me.joined_unix_ms = column_int(result, 0, 5);
		me.n_tasks = words_split(words, me.tasks, 32);
		me.sessions = sessions;
	}
	op->cb.me(op->arg, err, err == CAMP_OK ? &me : NULL);
	free(sessions);
	free(words);
}

enum camp_err
db_participant_get(struct db *db, const struct uuid *organisation_id,
		   const struct uuid *participant_id, db_me_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_me);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.me = cb;
	op->arg = arg;
	op->id[0] = *participant_id;
	op_tenant(op, organisation_id);
	op_step(op, &statement_participant_get);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	op_step(op, &statement_participant_sessions);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	return op_submit(op);
}
