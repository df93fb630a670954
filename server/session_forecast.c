#include "server/session_forecast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/eeg.h"
#include "models/engagement/epochs.h"
#include "models/engagement/forecaster.h"
#include "models/engagement/score.h"
#include "models/tasks/definition.h"
#include "models/train/adapt.h"
#include "server/json_write.h"

/* Places of sequence_trial.parameters. */
enum { SET_SIZE, LOAD, SOA_MS, DIFFICULTY };

bool
session_input_copy(struct session_input *out, const struct trial *trials, int n,
		   const struct db_eeg *eeg, const struct db_adapter *adapter)
{
	uint8_t *state;

	*out = (struct session_input){0};
	out->trials = malloc(((size_t)n + 1) * sizeof(*trials));
	out->epochs = malloc(((size_t)eeg->n + 1) * sizeof(*out->epochs));
	out->adapter.state = state = malloc(adapter->n + 1);
	if (!out->trials || !out->epochs || !state) {
		session_input_clear(out);
		return false;
	}
	/* An attention check says nothing about the task that it interrupts. */
	for (int i = 0; i < n; i++) {
		if (trials[i].flags & TRIAL_CATCH)
			continue;
		out->trials[out->n] = trials[i];
		out->trials[out->n++].detail = NULL;
	}
	out->n_epochs = sequence_epochs(out->epochs, &eeg->setup, eeg->epochs, eeg->n,
					out->trials, out->n);
	if (adapter->n > 0)
		memcpy(state, adapter->state, adapter->n);
	out->adapter.n = adapter->n;
	return true;
}

void
session_input_clear(struct session_input *input)
{
	free(input->trials);
	free(input->epochs);
	free((uint8_t *)input->adapter.state);
	*input = (struct session_input){0};
}

/* What is computed on the way, one of each a trial. */
struct scratch {
	struct sequence_trial *trials;
	struct forecast *model, *linear;
	float *threshold, *risk, *linear_risk;
	bool *lapse;
};

static void
scratch_clear(struct scratch *s)
{
	free(s->trials);
	free(s->model);
	free(s->linear);
	free(s->threshold);
	free(s->risk);
	free(s->linear_risk);
	free(s->lapse);
}

static bool
scratch_init(struct scratch *s, size_t n)
{
	s->trials = calloc(n, sizeof(*s->trials));
	s->model = calloc(n, sizeof(*s->model));
	s->linear = calloc(n, sizeof(*s->linear));
	s->threshold = calloc(n, sizeof(*s->threshold));
	s->risk = calloc(n, sizeof(*s->risk));
	s->linear_risk = calloc(n, sizeof(*s->linear_risk));
	s->lapse = calloc(n, sizeof(*s->lapse));
	return s->trials && s->model && s->linear && s->threshold && s->risk &&
	       s->linear_risk && s->lapse;
}

static struct sequence_trial
sequence_trial(const struct forecaster *f, int task, const struct task_definition *def,
	       const struct trial *t)
{
	const struct task_condition *c = &def->conditions[t->condition];

	return (struct sequence_trial){
		.condition = forecaster_condition(f, task, c->name),
		.correct = t->correct,
		.rt_ms = t->rt_ms,
		.onset_ms = t->onset_ms,
		.parameters = {[SET_SIZE] = (float)c->set_size,
			       [LOAD] = NAN,
			       [SOA_MS] = NAN,
			       [DIFFICULTY] = t->difficulty},
	};
}

void
session_sequence(struct sequence *out, struct sequence_trial *trials,
		 const struct forecaster *f, const struct task_definition *def,
		 const struct session_input *input)
{
	*out = (struct sequence){.task = forecaster_task(f, def->name),
				 .n = input->n,
				 .trials = trials,
				 .n_epochs = input->n_epochs,
				 .epochs = input->epochs};
	for (int i = 0; i < input->n; i++)
		trials[i] = sequence_trial(f, out->task, def, &input->trials[i]);
}

static struct db_forecast_score
score_of(int n, const float *risk, const bool *lapse, struct engagement *e)
{
	engagement_score(n, risk, lapse, e);
	if (!e->defined)
		return (struct db_forecast_score){NAN, NAN, NAN};
	return (struct db_forecast_score){e->value, e->low, e->high};
}

/* The last trials one by one. */
static enum camp_err
keep_trials(struct session_forecast *out, const struct scratch *s, int n)
{
	struct db_forecast *row = &out->row;
	size_t kept = n < FORECAST_TRIALS_MAX ? (size_t)n : FORECAST_TRIALS_MAX;

	row->n = (int)kept;
	row->first_seq = n - row->n;
	out->reals = calloc(4 * kept, sizeof(*out->reals));
	out->lapse = calloc(kept, sizeof(*out->lapse));
	if (!out->reals || !out->lapse)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < kept; i++) {
		size_t t = (size_t)row->first_seq + i;

		out->reals[i] = s->model[t].p;
		out->reals[kept + i] = s->model[t].mu;
		out->reals[2 * kept + i] = s->model[t].sigma;
		out->reals[3 * kept + i] = s->risk[t];
		out->lapse[i] = s->lapse[t];
	}
	row->p = out->reals;
	row->mu = out->reals + kept;
	row->sigma = out->reals + 2 * kept;
	row->risk = out->reals + 3 * kept;
	row->lapse = out->lapse;
	return CAMP_OK;
}

static enum camp_err
compute(struct session_forecast *out, const struct forecaster *f,
	struct forecast_work *work, const struct sequence *seq, struct scratch *s)
{
	struct db_forecast *row = &out->row;
	struct engagement e;
	enum camp_err err;

	err = forecast_run(f, work, seq, FORECAST_BY_MODEL, forecaster_uses_eeg(f),
			   s->model);
	if (err == CAMP_OK)
		err = forecast_run(f, work, seq, FORECAST_BY_LINEAR, false, s->linear);
	if (err == CAMP_OK)
		err = engagement_thresholds(f, seq, s->threshold);
	if (err != CAMP_OK)
		return err;
	engagement_lapses(seq, s->threshold, s->lapse);
	engagement_risks(f, seq, s->linear, s->threshold, s->linear_risk);
	row->linear = score_of(seq->n, s->linear_risk, s->lapse, &e);
	engagement_risks(f, seq, s->model, s->threshold, s->risk);
	row->model = score_of(seq->n, s->risk, s->lapse, &e);
	row->defined = e.defined;
	row->lapses = e.defined ? e.lapses : 0;
	return keep_trials(out, s, seq->n);
}

/* NULL: none, none in use, or one that does not fit: then the model forecasts alone. */
static struct forecaster *
personal_forecaster(const struct forecaster *f, const struct db_adapter *adapter)
{
	struct adapt_person person = {0};
	struct forecaster *personal = NULL;
	char why[128];

	if (adapter->n > 0 &&
	    adapt_parse(&person, f, adapter->state, adapter->n, why, sizeof(why)) ==
		    CAMP_OK &&
	    person.in_use && adapt_forecaster_new(&personal, f, &person) != CAMP_OK)
		personal = NULL;
	adapt_person_clear(&person);
	return personal;
}

enum camp_err
session_forecast_fill(struct session_forecast *out, const struct forecaster *f,
		      struct forecast_work *work, const struct task_definition *def,
		      const struct session_input *input)
{
	struct forecaster *personal = personal_forecaster(f, &input->adapter);
	struct sequence seq;
	struct scratch s = {0};
	enum camp_err err = CAMP_ERR_MEMORY;

	memset(out, 0, sizeof(*out));
	if (scratch_init(&s, (size_t)input->n + 1)) {
		session_sequence(&seq, s.trials, f, def, input);
		out->row.trials = input->n;
		out->row.personal = personal != NULL;
		snprintf(out->row.version, sizeof(out->row.version), "%s",
			 forecaster_version(f));
		snprintf(out->row.encoder, sizeof(out->row.encoder), "%s",
			 forecaster_encoder(f));
		err = compute(out, personal ? personal : f, work, &seq, &s);
	}
	scratch_clear(&s);
	adapt_forecaster_free(personal);
	if (err != CAMP_OK)
		session_forecast_clear(out);
	return err;
}

void
session_forecast_clear(struct session_forecast *forecast)
{
	if (!forecast)
		return;
	free(forecast->reals);
	free(forecast->lapse);
	memset(forecast, 0, sizeof(*forecast));
}

/* ---- as JSON ---- */

static json_t *
score_json(const struct db_forecast *row, const struct db_forecast_score *score)
{
	return json_pack("{s:o, s:o, s:o, s:f, s:i}", "value",
			 json_write_number(row->defined ? score->value : NAN), "low",
			 json_write_number(row->defined ? score->low : NAN), "high",
			 json_write_number(row->defined ? score->high : NAN), "level",
			 ENGAGEMENT_LEVEL, "n", row->trials);
}

/* A float at the few digits it means: 0.9375, not 0.93749999999999997. */
static json_t *
short_number(float value)
{
	return json_write_number(isfinite(value) ? round((double)value * 1e5) / 1e5
						 : NAN);
}

static json_t *
trials_json(const struct db_forecast *row)
{
	json_t *list = json_array();

	for (int i = 0; i < row->n; i++)
		json_array_append_new(list, json_pack("{s:i, s:o, s:o, s:o, s:o, s:b}",
						      "seq", row->first_seq + i, "p",
						      short_number(row->p[i]), "mu",
						      short_number(row->mu[i]), "sigma",
						      short_number(row->sigma[i]), "risk",
						      short_number(row->risk[i]), "lapse",
						      row->lapse[i]));
	return list;
}

static json_t *
head_json(const struct trial_owner *owner, bool complete, int trials)
{
	int needed = trials < ENGAGEMENT_WINDOW ? ENGAGEMENT_WINDOW - trials : 0;

	return json_pack("{s:o, s:s, s:b, s:i, s:i, s:i}", "session",
			 json_write_uuid(&owner->session_id), "task", owner->task,
			 "complete", complete, "trials_seen", trials, "trials_needed",
			 needed, "window", ENGAGEMENT_WINDOW);
}

json_t *
session_forecast_json(const struct trial_owner *owner, bool complete,
		      const struct db_forecast *row)
{
	json_t *body = head_json(owner, complete, row->trials);

	if (!body)
		return NULL;
	json_object_set_new(body, "engagement", score_json(row, &row->model));
	json_object_set_new(body, "linear", score_json(row, &row->linear));
	json_object_set_new(body, "lapses",
			    row->defined ? json_integer(row->lapses) : json_null());
	json_object_set_new(body, "model",
			    json_pack("{s:s, s:s, s:b}", "version", row->version,
				      "encoder", row->encoder, "personal",
				      row->personal));
	json_object_set_new(body, "computed_at", json_write_time(row->computed_unix_ms));
	json_object_set_new(body, "trials", trials_json(row));
	return body;
}

json_t *
session_forecast_none_json(const struct trial_owner *owner, bool complete)
{
	const struct db_forecast nothing = {.defined = false};
	json_t *body = session_forecast_json(owner, complete, &nothing);

	json_object_set_new(body, "model", json_null());
	return body;
}
