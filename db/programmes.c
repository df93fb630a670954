#include <config.h>

#include "db/programmes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "db/conn.h"
#include "db/export.h"
#include "db/op.h"
#include "db/programmes_sql.h"

/* ---- what a plan is made of ---- */

const struct db_statement statement_plan_person = {
	.name = "plan_person",
	.sql = "SELECT coalesce(p.join_no, 0), p.arm,"
	       "       (extract(epoch FROM p.joined_at) * 1000)::bigint,"
	       "       array_to_string(c.tasks, ' '), coalesce(g.version, 0), g.document,"
	       "       coalesce(g.seed, 0)"
	       "  FROM participant p JOIN cohort c ON c.cohort_id = p.cohort_id"
	       "  LEFT JOIN LATERAL " PROGRAMME_NEWEST(
		       "p.cohort_id") " g ON true"
				      " WHERE p.participant_id = $1::uuid"
				      "   AND p.organisation_id = $2::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_plan_sessions = {
	.name = "plan_sessions",
	.sql = "SELECT session_id, task, item, coalesce(array_to_string(picked, ' '), "
	       "''),"
	       "       state = 'complete',"
	       "       coalesce((extract(epoch FROM completed_at) * 1000)::bigint, 0),"
	       "       coalesce(request_key = $3::bytea, false)"
	       "  FROM session"
	       " WHERE participant_id = $1::uuid AND organisation_id = $2::uuid"
	       "   AND (state = 'complete' OR item IS NOT NULL)"
	       " ORDER BY session_id",
	.role = DB_APP,
	.key = 1,
};

/* Abilities, and the precision that the primary scores of all usable sessions add up to.
 */
const struct db_statement statement_plan_known = {
	.name = "plan_known",
	.sql = "SELECT coalesce(a.task, s.task), coalesce(a.task_version, 0),"
	       "       a.location_sd, s.precision"
	       "  FROM (SELECT task, task_version, location_sd FROM ability"
	       "         WHERE participant_id = $1::uuid"
	       "           AND organisation_id = $2::uuid) a"
	       "  FULL JOIN"
	       "       (SELECT o.task, sum(c.standard_error ^ -2) AS precision"
	       "          FROM unnest($3::text[], $4::text[]) n(task, score)"
	       "          JOIN session o ON o.participant_id = $1::uuid"
	       "           AND o.task = n.task AND o.usable"
	       "          JOIN score c ON c.participant_id = $1::uuid"
	       "           AND c.session_id = o.session_id AND c.name = n.score"
	       "           AND c.standard_error > 0"
	       "         GROUP BY o.task) s ON s.task = a.task"
	       " ORDER BY 1",
	.role = DB_APP,
	.key = 1,
};

static struct db_plan_session *
sessions_read(const PGresult *result, struct db_plan *plan)
{
	int n = PQntuples(result);
	struct db_plan_session *rows = calloc((size_t)n + 1, sizeof(*rows));

	for (int i = 0; rows && i < n; i++) {
		rows[i].session_id = column_uuid(result, i, 0);
		rows[i].task = column_text(result, i, 1);
		rows[i].item = column_text(result, i, 2);
		rows[i].picked = column_text(result, i, 3);
		rows[i].complete = column_bool(result, i, 4);
		rows[i].completed_unix_ms = column_int(result, i, 5);
		plan->repeated = plan->repeated || column_bool(result, i, 6);
	}
	plan->n_sessions = n;
	return rows;
}

static struct db_plan_task *
known_read(const PGresult *result, struct db_plan *plan)
{
	int n = PQntuples(result);
	struct db_plan_task *rows = calloc((size_t)n + 1, sizeof(*rows));

	for (int i = 0; rows && i < n; i++) {
		rows[i].task = column_text(result, i, 0);
		rows[i].task_version = (int)column_int(result, i, 1);
		rows[i].location_sd = column_real(result, i, 2);
		rows[i].precision = column_real(result, i, 3);
	}
	plan->n_known = n;
	return rows;
}

static void
on_plan(struct op *op, enum camp_err err)
{
	const PGresult *person = op->steps[1].result;
	struct db_plan_session *sessions = NULL;
	struct db_plan_task *known = NULL;
	struct db_plan plan = {0};
	char *words = NULL;

	if (err == CAMP_OK && PQntuples(person) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		sessions = sessions_read(op->steps[2].result, &plan);
		known = known_read(op->steps[3].result, &plan);
		words = strdup(PQgetvalue(person, 0, 3));
		if (!sessions || !known || !words)
			err = CAMP_ERR_MEMORY;
	}
	if (err == CAMP_OK) {
		plan.join_no = (int)column_int(person, 0, 0);
		plan.arm = column_text(person, 0, 1);
		plan.joined_unix_ms = column_int(person, 0, 2);
		plan.n_tasks = words_split(words, plan.tasks, COHORT_TASKS_MAX);
		plan.version = (int)column_int(person, 0, 4);
		plan.document = column_text(person, 0, 5);
		plan.seed = (uint32_t)column_int(person, 0, 6);
		plan.sessions = sessions;
		plan.known = known;
	}
	op->cb.plan(op->arg, err, err == CAMP_OK ? &plan : NULL);
	free(sessions);
	free(known);
	free(words);
}

enum camp_err
db_plan_get(struct db *db, const struct uuid *organisation_id,
	    const struct uuid *participant_id, const char *const *tasks,
	    const char *const *scores, int n, const uint8_t *key, db_plan_cb *cb,
	    void *arg)
{
	struct op *op = op_new(db, DB_APP, on_plan);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.plan = cb;
	op->arg = arg;
	op_tenant(op, organisation_id);
	op_step(op, &statement_plan_person);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	op_step(op, &statement_plan_sessions);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	if (key)
		op_bytes(op, key, REQUEST_HASH_BYTES);
	else
		op_text(op, NULL);
	op_step(op, &statement_plan_known);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	op_text_array(op, tasks, n);
	op_text_array(op, scores, n);
	return op_submit(op);
}

/* ---- progress ---- */

const struct db_statement statement_progress_rows = {
	.name = "progress_rows",
	.sql = "SELECT r.session_id, r.task, r.phase,"
	       "       (extract(epoch FROM r.completed_at) * 1000)::bigint,"
	       "       r.scorer_version IS NOT NULL, coalesce(r.usable, false), c.name,"
	       "       c.unit, c.value, c.standard_error, r.threshold, r.threshold_sd,"
	       "       e.value, e.low, e.high, coalesce(c.n, 0)"
	       "  FROM (SELECT * FROM session"
	       "         WHERE participant_id = $1::uuid AND organisation_id = $2::uuid"
	       "           AND state = 'complete'"
	       "         ORDER BY completed_at DESC LIMIT 500) r"
	       "  LEFT JOIN unnest($3::text[], $4::text[]) n(task, score)"
	       "    ON n.task = r.task"
	       "  LEFT JOIN score c ON c.participant_id = $1::uuid"
	       "   AND c.session_id = r.session_id AND c.name = n.score"
	       "  LEFT JOIN engagement e ON e.participant_id = $1::uuid"
	       "   AND e.session_id = r.session_id"
	       " ORDER BY r.task, r.completed_at, r.session_id",
	.role = DB_APP,
	.key = 1,
};

static struct db_progress_row *
progress_read(const PGresult *result)
{
	int n = PQntuples(result);
	struct db_progress_row *rows = calloc((size_t)n + 1, sizeof(*rows));

	for (int i = 0; rows && i < n; i++) {
		struct db_progress_row *r = &rows[i];

		r->session_id = column_uuid(result, i, 0);
		r->task = column_text(result, i, 1);
		r->phase = column_text(result, i, 2);
		r->completed_unix_ms = column_int(result, i, 3);
		r->scored = column_bool(result, i, 4);
		r->usable = column_bool(result, i, 5);
		r->score = column_text(result, i, 6);
		r->unit = column_text(result, i, 7);
		r->value = column_real(result, i, 8);
		r->standard_error = column_real(result, i, 9);
		r->threshold = column_real(result, i, 10);
		r->threshold_sd = column_real(result, i, 11);
		r->engagement = column_real(result, i, 12);
		r->engagement_low = column_real(result, i, 13);
		r->engagement_high = column_real(result, i, 14);
		r->n = (int)column_int(result, i, 15);
	}
	return rows;
}

static void
on_progress(struct op *op, enum camp_err err)
{
	struct db_progress_row *rows = NULL;

	if (err == CAMP_OK && PQntuples(op->steps[1].result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		rows = progress_read(op->steps[2].result);
		err = rows ? CAMP_OK : CAMP_ERR_MEMORY;
	}
	op->cb.progress(op->arg, err, err == CAMP_OK ? PQntuples(op->steps[2].result) : 0,
			rows);
	free(rows);
}

enum camp_err
db_progress_get(struct db *db, const struct uuid *organisation_id,
		const struct uuid *participant_id, const char *const *tasks,
		const char *const *scores, int n, db_progress_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_progress);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.progress = cb;
	op->arg = arg;
	op_tenant(op, organisation_id);
	op_step(op, &statement_participant_get);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	op_step(op, &statement_progress_rows);
	op_uuid(op, participant_id);
	op_uuid(op, organisation_id);
	op_text_array(op, tasks, n);
	op_text_array(op, scores, n);
	return op_submit(op);
}

/* ---- the verbs ---- */

/* Joins wait until the transaction ends, so nobody misses an arm. */
static const char line_sql[] =
	"INSERT INTO join_counter (cohort_id, organisation_id, joined)"
	" SELECT cohort_id, organisation_id, 0 FROM cohort WHERE cohort_id = $1"
	" ON CONFLICT (cohort_id) DO UPDATE SET joined = join_counter.joined";

static const char insert_sql[] =
	"INSERT INTO programme (cohort_id, version, organisation_id, document, seed, "
	"block)"
	" SELECT c.cohort_id, coalesce((SELECT max(version) FROM programme"
	"   WHERE cohort_id = c.cohort_id), 0) + 1, c.organisation_id, $2, $3, $4::text[]"
	"  FROM cohort c WHERE c.cohort_id = $1 RETURNING version";

static const char deal_sql[] = "UPDATE participant p SET arm = " PROGRAMME_ARM(
	"p.join_no") " FROM " PROGRAMME_NEWEST("$1") " g"
						     " WHERE p.cohort_id = $1"
						     " AND p.join_no IS NOT NULL"
						     " AND cardinality(g.block) > 0"
						     " AND (p.arm IS NULL OR NOT "
						     "p.arm = ANY (g.block))";

enum camp_err
db_programme_put(PGconn *conn, const struct uuid *cohort_id,
		 const struct db_programme_new *programme, int *version)
{
	char id[UUID_TEXT_LEN + 1], seed[16];
	const char *values[] = {id, programme->document, seed, NULL};
	struct buffer block = {0};
	PGresult *result = NULL;
	enum camp_err err;

	/* Names of arms need no quotes in an array's text. */
	buffer_add_char(&block, '{');
	for (int i = 0; i < programme->n_block; i++)
		buffer_addf(&block, "%s%s", i ? "," : "", programme->block[i]);
	buffer_add(&block, "}", 2);
	uuid_format(cohort_id, id);
	snprintf(seed, sizeof(seed), "%u", (unsigned)programme->seed);
	values[3] = block.data;
	err = block.failed ? CAMP_ERR_MEMORY
			   : db_run(conn, "programme_line", line_sql, 1, values);
	if (err == CAMP_OK)
		err = db_exec(conn, "programme_insert", insert_sql, 4, values, &result);
	if (err == CAMP_OK && PQntuples(result) != 1)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK)
		*version = atoi(PQgetvalue(result, 0, 0));
	PQclear(result);
	if (err == CAMP_OK)
		err = db_run(conn, "programme_deal", deal_sql, 1, values);
	buffer_clear(&block);
	return err;
}

static enum camp_err
begin(PGconn *conn, const struct db_cohort_key *cohort)
{
	enum camp_err err = db_run(conn, "programme_begin", "BEGIN", 0, NULL);

	if (err == CAMP_OK)
		err = db_run(conn, "programme_role", "SET LOCAL ROLE camp_owner", 0,
			     NULL);
	if (err == CAMP_OK)
		err = db_enter_organisation(conn, &cohort->organisation_id);
	return err;
}

enum camp_err
db_programme_set(PGconn *conn, const struct db_cohort_key *cohort,
		 const struct db_programme_new *programme, int *version)
{
	enum camp_err err = begin(conn, cohort);

	if (err == CAMP_OK)
		err = db_programme_put(conn, &cohort->cohort_id, programme, version);
	return err == CAMP_OK ? db_run(conn, "programme_commit", "COMMIT", 0, NULL) : err;
}

static enum camp_err
show_arms(PGconn *conn, const char *id, struct db_programme_shown *out)
{
	PGresult *result;
	enum camp_err err = db_exec(conn, "programme_arms",
				    "SELECT coalesce(arm, ''), count(*) FROM participant"
				    " WHERE cohort_id = $1 GROUP BY arm ORDER BY arm",
				    1, &id, &result);

	if (err != CAMP_OK)
		return err;
	for (int i = 0; i < PQntuples(result) && i < DB_PROGRAMME_ARMS_MAX; i++) {
		snprintf(out->arms[i].name, sizeof(out->arms[i].name), "%s",
			 PQgetvalue(result, i, 0));
		out->arms[i].participants = atoi(PQgetvalue(result, i, 1));
		out->n_arms++;
	}
	PQclear(result);
	return CAMP_OK;
}

enum camp_err
db_programme_show(PGconn *conn, const struct db_cohort_key *cohort,
		  struct db_programme_shown *out)
{
	char id[UUID_TEXT_LEN + 1];
	const char *value = id;
	PGresult *result = NULL;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	uuid_format(&cohort->cohort_id, id);
	err = begin(conn, cohort);
	if (err == CAMP_OK)
		err = db_exec(conn, "programme_newest",
			      "SELECT version, document FROM " PROGRAMME_NEWEST(
				      "$1") " g",
			      1, &value, &result);
	if (err == CAMP_OK && PQntuples(result) == 1) {
		out->version = atoi(PQgetvalue(result, 0, 0));
		out->document = strdup(PQgetvalue(result, 0, 1));
		if (!out->document)
			err = CAMP_ERR_MEMORY;
	}
	PQclear(result);
	if (err == CAMP_OK)
		err = show_arms(conn, id, out);
	return err == CAMP_OK ? db_run(conn, "programme_end", "COMMIT", 0, NULL) : err;
}
