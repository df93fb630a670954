#include "db/seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "db/cell.h"
#include "db/conn.h"
#include "db/partitions.h"
#include "db/programmes_sql.h"
#include "db/rollup.h"

/* Any constant, as long as nothing else locks it. */
#define SEED_LOCK "7164211870"

struct db_seeder {
	PGconn *conn;
	char *conninfo;
	struct uuid organisation_id;
	int sent; /* results that the pipeline owes */
	bool failed;
	struct buffer cell;
};

enum statement { PERSON, CONSENT, SESSION, CELL, SCORE, STATEMENTS };

static const struct {
	const char *name, *sql;
} statements[STATEMENTS] = {
	[PERSON] = {"seed_person",
		    "INSERT INTO participant (participant_id, organisation_id, cohort_id,"
		    " pseudonym, age_band, language, request_hash, joined_at, join_no,"
		    " arm)"
		    " SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text,"
		    " decode(md5($1::uuid::text), 'hex'),"
		    " to_timestamp($7::float8 / 1000), $8::integer, " PROGRAMME_ARM(
			    "$8::integer") " FROM (VALUES (1)) v LEFT JOIN "
					   "LATERAL " PROGRAMME_NEWEST(
						   "$3::uuid") " g ON "
							       "true"},
	[CONSENT] =
		{"seed_consent",
		 "INSERT INTO consent (participant_id, organisation_id, version, "
		 "language,"
		 " given_at) VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))"},
	[SESSION] =
		{"seed_session",
		 "INSERT INTO session (participant_id, session_id, organisation_id,"
		 " cohort_id, task, task_version, seed, device, request_key, "
		 "request_hash,"
		 " request_no, state, trials, created_at, completed_at, scorer_version,"
		 " usable, exclusion, phase, item, picked)"
		 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, decode(md5($2::uuid::text), "
		 "'hex'),"
		 " decode(md5($2::uuid::text), 'hex'), 0, 'complete', $9,"
		 " to_timestamp($10::float8 / 1000), to_timestamp($11::float8 / 1000),"
		 " $12, $13, $14, $15, $16, string_to_array($17, ' '))"},
	/* its 17 parameters are added where it is prepared */
	[CELL] = {"seed_cell", NULL},
	[SCORE] = {"seed_score",
		   "INSERT INTO score (participant_id, session_id, name, "
		   "organisation_id, unit,"
		   " value, standard_error, n, raw_value, raw_standard_error, raw_n, "
		   "position)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"},
};

/* As db/sessions.c computes it after each session, here for a whole cohort. */
static const char days_sql[] =
	"INSERT INTO participant_day (participant_id, day, task, organisation_id, "
	"cohort_id,"
	" sessions, trials, scores)"
	" SELECT s.participant_id, d.day, s.task, s.organisation_id, s.cohort_id, "
	"count(*),"
	"  sum(s.trials), coalesce((SELECT jsonb_object_agg(v.name, jsonb_build_object("
	"    'unit', v.unit, 'mean', v.mean, 'n', v.n))"
	"   FROM (SELECT c.name, min(c.unit) AS unit, avg(c.value) AS mean, count(*) AS n"
	"           FROM session o JOIN score c USING (participant_id, session_id)"
	"          WHERE o.participant_id = s.participant_id AND o.task = s.task AND "
	"o.usable"
	"            AND o.completed_at >= (d.day::timestamp AT TIME ZONE 'UTC')"
	"            AND o.completed_at < ((d.day + 1)::timestamp AT TIME ZONE 'UTC')"
	"            AND c.value IS NOT NULL GROUP BY c.name) v), '{}'::jsonb)"
	" FROM session s CROSS JOIN LATERAL"
	"  (SELECT (s.completed_at AT TIME ZONE 'UTC')::date AS day) d"
	" WHERE s.cohort_id = $1 AND s.state = 'complete' AND s.scorer_version IS NOT "
	"NULL"
	" GROUP BY s.participant_id, d.day, s.task, s.organisation_id, s.cohort_id";

static const char marks_sql[] =
	"INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, marked_at)"
	" SELECT DISTINCT organisation_id, cohort_id, day, task, now()"
	" FROM participant_day WHERE cohort_id = $1";

static const char counter_sql[] =
	"INSERT INTO join_counter (cohort_id, organisation_id, joined)"
	" SELECT cohort_id, organisation_id, max(join_no) FROM participant"
	"  WHERE cohort_id = $1 GROUP BY cohort_id, organisation_id"
	" ON CONFLICT (cohort_id) DO UPDATE SET joined = excluded.joined";

static enum camp_err
begin(PGconn *conn)
{
	enum camp_err err = db_run(conn, "seed_begin", "BEGIN", 0, NULL);

	if (err == CAMP_OK)
		err = db_run(conn, "seed_lock",
			     "SELECT pg_advisory_xact_lock(" SEED_LOCK ")", 0, NULL);
	if (err == CAMP_OK)
		err = db_run(conn, "seed_role", "SET LOCAL ROLE camp_owner", 0, NULL);
	return err;
}

enum camp_err
db_seed_open(struct db_seeder **out, const char *conninfo, const struct db_task *tasks,
	     int n_tasks, int64_t from_unix_ms, int64_t to_unix_ms, char *why,
	     size_t why_size)
{
	struct db_seeder *seeder = calloc(1, sizeof(*seeder));
	enum camp_err err = CAMP_ERR_MEMORY;

	*out = NULL;
	snprintf(why, why_size, "%s", camp_err_title(CAMP_ERR_MEMORY));
	if (seeder)
		seeder->conninfo = strdup(conninfo);
	if (seeder && seeder->conninfo)
		err = db_conn_open(&seeder->conn, conninfo, DB_LOGIN, why, why_size);
	for (int i = 0; err == CAMP_OK && i < n_tasks; i++)
		err = db_task_register(seeder->conn, &tasks[i], why, why_size);
	if (err == CAMP_OK) {
		err = db_partitions_ensure(seeder->conn, from_unix_ms, to_unix_ms);
		if (err == CAMP_OK)
			err = begin(seeder->conn);
		if (err != CAMP_OK)
			snprintf(why, why_size, "%s", camp_err_title(err));
	}
	if (err != CAMP_OK) {
		db_seed_close(seeder);
		return err;
	}
	*out = seeder;
	return CAMP_OK;
}

enum camp_err
db_seed_commit(struct db_seeder *seeder)
{
	enum camp_err err = db_run(seeder->conn, "seed_commit", "COMMIT", 0, NULL);
	char why[256];
	PGconn *app;

	if (err != CAMP_OK)
		return err;
	err = db_conn_open(&app, seeder->conninfo, DB_APP, why, sizeof(why));
	if (err == CAMP_OK)
		err = db_rollup_drain(app, NULL);
	PQfinish(app);
	return err;
}

void
db_seed_close(struct db_seeder *seeder)
{
	if (!seeder)
		return;
	PQfinish(seeder->conn);
	buffer_clear(&seeder->cell);
	free(seeder->conninfo);
	free(seeder);
}

/* Looking across organisations is what only camp_auth may do. */
static enum camp_err
look_up(struct db_seeder *seeder, const char *name, const char *sql, int n,
	const char *const *values, PGresult **out)
{
	enum camp_err err =
		db_run(seeder->conn, "seed_auth", "SET LOCAL ROLE camp_auth", 0, NULL);

	*out = NULL;
	if (err == CAMP_OK)
		err = db_exec(seeder->conn, name, sql, n, values, out);
	if (err == CAMP_OK)
		err = db_run(seeder->conn, "seed_role", "SET LOCAL ROLE camp_owner", 0,
			     NULL);
	if (err == CAMP_OK && PQntuples(*out) == 0)
		err = CAMP_ERR_NOT_FOUND;
	return err;
}

/* "\x0a1b...", as PostgreSQL writes bytea. */
static bool
read_bytes(uint8_t *out, size_t n, const char *text)
{
	if (strlen(text) != 2 + 2 * n || text[0] != '\\' || text[1] != 'x')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		if (sscanf(text + 2 + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

enum camp_err
db_seed_find_demo(struct db_seeder *seeder, struct db_demo *out)
{
	PGresult *result;
	enum camp_err err;

	err = look_up(seeder, "seed_find_demo",
		      "SELECT cohort_id, organisation_id, join_code, read_token_hash "
		      "FROM cohort"
		      " WHERE demo ORDER BY cohort_id LIMIT 1",
		      0, NULL, &result);
	if (err == CAMP_OK) {
		const char *code = PQgetvalue(result, 0, 2);

		if (!uuid_parse(&out->cohort_id, PQgetvalue(result, 0, 0),
				UUID_TEXT_LEN) ||
		    !uuid_parse(&out->organisation_id, PQgetvalue(result, 0, 1),
				UUID_TEXT_LEN) ||
		    strlen(code) != JOIN_CODE_LEN ||
		    !read_bytes(out->read_token_hash, TOKEN_HASH_BYTES,
				PQgetvalue(result, 0, 3)))
			err = CAMP_ERR_FAULT;
		else
			memcpy(out->join_code, code, JOIN_CODE_LEN + 1);
	}
	PQclear(result);
	return err;
}

enum camp_err
db_seed_find_organisation(struct db_seeder *seeder, const char *name, struct uuid *out)
{
	PGresult *result;
	enum camp_err err;

	err = look_up(seeder, "seed_find_organisation",
		      "SELECT organisation_id FROM organisation WHERE name = $1"
		      " ORDER BY organisation_id LIMIT 1",
		      1, &name, &result);
	if (err == CAMP_OK && !uuid_parse(out, PQgetvalue(result, 0, 0), UUID_TEXT_LEN))
		err = CAMP_ERR_FAULT;
	PQclear(result);
	return err;
}

enum camp_err
db_seed_enter(struct db_seeder *seeder, const struct uuid *organisation_id)
{
	char id[UUID_TEXT_LEN + 1];
	const char *value = id;

	seeder->organisation_id = *organisation_id;
	uuid_format(organisation_id, id);
	return db_run(seeder->conn, "seed_enter",
		      "SELECT set_config('app.org', $1, true)", 1, &value);
}

enum camp_err
db_seed_organisation(struct db_seeder *seeder, const struct uuid *organisation_id,
		     const char *name)
{
	char id[UUID_TEXT_LEN + 1];
	const char *values[] = {id, name};

	uuid_format(organisation_id, id);
	return db_run(seeder->conn, "seed_organisation",
		      "INSERT INTO organisation (organisation_id, name) VALUES ($1, $2)",
		      2, values);
}

static void
format_bytes(char *out, const uint8_t *bytes, size_t n)
{
	out += sprintf(out, "\\x");
	for (size_t i = 0; i < n; i++)
		out += sprintf(out, "%02x", bytes[i]);
}

enum camp_err
db_seed_cohort(struct db_seeder *seeder, const struct db_cohort_new *cohort)
{
	char id[UUID_TEXT_LEN + 1], organisation[UUID_TEXT_LEN + 1], version[16],
		created[24];
	char hash[2 * TOKEN_HASH_BYTES + 3];
	struct buffer tasks = {0};
	enum camp_err err = CAMP_ERR_MEMORY;

	/* Names of tasks need no quotes in an array's text. */
	for (int i = 0; i < cohort->n_tasks; i++)
		buffer_addf(&tasks, "%c%s", i == 0 ? '{' : ',', cohort->tasks[i]);
	buffer_add(&tasks, "}", 2);
	uuid_format(&cohort->cohort_id, id);
	uuid_format(&cohort->organisation_id, organisation);
	format_bytes(hash, cohort->read_token_hash, TOKEN_HASH_BYTES);
	snprintf(version, sizeof(version), "%d", cohort->consent_version);
	snprintf(created, sizeof(created), "%lld", (long long)cohort->created_unix_ms);
	if (!tasks.failed) {
		const char *values[] = {id,
					organisation,
					cohort->name,
					cohort->join_code,
					hash,
					version,
					cohort->consent_json,
					tasks.data,
					cohort->demo ? "t" : "f",
					created};

		err = db_run(
			seeder->conn, "seed_cohort",
			"INSERT INTO cohort (cohort_id, organisation_id, name, join_code,"
			" read_token_hash, consent_version, consent_text, tasks, demo,"
			" created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
			" to_timestamp($10::float8 / 1000))",
			10, values);
	}
	buffer_clear(&tasks);
	return err;
}

enum camp_err
db_seed_read_token(struct db_seeder *seeder, const struct uuid *cohort_id,
		   const uint8_t hash[TOKEN_HASH_BYTES])
{
	char id[UUID_TEXT_LEN + 1], text[2 * TOKEN_HASH_BYTES + 3];
	const char *values[] = {id, text};

	uuid_format(cohort_id, id);
	format_bytes(text, hash, TOKEN_HASH_BYTES);
	return db_run(seeder->conn, "seed_read_token",
		      "UPDATE cohort SET read_token_hash = $2 WHERE cohort_id = $1", 2,
		      values);
}

enum camp_err
db_seed_has_programme(struct db_seeder *seeder, const struct uuid *cohort_id, bool *out)
{
	char id[UUID_TEXT_LEN + 1];
	const char *value = id;
	PGresult *result;
	enum camp_err err;

	uuid_format(cohort_id, id);
	err = db_exec(seeder->conn, "seed_has_programme",
		      "SELECT 1 FROM programme WHERE cohort_id = $1 LIMIT 1", 1, &value,
		      &result);
	*out = err == CAMP_OK && PQntuples(result) == 1;
	PQclear(result);
	return err;
}

enum camp_err
db_seed_programme(struct db_seeder *seeder, const struct uuid *cohort_id,
		  const struct db_programme_new *programme)
{
	int version;

	return db_programme_put(seeder->conn, cohort_id, programme, &version);
}

/* The names and placeholders of a whole row of trial_cell. */
static bool
prepare_cell(struct db_seeder *seeder)
{
	struct buffer sql = {0};
	bool ok;

	buffer_addf(&sql, "INSERT INTO trial_cell (%s) VALUES (", cell_column_list);
	for (int i = 1; i <= CELL_COLUMNS; i++)
		buffer_addf(&sql, "%s$%d", i > 1 ? ", " : "", i);
	buffer_add(&sql, ")", 2);
	ok = !sql.failed &&
	     PQsendPrepare(seeder->conn, statements[CELL].name, sql.data, 0, NULL) == 1;
	buffer_clear(&sql);
	return ok;
}

/* The first statement that is only sent turns the connection into a pipeline. */
static bool
enter_pipeline(struct db_seeder *seeder)
{
	if (seeder->failed || PQpipelineStatus(seeder->conn) == PQ_PIPELINE_ON)
		return !seeder->failed;
	seeder->failed = PQenterPipelineMode(seeder->conn) != 1;
	for (int i = 0; !seeder->failed && i < STATEMENTS; i++) {
		seeder->failed = i == CELL
					 ? !prepare_cell(seeder)
					 : PQsendPrepare(seeder->conn, statements[i].name,
							 statements[i].sql, 0, NULL) != 1;
		seeder->sent++;
	}
	return !seeder->failed;
}

static void
send_text(struct db_seeder *seeder, enum statement statement, int n,
	  const char *const *values)
{
	if (!enter_pipeline(seeder))
		return;
	seeder->failed = PQsendQueryPrepared(seeder->conn, statements[statement].name, n,
					     values, NULL, NULL, 0) != 1;
	seeder->sent++;
}

void
db_seed_person(struct db_seeder *seeder, const struct db_cohort_new *cohort,
	       const struct db_seed_person *person)
{
	char id[UUID_TEXT_LEN + 1], organisation[UUID_TEXT_LEN + 1];
	char cohort_id[UUID_TEXT_LEN + 1], joined[24], version[16], join_no[16];

	uuid_format(&person->participant_id, id);
	uuid_format(&seeder->organisation_id, organisation);
	uuid_format(&cohort->cohort_id, cohort_id);
	snprintf(joined, sizeof(joined), "%lld", (long long)person->joined_unix_ms);
	snprintf(version, sizeof(version), "%d", cohort->consent_version);
	snprintf(join_no, sizeof(join_no), "%d", person->join_no);
	send_text(seeder, PERSON, 8,
		  (const char *[]){id, organisation, cohort_id, person->pseudonym,
				   person->age_band, person->language, joined, join_no});
	send_text(seeder, CONSENT, 5,
		  (const char *[]){id, organisation, version, person->language, joined});
}

static void
send_cells(struct db_seeder *seeder, const struct db_seed_session *session)
{
	/* PostgreSQL counts from 2000. */
	int64_t received_us = (session->completed_unix_ms - INT64_C(946684800000)) * 1000;

	for (int at = 0; at < session->score->trials; at += TRIALS_PER_CELL) {
		int left = session->score->trials - at, formats[CELL_COLUMNS];
		struct cell_row row;

		buffer_reset(&seeder->cell);
		cell_encode(&seeder->cell, &session->score->owner, session->trials + at,
			    (size_t)(left < TRIALS_PER_CELL ? left : TRIALS_PER_CELL),
			    received_us);
		if (seeder->cell.failed ||
		    !cell_row_from_tuple(&row, seeder->cell.data, seeder->cell.len) ||
		    !enter_pipeline(seeder)) {
			seeder->failed = true;
			return;
		}
		for (int c = 0; c < CELL_COLUMNS; c++) {
			formats[c] = 1;
			if (row.len[c] < 0)
				row.data[c] = NULL;
		}
		seeder->failed = PQsendQueryPrepared(seeder->conn, statements[CELL].name,
						     CELL_COLUMNS, row.data, row.len,
						     formats, 0) != 1;
		seeder->sent++;
	}
}

/* NULL for what is not defined. */
static const char *
number_text(char out[32], double v)
{
	if (isnan(v))
		return NULL;
	snprintf(out, 32, "%.17g", v);
	return out;
}

static void
send_scores(struct db_seeder *seeder, const struct db_score *score,
	    const char *participant, const char *session, const char *organisation)
{
	for (int i = 0; i < score->n_values; i++) {
		const struct db_score_value *v = &score->values[i];
		char value[32], se[32], raw[32], raw_se[32], n[16], raw_n[16],
			position[16];

		snprintf(n, sizeof(n), "%d", v->n);
		snprintf(raw_n, sizeof(raw_n), "%d", v->raw_n);
		snprintf(position, sizeof(position), "%d", i);
		send_text(seeder, SCORE, 12,
			  (const char *[]){participant, session, v->name, organisation,
					   v->unit, number_text(value, v->value),
					   number_text(se, v->standard_error), n,
					   number_text(raw, v->raw_value),
					   number_text(raw_se, v->raw_standard_error),
					   raw_n, position});
	}
}

void
db_seed_session(struct db_seeder *seeder, const struct db_cohort_new *cohort,
		const struct db_seed_session *session)
{
	const struct db_score *score = session->score;
	char participant[UUID_TEXT_LEN + 1], id[UUID_TEXT_LEN + 1];
	char organisation[UUID_TEXT_LEN + 1], cohort_id[UUID_TEXT_LEN + 1];
	char version[16], seed[16], trials[16], created[24], completed[24], scorer[16];

	uuid_format(&score->owner.participant_id, participant);
	uuid_format(&score->owner.session_id, id);
	uuid_format(&seeder->organisation_id, organisation);
	uuid_format(&cohort->cohort_id, cohort_id);
	snprintf(version, sizeof(version), "%d", score->owner.task_version);
	snprintf(seed, sizeof(seed), "%u", session->seed);
	snprintf(trials, sizeof(trials), "%d", score->trials);
	snprintf(created, sizeof(created), "%lld", (long long)session->created_unix_ms);
	snprintf(completed, sizeof(completed), "%lld",
		 (long long)session->completed_unix_ms);
	snprintf(scorer, sizeof(scorer), "%d", score->scorer_version);
	send_text(seeder, SESSION, 17,
		  (const char *[]){participant, id, organisation, cohort_id,
				   score->owner.task, version, seed, session->device_json,
				   trials, created, completed, scorer,
				   score->usable ? "t" : "f", score->exclusion_json,
				   session->phase, session->item, session->picked});
	send_cells(seeder, session);
	send_scores(seeder, score, participant, id, organisation);
}

/* Each statement's result is followed by a NULL; the first error aborts the rest. */
static enum camp_err
read_results(struct db_seeder *seeder)
{
	enum camp_err err = CAMP_OK;

	for (int i = 0; i < seeder->sent; i++) {
		PGresult *result = PQgetResult(seeder->conn);
		ExecStatusType status = PQresultStatus(result);

		if (err == CAMP_OK && status != PGRES_COMMAND_OK) {
			db_log_failure("seed", result);
			err = db_failure_err(db_failure_of(
				PQresultErrorField(result, PG_DIAG_SQLSTATE)));
		}
		PQclear(result);
		PQclear(PQgetResult(seeder->conn));
	}
	PQclear(PQgetResult(seeder->conn)); /* of the sync */
	seeder->sent = 0;
	return err;
}

enum camp_err
db_seed_flush(struct db_seeder *seeder, const struct uuid *cohort_id)
{
	char id[UUID_TEXT_LEN + 1];
	const char *value = id;
	enum camp_err err = CAMP_OK;

	if (seeder->failed)
		return CAMP_ERR_FAULT;
	if (PQpipelineStatus(seeder->conn) == PQ_PIPELINE_ON) {
		if (PQpipelineSync(seeder->conn) != 1)
			return CAMP_ERR_UNAVAILABLE;
		err = read_results(seeder);
		if (err == CAMP_OK && PQexitPipelineMode(seeder->conn) != 1)
			err = CAMP_ERR_FAULT;
	}
	uuid_format(cohort_id, id);
	if (err == CAMP_OK)
		err = db_run(seeder->conn, "seed_days", days_sql, 1, &value);
	if (err == CAMP_OK)
		err = db_run(seeder->conn, "seed_counter", counter_sql, 1, &value);
	if (err == CAMP_OK)
		err = db_participant_totals(seeder->conn, cohort_id);
	if (err == CAMP_OK)
		err = db_run(seeder->conn, "seed_marks", marks_sql, 1, &value);
	return err;
}
