#include <config.h>

#include "db/cohorts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"

/* Asked on role camp_auth, which sees codes and hashes of all organisations. */
#define COHORT_COLUMNS \
	"SELECT c.cohort_id, c.organisation_id, c.name, o.name, c.demo, " \
	"c.consent_version," \
	"       c.consent_text::text, array_to_string(c.tasks, ' ')" \
	"  FROM cohort c JOIN organisation o ON o.organisation_id = c.organisation_id"

const struct db_statement statement_cohort_by_join_code = {
	.name = "cohort_by_join_code",
	.sql = COHORT_COLUMNS " WHERE c.join_code = $1::text",
	.role = DB_AUTH,
	.key = 1,
};

const struct db_statement statement_cohort_by_read_token = {
	.name = "cohort_by_read_token",
	.sql = COHORT_COLUMNS
	" WHERE c.cohort_id = $1::uuid AND c.read_token_hash = $2::bytea",
	.role = DB_AUTH,
	.key = 1,
};

static void
on_cohort(struct op *op, enum camp_err err)
{
	const PGresult *result = op->steps[0].result;
	struct db_cohort cohort = {0};
	char *words = NULL;

	if (err == CAMP_OK && PQntuples(result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		words = strdup(PQgetvalue(result, 0, 7));
		err = words == NULL ? CAMP_ERR_MEMORY : CAMP_OK;
	}
	if (err == CAMP_OK) {
		cohort.cohort_id = column_uuid(result, 0, 0);
		cohort.organisation_id = column_uuid(result, 0, 1);
		cohort.name = column_text(result, 0, 2);
		cohort.organisation_name = column_text(result, 0, 3);
		cohort.demo = column_bool(result, 0, 4);
		cohort.consent_version = (int)column_int(result, 0, 5);
		cohort.consent_json = column_text(result, 0, 6);
		cohort.n_tasks = words_split(words, cohort.tasks, COHORT_TASKS_MAX);
	}
	op->cb.cohort(op->arg, err, err == CAMP_OK ? &cohort : NULL);
	free(words);
}

static struct op *
cohort_op(struct db *db, const struct db_statement *statement, db_cohort_cb *cb,
	  void *arg)
{
	struct op *op = op_new(db, DB_AUTH, on_cohort);

	if (op != NULL) {
		op->cb.cohort = cb;
		op->arg = arg;
		op_step(op, statement);
	}
	return op;
}

enum camp_err
db_cohort_by_join_code(struct db *db, const char *code, db_cohort_cb *cb, void *arg)
{
	struct op *op = cohort_op(db, &statement_cohort_by_join_code, cb, arg);

	op_text(op, code);
	return op_submit(op);
}

enum camp_err
db_cohort_by_read_token(struct db *db, const struct uuid *cohort_id,
			const uint8_t hash[TOKEN_HASH_BYTES], db_cohort_cb *cb, void *arg)
{
	struct op *op = cohort_op(db, &statement_cohort_by_read_token, cb, arg);

	op_uuid(op, cohort_id);
	op_bytes(op, hash, TOKEN_HASH_BYTES);
	return op_submit(op);
}

/* ---- aggregates ---- */

const struct db_statement statement_engagement_as_of = {
	.name = "engagement_as_of",
	.sql = "SELECT (extract(epoch FROM coalesce(min(marked_at), now())) * "
	       "1000)::bigint"
	       "  FROM rollup_dirty"
	       " WHERE cohort_id = $1::uuid AND organisation_id = $2::uuid",
	.role = DB_APP,
	.key = 1,
};

/* All days are the day -infinity, which sorts first. */
const struct db_statement statement_engagement_rows = {
	.name = "engagement_rows",
	.sql = "SELECT task, CASE WHEN isfinite(day) THEN day::text ELSE '' END,"
	       "       participants, sessions, trials"
	       "  FROM cohort_rollup"
	       " WHERE cohort_id = $1::uuid AND organisation_id = $2::uuid"
	       "   AND participants > 0"
	       " ORDER BY cohort_rollup.day, task",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_engagement_scores = {
	.name = "engagement_scores",
	.sql = "SELECT r.task, CASE WHEN isfinite(r.day) THEN r.day::text ELSE '' END,"
	       "       s.key, s.value ->> 'unit', s.value ->> 'participants',"
	       "       s.value ->> 'mean', s.value ->> 'sd'"
	       "  FROM cohort_rollup r CROSS JOIN LATERAL jsonb_each(r.scores) s"
	       " WHERE r.cohort_id = $1::uuid AND r.organisation_id = $2::uuid"
	       "   AND r.participants > 0"
	       " ORDER BY r.day, r.task, s.key",
	.role = DB_APP,
	.key = 1,
};

static struct db_rollup_row *
rows_read(const PGresult *result, int *n)
{
	struct db_rollup_row *rows;

	*n = PQntuples(result);
	rows = calloc((size_t)*n + 1, sizeof(*rows));
	for (int i = 0; rows != NULL && i < *n; i++) {
		column_copy(result, i, 0, rows[i].task, sizeof(rows[i].task));
		column_copy(result, i, 1, rows[i].day, sizeof(rows[i].day));
		rows[i].participants = (int)column_int(result, i, 2);
		rows[i].sessions = (int)column_int(result, i, 3);
		rows[i].trials = column_int(result, i, 4);
	}
	return rows;
}

static struct db_rollup_score *
scores_read(const PGresult *result, int *n)
{
	struct db_rollup_score *scores;

	*n = PQntuples(result);
	scores = calloc((size_t)*n + 1, sizeof(*scores));
	for (int i = 0; scores != NULL && i < *n; i++) {
		column_copy(result, i, 0, scores[i].task, sizeof(scores[i].task));
		column_copy(result, i, 1, scores[i].day, sizeof(scores[i].day));
		column_copy(result, i, 2, scores[i].name, sizeof(scores[i].name));
		column_copy(result, i, 3, scores[i].unit, sizeof(scores[i].unit));
		scores[i].participants = (int)column_int(result, i, 4);
		scores[i].mean = column_real(result, i, 5);
		scores[i].sd = column_real(result, i, 6);
	}
	return scores;
}

static void
on_engagement(struct op *op, enum camp_err err)
{
	struct db_engagement engagement = {0};
	struct db_rollup_row *rows = NULL;
	struct db_rollup_score *scores = NULL;

	if (err == CAMP_OK) {
		engagement.as_of_unix_ms = column_int(op->steps[1].result, 0, 0);
		rows = rows_read(op->steps[2].result, &engagement.n_rows);
		scores = scores_read(op->steps[3].result, &engagement.n_scores);
		engagement.rows = rows;
		engagement.scores = scores;
		if (rows == NULL || scores == NULL)
			err = CAMP_ERR_MEMORY;
	}
	op->cb.engagement(op->arg, err, err == CAMP_OK ? &engagement : NULL);
	free(rows);
	free(scores);
}

enum camp_err
db_cohort_engagement(struct db *db, const struct uuid *organisation_id,
		     const struct uuid *cohort_id, db_engagement_cb *cb, void *arg)
{
	static const struct db_statement *const steps[] = {&statement_engagement_as_of,
							   &statement_engagement_rows,
							   &statement_engagement_scores};
	struct op *op = op_new(db, DB_APP, on_engagement);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.engagement = cb;
	op->arg = arg;
	op_tenant(op, organisation_id);
	for (size_t i = 0; i < 3; i++) {
		op_step(op, steps[i]);
		op_uuid(op, cohort_id);
		op_uuid(op, organisation_id);
	}
	return op_submit(op);
}
