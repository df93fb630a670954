#include "db/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/trial.h"
#include "db/conn.h"

/* A column of an export: its name, and its value where CSV and JSON want another. */
struct export_column {
	const char *name, *csv, *json; /* json NULL: the same */
};

#define TIME(column) \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define PERSON "coalesce(p.pseudonym, p.participant_id::text)"
#define SESSION "coalesce(s.label, s.session_id::text)"
#define BY_PERSON PERSON " COLLATE \"C\", p.participant_id"
/* Replaced by the names of base/trial.h: an array of text, nulls for bits not set. */
#define FLAG_NAMES "@flags@"

static const struct export_column trial_columns[] =
	{{"participant", PERSON, NULL},
	 {"session", SESSION, NULL},
	 {"trial", "coalesce(t.trial, t.seq + 1)", NULL},
	 {"task", "t.task", NULL},
	 {"condition", "t.condition", NULL},
	 {"correct", "t.correct::int", "t.correct"},
	 {"rt_ms", "t.rt_ms", NULL},
	 {"seq", "t.seq", NULL},
	 {"session_id", "t.session_id", NULL},
	 {"participant_id", "t.participant_id", NULL},
	 {"onset_ms", "t.onset_ms", NULL},
	 {"response", "t.response", NULL},
	 {"difficulty", "t.difficulty", NULL},
	 {"flags", "nullif(array_to_string(" FLAG_NAMES ", ' '), '')",
	  "array_remove(" FLAG_NAMES ", NULL)"},
	 {"detail", "t.detail", NULL},
	 {"received_at", TIME("t.received_at"), NULL},
	 {"phase", "s.phase", NULL},
	 {"item", "s.item", NULL},
	 {"arm", "p.arm", NULL},
	 {NULL, NULL, NULL}};

static const struct export_column session_columns[] =
	{{"participant", PERSON, NULL},
	 {"session", SESSION, NULL},
	 {"task", "s.task", NULL},
	 {"task_version", "s.task_version", NULL},
	 {"state", "s.state", NULL},
	 {"trials", "s.trials", NULL},
	 {"created_at", TIME("s.created_at"), NULL},
	 {"completed_at", TIME("s.completed_at"), NULL},
	 {"scorer_version", "s.scorer_version", NULL},
	 {"usable", "s.usable::int", "s.usable"},
	 {"exclusion", "s.exclusion", NULL},
	 {"seed", "s.seed", NULL},
	 {"device", "s.device", NULL},
	 {"session_id", "s.session_id", NULL},
	 {"participant_id", "s.participant_id", NULL},
	 {"phase", "s.phase", NULL},
	 {"item", "s.item", NULL},
	 {"parameters", "s.parameters", NULL},
	 {"arm", "p.arm", NULL},
	 {NULL, NULL, NULL}};

static const struct export_column score_columns[] =
	{{"participant", PERSON, NULL},
	 {"session", SESSION, NULL},
	 {"task", "s.task", NULL},
	 {"name", "c.name", NULL},
	 {"unit", "c.unit", NULL},
	 {"value", "c.value", NULL},
	 {"standard_error", "c.standard_error", NULL},
	 {"n", "c.n", NULL},
	 {"raw_value", "c.raw_value", NULL},
	 {"raw_standard_error", "c.raw_standard_error", NULL},
	 {"raw_n", "c.raw_n", NULL},
	 {"usable", "s.usable::int", "s.usable"},
	 {"completed_at", TIME("s.completed_at"), NULL},
	 {"session_id", "s.session_id", NULL},
	 {"participant_id", "s.participant_id", NULL},
	 {"phase", "s.phase", NULL},
	 {"item", "s.item", NULL},
	 {"arm", "p.arm", NULL},
	 {NULL, NULL, NULL}};

static const struct export_column participant_columns[] =
	{{"participant", PERSON, NULL},
	 {"participant_id", "p.participant_id", NULL},
	 {"age_band", "p.age_band", NULL},
	 {"language", "p.language", NULL},
	 {"joined_at", TIME("p.joined_at"), NULL},
	 {"consent_version",
	  "(SELECT max(o.version) FROM consent o WHERE o.participant_id = "
	  "p.participant_id)",
	  NULL},
	 {"sessions",
	  "(SELECT count(*) FROM session s WHERE s.participant_id = p.participant_id)",
	  NULL},
	 {"complete",
	  "(SELECT count(*) FROM session s WHERE s.participant_id = p.participant_id"
	  " AND s.state = 'complete')",
	  NULL},
	 {"join_no", "p.join_no", NULL},
	 {"arm", "p.arm", NULL},
	 {NULL, NULL, NULL}};

/* One row an epoch and channel. */
static const struct export_column eeg_columns[] =
	{{"participant", PERSON, NULL},
	 {"session", SESSION, NULL},
	 {"task", "s.task", NULL},
	 {"seq", "e.seq", NULL},
	 {"t_ms", "e.t_ms", NULL},
	 {"channel", "e.channel", NULL},
	 {"delta_log10_uv2", "e.delta_log10_uv2", NULL},
	 {"theta_log10_uv2", "e.theta_log10_uv2", NULL},
	 {"alpha_log10_uv2", "e.alpha_log10_uv2", NULL},
	 {"beta_log10_uv2", "e.beta_log10_uv2", NULL},
	 {"gamma_log10_uv2", "e.gamma_log10_uv2", NULL},
	 {"quality", "e.quality", NULL},
	 {"engagement_index", "e.engagement_index", NULL},
	 {"engagement_index_se", "e.engagement_index_se", NULL},
	 {"theta_beta", "e.theta_beta", NULL},
	 {"theta_beta_se", "e.theta_beta_se", NULL},
	 {"device", "e.device", NULL},
	 {"reference", "e.reference", NULL},
	 {"sampling_rate_hz", "e.sampling_rate_hz", NULL},
	 {"window_s", "e.window_s", NULL},
	 {"step_s", "e.step_s", NULL},
	 {"session_id", "e.session_id", NULL},
	 {"participant_id", "e.participant_id", NULL},
	 {"received_at", TIME("e.received_at"), NULL},
	 {NULL, NULL, NULL}};

static const struct {
	const char *name;
	const struct export_column *columns;
	const char *from, *order;
} tables[DB_EXPORT_TABLES] = {
	[DB_EXPORT_TRIALS] = {"trials", trial_columns,
			      "participant p JOIN session s USING (participant_id)"
			      " JOIN trial t ON t.participant_id = s.participant_id"
			      " AND t.session_id = s.session_id",
			      BY_PERSON ", s.session_id, t.seq"},
	[DB_EXPORT_SESSIONS] = {"sessions", session_columns,
				"participant p JOIN session s USING (participant_id)",
				BY_PERSON ", s.session_id"},
	[DB_EXPORT_SCORES] = {"scores", score_columns,
			      "participant p JOIN session s USING (participant_id)"
			      " JOIN score c ON c.participant_id = s.participant_id"
			      " AND c.session_id = s.session_id",
			      BY_PERSON ", s.session_id, c.position"},
	[DB_EXPORT_PARTICIPANTS] = {"participants", participant_columns, "participant p",
				    BY_PERSON},
	[DB_EXPORT_EEG] = {"eeg", eeg_columns,
			   "participant p JOIN session s USING (participant_id)"
			   " JOIN eeg e ON e.participant_id = s.participant_id"
			   " AND e.session_id = s.session_id",
			   BY_PERSON ", s.session_id, e.seq, e.channel_no"},
};

const char *
db_export_table_name(enum db_export_table table)
{
	return tables[table].name;
}

enum camp_err
db_cohort_key(PGconn *conn, const char *join_code, struct db_cohort_key *out)
{
	PGresult *result;
	enum camp_err err;

	err = db_exec(conn, "cohort_key",
		      "SELECT organisation_id, cohort_id FROM cohort WHERE join_code = "
		      "$1",
		      1, &join_code, &result);
	if (err != CAMP_OK)
		return err;
	if (PQntuples(result) != 1)
		err = CAMP_ERR_NOT_FOUND;
	else if (!uuid_parse(&out->organisation_id, PQgetvalue(result, 0, 0),
			     UUID_TEXT_LEN) ||
		 !uuid_parse(&out->cohort_id, PQgetvalue(result, 0, 1), UUID_TEXT_LEN))
		err = CAMP_ERR_FAULT;
	PQclear(result);
	return err;
}

enum camp_err
db_enter_organisation(PGconn *conn, const struct uuid *organisation_id)
{
	char text[UUID_TEXT_LEN + 1];
	const char *value = text;

	uuid_format(organisation_id, text);
	return db_run(conn, "enter_organisation",
		      "SELECT set_config('app.org', $1, false)", 1, &value);
}

/* ARRAY[CASE WHEN t.flags & 1 <> 0 THEN 'touch' END, ...] */
static void
add_flag_names(struct buffer *sql)
{
	const char *separator = "ARRAY[";

	for (unsigned bit = 1; bit < 1u << 15; bit <<= 1) {
		const char *name = trial_flag_name((uint16_t)bit);

		if (!name)
			continue;
		buffer_addf(sql, "%sCASE WHEN t.flags & %u <> 0 THEN '%s' END", separator,
			    bit, name);
		separator = ", ";
	}
	buffer_add_char(sql, ']');
}

static void
add_expression(struct buffer *sql, const char *text)
{
	const char *flags;

	while ((flags = strstr(text, FLAG_NAMES))) {
		buffer_add(sql, text, (size_t)(flags - text));
		add_flag_names(sql);
		text = flags + strlen(FLAG_NAMES);
	}
	buffer_add_text(sql, text);
}

/*
 * COPY takes no parameters, so the id is written out; its text is only hexadecimal. The
 * JSON form leaves the quote and the delimiter to characters that JSON text never holds.
 */
static void
build_copy(struct buffer *sql, const struct uuid *cohort_id, enum db_export_table table,
	   bool ndjson)
{
	char id[UUID_TEXT_LEN + 1];

	uuid_format(cohort_id, id);
	buffer_add_text(sql, "COPY (");
	if (ndjson)
		buffer_add_text(sql, "SELECT row_to_json(r) FROM (");
	buffer_add_text(sql, "SELECT ");
	for (const struct export_column *c = tables[table].columns; c->name; c++) {
		if (c != tables[table].columns)
			buffer_add_text(sql, ", ");
		add_expression(sql, ndjson && c->json ? c->json : c->csv);
		buffer_addf(sql, " AS %s", c->name);
	}
	buffer_addf(sql, " FROM %s WHERE p.cohort_id = '%s' ORDER BY %s",
		    tables[table].from, id, tables[table].order);
	if (ndjson)
		buffer_add_text(sql, ") r");
	buffer_add_text(sql, ndjson ? ") TO STDOUT (FORMAT csv, QUOTE E'\\x01', "
				      "DELIMITER E'\\x02')"
				    : ") TO STDOUT (FORMAT csv, HEADER true)");
	buffer_add_char(sql, '\0');
}

static enum camp_err
copy_out(PGconn *conn, db_export_sink *sink, void *arg, uint64_t *lines)
{
	enum camp_err err = CAMP_OK;
	PGresult *result;
	char *line;
	int len;

	while ((len = PQgetCopyData(conn, &line, 0)) > 0) {
		bool go_on = sink(arg, line, (size_t)len);

		PQfreemem(line);
		if (!go_on)
			return CAMP_ERR_FAULT;
		++*lines;
	}
	while ((result = PQgetResult(conn))) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK) {
			db_log_failure("export", result);
			err = db_failure_err(db_failure_of(
				PQresultErrorField(result, PG_DIAG_SQLSTATE)));
		}
		PQclear(result);
	}
	return err;
}

enum camp_err
db_export(PGconn *conn, const struct uuid *cohort_id, enum db_export_table table,
	  bool ndjson, db_export_sink *sink, void *arg, uint64_t *rows)
{
	struct buffer sql = {0};
	uint64_t lines = 0;
	PGresult *result;
	enum camp_err err;

	*rows = 0;
	err = db_run(conn, "export_begin",
		     "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", 0,
		     NULL);
	if (err != CAMP_OK)
		return err;
	build_copy(&sql, cohort_id, table, ndjson);
	if (sql.failed) {
		buffer_clear(&sql);
		return CAMP_ERR_MEMORY;
	}
	result = PQexec(conn, sql.data);
	buffer_clear(&sql);
	if (PQresultStatus(result) == PGRES_COPY_OUT) {
		err = copy_out(conn, sink, arg, &lines);
	} else {
		db_log_failure("export", result);
		err = db_failure_err(
			db_failure_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)));
	}
	PQclear(result);
	*rows = lines - (!ndjson && lines > 0 ? 1 : 0);
	if (err == CAMP_OK)
		err = db_run(conn, "export_end", "COMMIT", 0, NULL);
	return err;
}

/* False when the database holds what its constraints forbid. */
static bool
read_session_key(struct db_session_key *out, const PGresult *result, int row)
{
	const char *task = PQgetvalue(result, row, 2);

	if (!uuid_parse(&out->participant_id, PQgetvalue(result, row, 0),
			UUID_TEXT_LEN) ||
	    !uuid_parse(&out->session_id, PQgetvalue(result, row, 1), UUID_TEXT_LEN) ||
	    strlen(task) >= sizeof(out->task))
		return false;
	strcpy(out->task, task);
	out->task_version = atoi(PQgetvalue(result, row, 3));
	out->trials = atoi(PQgetvalue(result, row, 4));
	return true;
}

enum camp_err
db_complete_sessions(PGconn *conn, const struct uuid *cohort_id,
		     struct db_session_key **out, size_t *n)
{
	char id[UUID_TEXT_LEN + 1];
	const char *value = id;
	enum camp_err err;
	PGresult *result;
	int rows;

	*out = NULL;
	*n = 0;
	uuid_format(cohort_id, id);
	err = db_exec(conn, "complete_sessions",
		      "SELECT participant_id, session_id, task, task_version, trials "
		      "FROM session"
		      " WHERE cohort_id = $1 AND state = 'complete' ORDER BY session_id",
		      1, &value, &result);
	if (err != CAMP_OK)
		return err;
	rows = PQntuples(result);
	*out = calloc((size_t)rows + 1, sizeof(**out));
	if (!*out)
		err = CAMP_ERR_MEMORY;
	for (int i = 0; err == CAMP_OK && i < rows; i++) {
		if (!read_session_key(&(*out)[i], result, i))
			err = CAMP_ERR_FAULT;
	}
	PQclear(result);
	if (err == CAMP_OK) {
		*n = (size_t)rows;
	} else {
		free(*out);
		*out = NULL;
	}
	return err;
}

enum camp_err
db_task_definition(PGconn *conn, const char *task, int version, char **out)
{
	char number[16];
	const char *values[] = {task, number};
	enum camp_err err;
	PGresult *result;

	*out = NULL;
	snprintf(number, sizeof(number), "%d", version);
	err = db_exec(conn, "task_definition",
		      "SELECT definition FROM task WHERE task = $1 AND version = $2", 2,
		      values, &result);
	if (err != CAMP_OK)
		return err;
	if (PQntuples(result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	else if (!(*out = strdup(PQgetvalue(result, 0, 0))))
		err = CAMP_ERR_MEMORY;
	PQclear(result);
	return err;
}
