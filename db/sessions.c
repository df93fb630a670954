#include <config.h>

#include "db/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/cell.h"
#include "db/eeg_power.h"
#include "db/op.h"
#include "db/session_trials.h"

#define MISSING_MAX 16

/* ---- creation ---- */

/* Columns for start_read(). */
#define SESSION_START "seed, ability_start"

/* After SESSION_START: what the parameter "adaptive" was played with, device over plan.
 */
#define SESSION_ADAPTIVE \
	"coalesce(device -> 'parameters' ->> 'adaptive', parameters ->> 'adaptive')"

static struct db_session_start
start_read(const PGresult *result, int row, int column)
{
	struct db_session_start start = {
		.seed = (uint32_t)column_int(result, row, column)};
	struct db_ability *a = &start.ability;

	/* "{location,sd,slope,sd}"; four numbers by the table's rule, or null: empty. */
	if (sscanf(PQgetvalue(result, row, column + 1), "{%lf,%lf,%lf,%lf}", &a->location,
		   &a->location_sd, &a->slope, &a->slope_sd) != 4)
		*a = (struct db_ability){0};
	return start;
}

/* A repeat writes and returns the first request's rows (see participant_join). */
const struct db_statement statement_session_create = {
	.name = "session_create",
	.sql = "INSERT INTO session (participant_id, session_id, organisation_id, "
	       "cohort_id,"
	       "  task, task_version, seed, label, device, request_key, request_hash,"
	       "  request_no, phase, item, parameters, picked, programme_version,"
	       "  ability_start)"
	       " SELECT p.participant_id, u.id, p.organisation_id, p.cohort_id, $5::text,"
	       "        $6::smallint, u.seed, $7::text, $8::text::jsonb, $9::bytea,"
	       "        $10::bytea, u.no - 1, $11::text, $12::text, $13::text::jsonb,"
	       "        $14::text[], $15::integer, (SELECT ARRAY[a.location, "
	       "a.location_sd,"
	       "         a.slope, a.slope_sd] FROM ability a"
	       "          WHERE a.participant_id = $1::uuid AND a.task = $5::text"
	       "            AND a.task_version = $6::smallint)"
	       "   FROM participant p,"
	       "        unnest($3::uuid[], $4::bigint[]) WITH ORDINALITY u(id, seed, no)"
	       "  WHERE p.participant_id = $1::uuid AND p.organisation_id = $2::uuid"
	       " ON CONFLICT (participant_id, request_key, request_no) DO UPDATE"
	       "  SET request_hash = session.request_hash"
	       " RETURNING session_id, request_no, " SESSION_START
	       ", phase, item, parameters",
	.role = DB_APP,
	.key = 1,
};

/*
 * Undoes all when the key was used with another body: true becomes 1, false divides by
 * zero. As a statement of its own it also sees what a concurrent request committed.
 */
const struct db_statement statement_session_key_guard = {
	.name = "session_key_guard",
	.sql = "SELECT 1 / bool_and(request_hash = $3::bytea)::integer FROM session"
	       " WHERE participant_id = $1::uuid AND request_key = $2::bytea",
	.role = DB_APP,
	.key = 1,
};

static void
on_created(struct op *op, enum camp_err err)
{
	const PGresult *result = op->steps[1].result;
	struct uuid ids[SESSIONS_PER_REQUEST_MAX] = {0};
	struct db_session_start starts[SESSIONS_PER_REQUEST_MAX] = {0};
	int n = err == CAMP_OK ? PQntuples(result) : 0;

	if (err == CAMP_OK && n == 0)
		err = CAMP_ERR_NOT_FOUND;
	for (int i = 0; err == CAMP_OK && i < n; i++) {
		int64_t no = column_int(result, i, 1);

		if (no < 0 || no >= n || n > SESSIONS_PER_REQUEST_MAX) {
			err = CAMP_ERR_FAULT;
			break;
		}
		ids[no] = column_uuid(result, i, 0);
		starts[no] = start_read(result, i, 2);
		starts[no].phase = column_text(result, i, 4);
		starts[no].item = column_text(result, i, 5);
		starts[no].parameters_json = column_text(result, i, 6);
	}
	op->cb.created(op->arg, err, err == CAMP_OK ? n : 0, err == CAMP_OK ? ids : NULL,
		       err == CAMP_OK ? starts : NULL);
}

enum camp_err
db_sessions_create(struct db *db, const struct db_session_new *session,
		   db_sessions_created_cb *cb, void *arg)
{
	int64_t seeds[SESSIONS_PER_REQUEST_MAX];
	struct op *op = op_new(db, DB_APP, on_created);
	char version[16];

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.created = cb;
	op->arg = arg;
	for (int i = 0; i < session->n; i++)
		seeds[i] = session->seeds[i];
	snprintf(version, sizeof(version), "%d", session->programme_version);
	op_tenant(op, &session->organisation_id);
	op_step(op, &statement_session_create);
	op_uuid(op, &session->participant_id);
	op_uuid(op, &session->organisation_id);
	op_uuid_array(op, session->session_ids, session->n);
	op_int_array(op, seeds, session->n);
	op_text(op, session->task);
	op_int(op, session->task_version);
	op_text(op, session->label);
	op_text(op, session->device_json);
	op_bytes(op, session->key, sizeof(session->key));
	op_bytes(op, session->request_hash, sizeof(session->request_hash));
	op_text(op, session->phase);
	op_text(op, session->item);
	op_text(op, session->parameters_json);
	if (session->item)
		op_text_array(op, session->picked, session->n_picked);
	else
		op_text(op, NULL);
	op_text(op, session->item ? version : NULL);
	op_step(op, &statement_session_key_guard);
	op_uuid(op, &session->participant_id);
	op_bytes(op, session->key, sizeof(session->key));
	op_bytes(op, session->request_hash, sizeof(session->request_hash));
	op_expect(op, "22012", CAMP_ERR_KEY_REUSED);
	return op_submit(op);
}

/* ---- sealing ---- */

/*
 * Seals an open session whose cells hold trials 0 .. n - 1, or writes the same again to
 * one sealed at n. The sum counts the bits of each present mask below n.
 */
const struct db_statement statement_session_seal = {
	.name = "session_seal",
	.sql = "WITH sealed AS ("
	       " UPDATE session s SET state = 'complete', trials = $4::integer,"
	       "  completed_at = coalesce(s.completed_at, now()),"
	       "  device = coalesce($5::text::jsonb, s.device)"
	       " WHERE s.participant_id = $1::uuid AND s.session_id = $2::uuid"
	       "  AND s.organisation_id = $3::uuid"
	       "  AND CASE s.state WHEN 'complete' THEN s.trials = $4::integer ELSE"
	       "   (SELECT sum(bit_count((c.present::bigint"
	       "     & ((1::bigint << least(32, $4::integer - 32 * c.cell)) - "
	       "1))::bit(64)))"
	       "      FROM trial_cell c"
	       "     WHERE c.participant_id = $1::uuid AND c.session_id = $2::uuid"
	       "       AND c.cell < ($4::integer + 31) / 32) = $4::integer END"
	       " RETURNING s.completed_at)"
	       " SELECT completed_at <> now() FROM sealed",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_session_get = {
	.name = "session_get",
	.sql = "SELECT task, task_version, state, coalesce(trials, -1),"
	       "       coalesce((extract(epoch FROM completed_at) * 1000)::bigint, 0),"
	       "       coalesce(scorer_version, 0), coalesce(usable, false),"
	       "       coalesce(exclusion, '{}')::text, " SESSION_START
	       ", " SESSION_ADAPTIVE "  FROM session"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_session_cells = {
	.name = "session_cells",
	.sql = "SELECT " SESSION_CELL_COLUMNS "  FROM trial_cell"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid AND cell < ($4::integer + 31) / 32"
	       " ORDER BY cell",
	.role = DB_APP,
	.key = 1,
	.binary = true,
};

static uint32_t
read_u32(const char *data)
{
	const uint8_t *b = (const uint8_t *)data;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* One cell's mask, or 0 where there is no row; rows ascend and *row goes along. */
static uint32_t
present_of(const PGresult *result, int cell, int *row)
{
	while (*row < PQntuples(result) &&
	       (int)read_u32(PQgetvalue(result, *row, 0)) < cell)
		++*row;
	if (*row >= PQntuples(result) ||
	    (int)read_u32(PQgetvalue(result, *row, 0)) != cell)
		return 0;
	return read_u32(PQgetvalue(result, *row, 1));
}

/* The runs of trials below n that are in no cell. */
static int
missing_read(const PGresult *result, int n, struct db_seq_range out[MISSING_MAX])
{
	int row = 0, n_out = 0, from = -1;
	uint32_t present = 0;

	for (int seq = 0; seq <= n; seq++) {
		bool there;

		if (seq % TRIALS_PER_CELL == 0)
			present = present_of(result, seq / TRIALS_PER_CELL, &row);
		there = seq == n || (present >> (seq % TRIALS_PER_CELL) & 1) != 0;
		if (!there && from < 0)
			from = seq;
		if (there && from >= 0) {
			if (n_out == MISSING_MAX)
				return n_out;
			out[n_out++] = (struct db_seq_range){from, seq - 1};
			from = -1;
		}
	}
	return n_out;
}

/* What a session that was not sealed lacks. */
static enum camp_err
unsealed(const struct op *op, bool complete, struct db_seq_range missing[MISSING_MAX],
	 struct db_sealed *sealed)
{
	if (complete)
		return CAMP_ERR_SESSION_COMPLETE;
	sealed->n_missing = missing_read(op->steps[3].result, op->number, missing);
	sealed->missing = missing;
	/* They came in between the statements: whoever asks again finds them all. */
	return sealed->n_missing > 0 ? CAMP_ERR_TRIALS_MISSING : CAMP_ERR_BUSY;
}

static void
on_sealed(struct op *op, enum camp_err err)
{
	struct db_seq_range missing[MISSING_MAX];
	struct db_sealed sealed = {.n_trials = 0};
	struct eeg_power power = {0};
	struct trial *trials = NULL;
	const PGresult *got = op->steps[2].result;
	bool complete;

	if (err == CAMP_OK && PQntuples(got) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err != CAMP_OK) {
		op->cb.sealed(op->arg, err, NULL);
		return;
	}
	sealed.owner.organisation_id = op->id[0];
	sealed.owner.participant_id = op->id[1];
	sealed.owner.session_id = op->id[2];
	column_copy(got, 0, 0, sealed.owner.task, sizeof(sealed.owner.task));
	sealed.owner.task_version = (int16_t)column_int(got, 0, 1);
	complete = strcmp(PQgetvalue(got, 0, 2), "complete") == 0;
	sealed.completed_unix_ms = column_int(got, 0, 4);
	sealed.start = start_read(got, 0, 8);
	sealed.start.adaptive_set = column_text(got, 0, 10) != NULL;
	sealed.start.adaptive =
		sealed.start.adaptive_set && strcmp(column_text(got, 0, 10), "0") != 0;
	if (PQntuples(op->steps[1].result) == 0) {
		err = unsealed(op, complete, missing, &sealed);
	} else {
		sealed.already = column_bool(op->steps[1].result, 0, 0);
		err = session_trials_read(op->steps[3].result, op->number, &trials);
		sealed.n_trials = err == CAMP_OK ? op->number : 0;
		sealed.trials = trials;
		if (err == CAMP_OK)
			err = eeg_power_read(&power, op->steps[4].result,
					     op->steps[5].result);
		sealed.eeg = power.eeg;
		sealed.adapter = adapter_read(op->steps[6].result);
	}
	op->cb.sealed(op->arg, err,
		      err == CAMP_OK || err == CAMP_ERR_TRIALS_MISSING ||
				      err == CAMP_ERR_SESSION_COMPLETE
			      ? &sealed
			      : NULL);
	eeg_power_clear(&power);
	free(trials);
}

enum camp_err
db_session_seal(struct db *db, const struct uuid *organisation_id,
		const struct uuid *participant_id, const struct uuid *session_id,
		int n_trials, const char *device_json, db_sealed_cb *cb, void *arg)
{
	const struct trial_owner owner = {.organisation_id = *organisation_id,
					  .participant_id = *participant_id,
					  .session_id = *session_id};
	struct op *op = op_new(db, DB_APP, on_sealed);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.sealed = cb;
	op->arg = arg;
	op->id[0] = *organisation_id;
	op->id[1] = *participant_id;
	op->id[2] = *session_id;
	op->number = n_trials;
	op_tenant(op, organisation_id);
	op_step(op, &statement_session_seal);
	op_uuid(op, participant_id);
	op_uuid(op, session_id);
	op_uuid(op, organisation_id);
	op_int(op, n_trials);
	op_text(op, device_json);
	op_step(op, &statement_session_get);
	op_uuid(op, participant_id);
	op_uuid(op, session_id);
	op_uuid(op, organisation_id);
	op_step(op, &statement_session_cells);
	op_uuid(op, participant_id);
	op_uuid(op, session_id);
	op_uuid(op, organisation_id);
	op_int(op, n_trials);
	eeg_power_steps(op, &owner);
	adapter_step(op, &owner);
	return op_submit(op);
}
