/* The scores of complete sessions (db/sessions.h). */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"
#include "db/rollup_sql.h"
#include "db/sessions.h"

#define SCORES_MAX 64

/*
 * Sessions of one participant are scored one after the other: without this lock two that
 * finish together would each compute the day without the other.
 */
const struct db_statement statement_participant_lock = {
	.name = "participant_lock",
	.sql = "SELECT 1 FROM participant"
	       " WHERE participant_id = $1::uuid AND organisation_id = $2::uuid"
	       " FOR NO KEY UPDATE",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_session_scored = {
	.name = "session_scored",
	.sql = "UPDATE session SET scorer_version = $4::smallint, usable = $5::boolean,"
	       "  exclusion = $6::text::jsonb, threshold = $7::float8,"
	       "  threshold_sd = $8::float8"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid AND state = 'complete'"
	       " RETURNING session_id",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_score_delete = {
	.name = "score_delete",
	.sql = "DELETE FROM score WHERE participant_id = $1::uuid AND session_id = "
	       "$2::uuid"
	       "  AND organisation_id = $3::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_score_insert = {
	.name = "score_insert",
	.sql = "INSERT INTO score (participant_id, session_id, organisation_id, name, "
	       "unit,"
	       "  value, standard_error, n, raw_value, raw_standard_error, raw_n, "
	       "position)"
	       " SELECT s.participant_id, s.session_id, s.organisation_id, u.name, "
	       "u.unit,"
	       "        u.value, u.se, u.n, u.raw_value, u.raw_se, u.raw_n, u.no - 1"
	       "   FROM session s,"
	       "        unnest($4::text[], $5::text[], $6::float8[], $7::float8[],"
	       "         $8::integer[], $9::float8[], $10::float8[], $11::integer[])"
	       "        WITH ORDINALITY"
	       "        u(name, unit, value, se, n, raw_value, raw_se, raw_n, no)"
	       "  WHERE s.participant_id = $1::uuid AND s.session_id = $2::uuid"
	       "    AND s.organisation_id = $3::uuid AND s.state = 'complete'",
	.role = DB_APP,
	.key = 1,
};

/* Sessions may be completed in another order than they were made; the newest counts. */
const struct db_statement statement_ability_put = {
	.name = "ability_put",
	.sql = "INSERT INTO ability (participant_id, session_id, organisation_id, task,"
	       "  task_version, threshold, threshold_sd, settles_at, location,"
	       "  location_sd, slope, slope_sd)"
	       " SELECT s.participant_id, s.session_id, s.organisation_id, s.task,"
	       "        s.task_version, $4::float8, $5::float8, $6::float8, $7::float8,"
	       "        $8::float8, $9::float8, $10::float8"
	       "   FROM session s"
	       "  WHERE s.participant_id = $1::uuid AND s.session_id = $2::uuid"
	       "    AND s.organisation_id = $3::uuid AND s.state = 'complete'"
	       " ON CONFLICT (participant_id, task) DO UPDATE"
	       "  SET session_id = excluded.session_id,"
	       "      task_version = excluded.task_version,"
	       "      threshold = excluded.threshold,"
	       "      threshold_sd = excluded.threshold_sd,"
	       "      settles_at = excluded.settles_at, location = excluded.location,"
	       "      location_sd = excluded.location_sd, slope = excluded.slope,"
	       "      slope_sd = excluded.slope_sd"
	       "  WHERE ability.session_id <= excluded.session_id",
	.role = DB_APP,
	.key = 1,
};

/*
 * The day is that of the session's completion in UTC. Counts take every scored session,
 * means only usable ones where the score is defined.
 */
#define SESSION_DAY \
	"SELECT cohort_id, task, (completed_at AT TIME ZONE 'UTC')::date AS day" \
	"  FROM session" \
	" WHERE participant_id = $1::uuid AND session_id = $2::uuid" \
	"   AND organisation_id = $3::uuid AND state = 'complete'"

const struct db_statement statement_participant_day_put = {
	.name = "participant_day_put",
	.sql = "WITH k AS (" SESSION_DAY "), day_session AS ("
	       " SELECT s.session_id, s.trials, s.usable FROM session s, k"
	       "  WHERE s.participant_id = $1::uuid AND s.task = k.task"
	       "    AND s.scorer_version IS NOT NULL"
	       "    AND s.completed_at >= k.day::timestamp AT TIME ZONE 'UTC'"
	       "    AND s.completed_at < (k.day + 1)::timestamp AT TIME ZONE 'UTC'),"
	       " mean AS ("
	       " SELECT v.name, min(v.unit) AS unit, avg(v.value) AS mean, count(*) AS n"
	       "   FROM day_session d JOIN score v"
	       "     ON v.participant_id = $1::uuid AND v.session_id = d.session_id"
	       "  WHERE d.usable AND v.value IS NOT NULL GROUP BY v.name)"
	       " INSERT INTO participant_day (participant_id, day, task, organisation_id,"
	       "  cohort_id, sessions, trials, scores)"
	       " SELECT $1::uuid, k.day, k.task, $3::uuid, k.cohort_id,"
	       "        (SELECT count(*) FROM day_session),"
	       "        (SELECT coalesce(sum(trials), 0) FROM day_session),"
	       "        coalesce((SELECT jsonb_object_agg(name, jsonb_build_object("
	       "         'unit', unit, 'mean', mean, 'n', n)) FROM mean), '{}')"
	       "   FROM k"
	       " ON CONFLICT (participant_id, day, task) DO UPDATE"
	       "  SET sessions = excluded.sessions, trials = excluded.trials,"
	       "      scores = excluded.scores",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_participant_total_put = {
	.name = "participant_total_put",
	.sql = "WITH k AS (" SESSION_DAY ")"
	       " INSERT INTO participant_total (participant_id, task, organisation_id,"
	       "  cohort_id, sessions, trials, scores)"
	       " SELECT $1::uuid, k.task, $3::uuid, k.cohort_id, d.sessions, d.trials,"
	       "        coalesce((SELECT jsonb_object_agg(m.name, jsonb_build_object("
	       "         'unit', m.unit, 'mean', m.mean, 'n', m.n))"
	       "          FROM (" PARTICIPANT_MEANS(
		       "$1::uuid",
		       "k.task") ") m), '{}')"
				 "   FROM k CROSS JOIN LATERAL (SELECT sum(a.sessions) "
				 "AS sessions,"
				 "         sum(a.trials) AS trials FROM participant_day a"
				 "          WHERE a.participant_id = $1::uuid AND a.task "
				 "= k.task) d"
				 " ON CONFLICT (participant_id, task) DO UPDATE"
				 "  SET sessions = excluded.sessions, trials = "
				 "excluded.trials,"
				 "      scores = excluded.scores",
	.role = DB_APP,
	.key = 1,
};

/* In the same transaction, so that whoever takes the mark sees the day. */
const struct db_statement statement_rollup_mark = {
	.name = "rollup_mark",
	.sql = "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
	       "marked_at)"
	       " SELECT $3::uuid, k.cohort_id, k.day, k.task, now() FROM (" SESSION_DAY
	       ") k",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_score_values = {
	.name = "score_values",
	.sql = "SELECT name, unit, value, standard_error, n, raw_value, "
	       "raw_standard_error,"
	       "       raw_n"
	       "  FROM score"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid"
	       " ORDER BY position",
	.role = DB_APP,
	.key = 1,
};

static void
session_key(struct op *op, const struct trial_owner *owner)
{
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->session_id);
	op_uuid(op, &owner->organisation_id);
}

/* ---- storing ---- */

static void
on_put(struct op *op, enum camp_err err)
{
	if (err == CAMP_OK && PQntuples(op->steps[2].result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	op->cb.done(op->arg, err);
}

static void
bind_values(struct op *op, const struct db_score *score)
{
	const char *names[SCORES_MAX], *units[SCORES_MAX];
	double value[SCORES_MAX], se[SCORES_MAX], raw[SCORES_MAX], raw_se[SCORES_MAX];
	int64_t n[SCORES_MAX], raw_n[SCORES_MAX];

	for (int i = 0; i < score->n_values; i++) {
		const struct db_score_value *v = &score->values[i];

		names[i] = v->name;
		units[i] = v->unit;
		value[i] = v->value;
		se[i] = v->standard_error;
		n[i] = v->n;
		raw[i] = v->raw_value;
		raw_se[i] = v->raw_standard_error;
		raw_n[i] = v->raw_n;
	}
	op_text_array(op, names, score->n_values);
	op_text_array(op, units, score->n_values);
	op_real_array(op, value, score->n_values);
	op_real_array(op, se, score->n_values);
	op_int_array(op, n, score->n_values);
	op_real_array(op, raw, score->n_values);
	op_real_array(op, raw_se, score->n_values);
	op_int_array(op, raw_n, score->n_values);
}

static void
ability_put_step(struct op *op, const struct trial_owner *owner,
		 const struct db_ability *a)
{
	op_step(op, &statement_ability_put);
	session_key(op, owner);
	op_real(op, a->threshold);
	op_real(op, a->threshold_sd);
	op_real(op, a->settles_at);
	op_real(op, a->location);
	op_real(op, a->location_sd);
	op_real(op, a->slope);
	op_real(op, a->slope_sd);
}

enum camp_err
db_score_put(struct db *db, const struct db_score *score,
	     const struct db_forecast *forecast, db_done_cb *cb, void *arg)
{
	const struct trial_owner *owner = &score->owner;
	struct op *op;

	if (score->n_values > SCORES_MAX)
		return CAMP_ERR_FAULT;
	op = op_new(db, DB_APP, on_put);
	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.done = cb;
	op->arg = arg;
	op_tenant(op, &owner->organisation_id);
	op_step(op, &statement_participant_lock);
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->organisation_id);
	op_step(op, &statement_session_scored);
	session_key(op, owner);
	op_int(op, score->scorer_version);
	op_text(op, score->usable ? "t" : "f");
	op_text(op, score->exclusion_json);
	op_real(op, score->ability ? score->ability->threshold : NAN);
	op_real(op, score->ability ? score->ability->threshold_sd : NAN);
	op_step(op, &statement_score_delete);
	session_key(op, owner);
	op_step(op, &statement_score_insert);
	session_key(op, owner);
	bind_values(op, score);
	op_step(op, &statement_participant_day_put);
	session_key(op, owner);
	op_step(op, &statement_participant_total_put);
	session_key(op, owner);
	op_step(op, &statement_rollup_mark);
	session_key(op, owner);
	if (score->ability != NULL)
		ability_put_step(op, owner, score->ability);
	if (forecast != NULL)
		forecast_put_step(op, owner, forecast);
	return op_submit(op);
}

/* ---- reading ---- */

static void
values_read(const PGresult *result, struct db_score_value values[SCORES_MAX], int n)
{
	for (int i = 0; i < n; i++) {
		values[i].name = column_text(result, i, 0);
		values[i].unit = column_text(result, i, 1);
		values[i].value = column_real(result, i, 2);
		values[i].standard_error = column_real(result, i, 3);
		values[i].n = (int)column_int(result, i, 4);
		values[i].raw_value = column_real(result, i, 5);
		values[i].raw_standard_error = column_real(result, i, 6);
		values[i].raw_n = (int)column_int(result, i, 7);
	}
}

static void
on_score(struct op *op, enum camp_err err)
{
	const PGresult *got = op->steps[1].result;
	struct db_score_value values[SCORES_MAX];
	struct db_score score = {0};

	if (err == CAMP_OK && PQntuples(got) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK && strcmp(PQgetvalue(got, 0, 2), "complete") != 0)
		err = CAMP_ERR_SESSION_OPEN;
	if (err == CAMP_OK) {
		score.owner.organisation_id = op->id[0];
		score.owner.participant_id = op->id[1];
		score.owner.session_id = op->id[2];
		column_copy(got, 0, 0, score.owner.task, sizeof(score.owner.task));
		score.owner.task_version = (int16_t)column_int(got, 0, 1);
		score.trials = (int)column_int(got, 0, 3);
		score.completed_unix_ms = column_int(got, 0, 4);
		score.scorer_version = (int)column_int(got, 0, 5);
		score.usable = column_bool(got, 0, 6);
		score.exclusion_json = column_text(got, 0, 7);
		score.n_values = PQntuples(op->steps[2].result);
		if (score.n_values > SCORES_MAX)
			score.n_values = SCORES_MAX;
		values_read(op->steps[2].result, values, score.n_values);
		score.values = values;
	}
	op->cb.score(op->arg, err, err == CAMP_OK ? &score : NULL);
}

enum camp_err
db_score_get(struct db *db, const struct uuid *organisation_id,
	     const struct uuid *participant_id, const struct uuid *session_id,
	     db_score_cb *cb, void *arg)
{
	struct trial_owner owner = {.organisation_id = *organisation_id,
				    .participant_id = *participant_id,
				    .session_id = *session_id};
	struct op *op = op_new(db, DB_APP, on_score);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.score = cb;
	op->arg = arg;
	op->id[0] = *organisation_id;
	op->id[1] = *participant_id;
	op->id[2] = *session_id;
	op_tenant(op, organisation_id);
	op_step(op, &statement_session_get);
	session_key(op, &owner);
	op_step(op, &statement_score_values);
	session_key(op, &owner);
	return op_submit(op);
}
