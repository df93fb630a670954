#include <config.h>

#include "db/forecasts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/eeg_power.h"
#include "db/op.h"
#include "db/session_trials.h"

/* A score that was shown stays: a second computation, by another model, changes nothing.
 */
const struct db_statement statement_forecast_put = {
	.name = "forecast_put",
	.sql = "INSERT INTO engagement (participant_id, session_id, organisation_id,"
	       "  trials, defined, value, low, high, lapses, linear_value, linear_low,"
	       "  linear_high, model_version, encoder, first_seq, p, mu, sigma, risk,"
	       "  lapse, personal)"
	       " SELECT s.participant_id, s.session_id, s.organisation_id, $4::integer,"
	       "        $5::boolean, $6::float8, $7::float8, $8::float8, $9::integer,"
	       "        $10::float8, $11::float8, $12::float8, $13::text, $14::text,"
	       "        $15::integer, $16::real[], $17::real[], $18::real[],"
	       "        $19::real[], $20::boolean[], $21::boolean"
	       "   FROM session s"
	       "  WHERE s.participant_id = $1::uuid AND s.session_id = $2::uuid"
	       "    AND s.organisation_id = $3::uuid AND s.state = 'complete'"
	       " ON CONFLICT (participant_id, session_id) DO NOTHING",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_forecast_get = {
	.name = "forecast_get",
	.sql = "SELECT trials, defined, value, low, high, coalesce(lapses, 0),"
	       "       linear_value, linear_low, linear_high, model_version, encoder,"
	       "       (extract(epoch FROM computed_at) * 1000)::bigint, first_seq,"
	       "       p, mu, sigma, risk, lapse, personal"
	       "  FROM engagement"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid",
	.role = DB_APP,
	.key = 1,
};

/* The trials, unless a forecast makes them needless. */
const struct db_statement statement_forecast_cells = {
	.name = "forecast_cells",
	.sql = "SELECT " SESSION_CELL_COLUMNS " FROM trial_cell"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid"
	       "   AND NOT EXISTS (SELECT FROM engagement e"
	       "                    WHERE e.participant_id = $1::uuid"
	       "                      AND e.session_id = $2::uuid)"
	       " ORDER BY cell",
	.role = DB_APP,
	.key = 1,
	.binary = true,
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
bind_score(struct op *op, const struct db_forecast_score *score)
{
	op_real(op, score->value);
	op_real(op, score->low);
	op_real(op, score->high);
}

void
forecast_put_step(struct op *op, const struct trial_owner *owner,
		  const struct db_forecast *f)
{
	op_step(op, &statement_forecast_put);
	session_key(op, owner);
	op_int(op, f->trials);
	op_text(op, f->defined ? "t" : "f");
	bind_score(op, &f->model);
	if (f->defined)
		op_int(op, f->lapses);
	else
		op_text(op, NULL);
	bind_score(op, &f->linear);
	op_text(op, f->version);
	op_text(op, f->encoder);
	op_int(op, f->first_seq);
	op_float_array(op, f->p, f->n);
	op_float_array(op, f->mu, f->n);
	op_float_array(op, f->sigma, f->n);
	op_float_array(op, f->risk, f->n);
	op_bool_array(op, f->lapse, f->n);
	op_text(op, f->personal ? "t" : "f");
}

static void
on_put(struct op *op, enum camp_err err)
{
	op->cb.done(op->arg, err);
}

enum camp_err
db_forecast_put(struct db *db, const struct trial_owner *owner,
		const struct db_forecast *forecast, db_done_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_put);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.done = cb;
	op->arg = arg;
	op_tenant(op, &owner->organisation_id);
	forecast_put_step(op, owner, forecast);
	return op_submit(op);
}

/* ---- reading ---- */

/* The arrays of a stored forecast. */
struct arrays {
	float real[4][FORECAST_TRIALS_MAX];
	bool lapse[FORECAST_TRIALS_MAX];
};

/* "{0.5,NULL,...}" into out; the number of elements. */
static int
reals_read(const char *text, float out[FORECAST_TRIALS_MAX])
{
	int n = 0;

	for (const char *at = text; *at != '\0' && *at != '}' && at[1] != '}'; n++) {
		char *end;

		if (n == FORECAST_TRIALS_MAX)
			break;
		out[n] = strtof(at + 1, &end);
		if (end == at + 1) { /* NULL */
			out[n] = NAN;
			end += strcspn(end, ",}");
		}
		at = end;
	}
	return n;
}

static int
truths_read(const char *text, bool out[FORECAST_TRIALS_MAX])
{
	int n = 0;

	for (const char *at = text + 1; (*at == 't' || *at == 'f'); at += 2) {
		if (n == FORECAST_TRIALS_MAX)
			break;
		out[n++] = *at == 't';
		if (at[1] == '}')
			break;
	}
	return n;
}

static void
score_read(struct db_forecast_score *score, const PGresult *result, int column)
{
	score->value = column_real(result, 0, column);
	score->low = column_real(result, 0, column + 1);
	score->high = column_real(result, 0, column + 2);
}

static enum camp_err
forecast_read(struct db_forecast *f, struct arrays *arrays, const PGresult *got)
{
	f->trials = (int)column_int(got, 0, 0);
	f->defined = column_bool(got, 0, 1);
	score_read(&f->model, got, 2);
	f->lapses = (int)column_int(got, 0, 5);
	score_read(&f->linear, got, 6);
	column_copy(got, 0, 9, f->version, sizeof(f->version));
	column_copy(got, 0, 10, f->encoder, sizeof(f->encoder));
	f->computed_unix_ms = column_int(got, 0, 11);
	f->first_seq = (int)column_int(got, 0, 12);
	f->n = truths_read(PQgetvalue(got, 0, 17), arrays->lapse);
	for (int i = 0; i < 4; i++)
		if (reals_read(PQgetvalue(got, 0, 13 + i), arrays->real[i]) != f->n)
			return CAMP_ERR_FAULT;
	f->p = arrays->real[0];
	f->mu = arrays->real[1];
	f->sigma = arrays->real[2];
	f->risk = arrays->real[3];
	f->lapse = arrays->lapse;
	f->personal = column_bool(got, 0, 18);
	return CAMP_OK;
}

static enum camp_err
session_read(struct db_session_forecast *s, struct db_forecast *f, struct arrays *arrays,
	     struct trial **trials, const struct op *op)
{
	const PGresult *session = op->steps[1].result, *stored = op->steps[2].result;

	s->owner.organisation_id = op->id[0];
	s->owner.participant_id = op->id[1];
	s->owner.session_id = op->id[2];
	column_copy(session, 0, 0, s->owner.task, sizeof(s->owner.task));
	s->owner.task_version = (int16_t)column_int(session, 0, 1);
	s->complete = strcmp(PQgetvalue(session, 0, 2), "complete") == 0;
	if (PQntuples(stored) > 0) {
		s->forecast = f;
		return forecast_read(f, arrays, stored);
	}
	if (s->complete) {
		s->n_trials = (int)column_int(session, 0, 3);
		return session_trials_read(op->steps[3].result, s->n_trials, trials);
	}
	return session_trials_so_far(op->steps[3].result, trials, &s->n_trials);
}

static void
on_session(struct op *op, enum camp_err err)
{
	struct db_session_forecast session = {0};
	struct db_forecast forecast = {0};
	struct eeg_power power = {0};
	struct arrays *arrays = NULL;
	struct trial *trials = NULL;

	if (err == CAMP_OK && PQntuples(op->steps[1].result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		arrays = malloc(sizeof(*arrays));
		err = arrays == NULL
			      ? CAMP_ERR_MEMORY
			      : session_read(&session, &forecast, arrays, &trials, op);
		session.trials = trials;
	}
	if (err == CAMP_OK && !session.forecast) {
		err = eeg_power_read(&power, op->steps[4].result, op->steps[5].result);
		session.eeg = power.eeg;
		session.adapter = adapter_read(op->steps[6].result);
	}
	op->cb.forecast(op->arg, err, err == CAMP_OK ? &session : NULL);
	eeg_power_clear(&power);
	free(arrays);
	free(trials);
}

enum camp_err
db_session_forecast(struct db *db, const struct uuid *organisation_id,
		    const struct uuid *participant_id, const struct uuid *session_id,
		    db_session_forecast_cb *cb, void *arg)
{
	struct trial_owner owner = {.organisation_id = *organisation_id,
				    .participant_id = *participant_id,
				    .session_id = *session_id};
	struct op *op = op_new(db, DB_APP, on_session);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.forecast = cb;
	op->arg = arg;
	op->id[0] = *organisation_id;
	op->id[1] = *participant_id;
	op->id[2] = *session_id;
	op_tenant(op, organisation_id);
	op_step(op, &statement_session_get);
	session_key(op, &owner);
	op_step(op, &statement_forecast_get);
	session_key(op, &owner);
	op_step(op, &statement_forecast_cells);
	session_key(op, &owner);
	eeg_power_steps(op, &owner);
	adapter_step(op, &owner);
	return op_submit(op);
}
