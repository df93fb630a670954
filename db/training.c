#include "db/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"
#include "db/op.h"

enum {
	PARTICIPANT,
	SESSION,
	TASK,
	CONDITION,
	SEQ,
	CORRECT,
	OLD,
	RT_MS,
	ONSET_MS,
	SET_SIZE,
	DIFFICULTY,
	WINDOW_S,
	CHANNELS,
	EPOCH_T_MS,
	POWER,
	QUALITY
};

/* The EEG of one row. */
struct row_eeg {
	struct eeg_setup setup;
	struct eeg_epoch epoch;
	char names[EEG_CHANNELS_MAX * 8];
	float power[EEG_BANDS * EEG_CHANNELS_MAX], quality[EEG_CHANNELS_MAX];
};

/* The set sizes come from the definitions, which are few, so they are looked up once. */
static const char trials_sql[] =
	"WITH sizes AS MATERIALIZED ("
	" SELECT k.task, k.version, c ->> 'name' AS condition,"
	" (c -> 'factors' ->> 'set_size')::real AS set_size"
	" FROM task k, jsonb_array_elements(k.definition -> 'conditions') AS c"
	" WHERE jsonb_typeof(c -> 'factors' -> 'set_size') = 'number')"
	", played AS ("
	" SELECT s.participant_id, s.session_id, s.task, t.task_version, t.condition,"
	"        t.seq, t.correct, s.completed_at < to_timestamp($2::bigint) AS old,"
	"        t.rt_ms, t.onset_ms, t.difficulty,"
	"        lag(t.onset_ms) OVER (PARTITION BY s.participant_id, s.session_id"
	"                              ORDER BY t.seq) AS before_ms"
	" FROM session s"
	" JOIN trial t ON t.participant_id = s.participant_id"
	" AND t.session_id = s.session_id AND t.seq < s.trials"
	" WHERE s.cohort_id = $1::uuid AND s.state = 'complete')"
	" SELECT t.participant_id, t.session_id, t.task, t.condition, t.seq, t.correct,"
	" t.old, t.rt_ms, t.onset_ms, z.set_size, t.difficulty, r.window_s,"
	" array_to_string(r.channels, ' '), e.t_ms, e.power, e.quality"
	" FROM played t"
	" LEFT JOIN sizes z ON z.task = t.task AND z.version = t.task_version"
	" AND z.condition = t.condition"
	" LEFT JOIN eeg_recording r ON r.participant_id = t.participant_id"
	" AND r.session_id = t.session_id"
	" LEFT JOIN LATERAL (SELECT e.t_ms, e.power, e.quality FROM eeg_epoch e"
	"  WHERE e.participant_id = r.participant_id AND e.session_id = r.session_id"
	"  AND e.t_ms >= coalesce(t.before_ms, 0)"
	"  AND e.t_ms + 1000 * r.window_s <= t.onset_ms"
	"  ORDER BY e.seq DESC LIMIT 1) e ON true"
	" ORDER BY t.participant_id, t.session_id, t.seq";

enum camp_err
db_real_cohorts(PGconn *conn, struct db_cohort_key **out, size_t *n)
{
	enum camp_err err;
	PGresult *result;
	int rows;

	*out = NULL;
	*n = 0;
	err = db_exec(conn, "real_cohorts",
		      "SELECT organisation_id, cohort_id FROM cohort WHERE NOT demo"
		      " ORDER BY cohort_id",
		      0, NULL, &result);
	if (err != CAMP_OK)
		return err;
	rows = PQntuples(result);
	*out = calloc((size_t)rows + 1, sizeof(**out));
	if (!*out)
		err = CAMP_ERR_MEMORY;
	for (int i = 0; err == CAMP_OK && i < rows; i++) {
		if (!uuid_parse(&(*out)[i].organisation_id, PQgetvalue(result, i, 0),
				UUID_TEXT_LEN) ||
		    !uuid_parse(&(*out)[i].cohort_id, PQgetvalue(result, i, 1),
				UUID_TEXT_LEN))
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

static double
number(const PGresult *row, int column)
{
	return PQgetisnull(row, 0, column) ? (double)NAN
					   : strtod(PQgetvalue(row, 0, column), NULL);
}

/* "{1.5,NULL}" or "{{1,2},{3,4}}" into out[0..n): false unless there are exactly n. */
static bool
read_floats(const char *text, float *out, int n)
{
	int i = 0;

	for (text += strspn(text, "{},"); *text; text += strspn(text, "{},")) {
		char *end = (char *)text + 4;

		if (i == n)
			return false;
		out[i++] = *text == 'N' ? NAN : strtof(text, &end);
		if (end == text)
			return false;
		text = end;
	}
	return i == n;
}

/* False when the row has no epoch, or one that contradicts its recording. */
static bool
read_eeg(struct row_eeg *eeg, const PGresult *row)
{
	int n;

	if (PQgetisnull(row, 0, POWER))
		return false;
	eeg->setup = (struct eeg_setup){.window_s = number(row, WINDOW_S)};
	snprintf(eeg->names, sizeof(eeg->names), "%s", PQgetvalue(row, 0, CHANNELS));
	n = eeg->setup.n_channels =
		words_split(eeg->names, eeg->setup.channels, EEG_CHANNELS_MAX);
	eeg->epoch = (struct eeg_epoch){.t_ms = number(row, EPOCH_T_MS),
					.log_power = eeg->power};
	if (!PQgetisnull(row, 0, QUALITY)) {
		eeg->epoch.quality = eeg->quality;
		if (!read_floats(PQgetvalue(row, 0, QUALITY), eeg->quality, n))
			return false;
	}
	return read_floats(PQgetvalue(row, 0, POWER), eeg->power, n * EEG_BANDS);
}

static bool
hand_over(const PGresult *row, db_training_sink *sink, void *arg)
{
	struct row_eeg eeg;
	bool has_eeg = read_eeg(&eeg, row);
	const struct db_training_trial trial = {
		.participant = PQgetvalue(row, 0, PARTICIPANT),
		.session = PQgetvalue(row, 0, SESSION),
		.task = PQgetvalue(row, 0, TASK),
		.condition = PQgetvalue(row, 0, CONDITION),
		.seq = atoi(PQgetvalue(row, 0, SEQ)),
		.correct = PQgetvalue(row, 0, CORRECT)[0] == 't',
		.old = PQgetvalue(row, 0, OLD)[0] == 't',
		.rt_ms = (float)number(row, RT_MS),
		.onset_ms = number(row, ONSET_MS),
		.set_size = (float)number(row, SET_SIZE),
		.difficulty = (float)number(row, DIFFICULTY),
		.eeg = has_eeg ? &eeg.setup : NULL,
		.epoch = has_eeg ? &eeg.epoch : NULL,
	};

	return sink(arg, &trial);
}

enum camp_err
db_training_trials(PGconn *conn, const struct uuid *cohort_id, int64_t since_unix_s,
		   db_training_sink *sink, void *arg)
{
	char id[UUID_TEXT_LEN + 1], since[24];
	const char *values[] = {id, since};
	enum camp_err err = CAMP_OK;
	PGresult *result;
	bool go_on = true;

	uuid_format(cohort_id, id);
	snprintf(since, sizeof(since), "%" PRId64, since_unix_s);
	if (!PQsendQueryParams(conn, trials_sql, 2, NULL, values, NULL, NULL, 0) ||
	    !PQsetSingleRowMode(conn))
		return CAMP_ERR_UNAVAILABLE;
	while (go_on && (result = PQgetResult(conn))) {
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
			go_on = hand_over(result, sink, arg);
		} else if (PQresultStatus(result) != PGRES_TUPLES_OK) {
			db_log_failure("training_trials", result);
			err = db_failure_err(db_failure_of(
				PQresultErrorField(result, PG_DIAG_SQLSTATE)));
		}
		PQclear(result);
	}
	return go_on ? err : CAMP_ERR_FAULT;
}
