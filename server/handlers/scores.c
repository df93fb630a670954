/*
 * POST /api/v1/sessions/{session}/complete: no more trials; seal and score.
 * GET  /api/v1/sessions/{session}/score: the stored score.
 *
 * Sealing checks that every trial is stored, and stored trials never change, so a score
 * is final. It takes two trips to the database, as scores are computed here: when the
 * server dies between them, the next request for the score computes it.
 *
 * The attention model's forecast is computed in between, on a worker, and stored with the
 * score. The score never waits for it to succeed: without a model or a free place in the
 * queue it is stored alone, and GET engagement makes up for it.
 *
 * Once the answer is on its way, the session teaches the person's own changes of the
 * model (server/personal.h), which later sessions are forecast with.
 */
#include <stdlib.h>

#include "base/log.h"
#include "db/sessions.h"
#include "server/compute.h"
#include "server/handlers/handlers.h"
#include "server/json_read.h"
#include "server/json_write.h"
#include "server/model_store.h"
#include "server/personal.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/score_record.h"
#include "server/server.h"
#include "server/session_forecast.h"
#include "server/task_registry.h"

#define DEVICE_BYTES_MAX 4096

static json_t *
value_json(const char *task, const struct db_score_value *v)
{
	struct stat_interval kept = score_record_interval(task, v, true);
	struct stat_interval raw = score_record_interval(task, v, false);

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:{s:o, s:o, s:o, s:i}}", "name",
			 v->name, "unit", v->unit, "value", json_write_number(v->value),
			 "standard_error", json_write_number(v->standard_error),
			 "interval", json_write_interval(kept.low, kept.high), "n", v->n,
			 "raw", "value", json_write_number(v->raw_value),
			 "standard_error", json_write_number(v->raw_standard_error),
			 "interval", json_write_interval(raw.low, raw.high), "n",
			 v->raw_n);
}

static json_t *
score_json(const struct db_score *score)
{
	json_t *values = json_array();

	for (int i = 0; i < score->n_values; i++)
		json_array_append_new(values,
				      value_json(score->owner.task, &score->values[i]));
	return json_pack("{s:o, s:s, s:i, s:i, s:o, s:i, s:b, s:o, s:o}", "session",
			 json_write_uuid(&score->owner.session_id), "task",
			 score->owner.task, "task_version", score->owner.task_version,
			 "scorer_version", score->scorer_version, "completed_at",
			 json_write_time(score->completed_unix_ms), "trials",
			 score->trials, "usable", score->usable, "excluded",
			 json_loads(score->exclusion_json, 0, NULL), "scores", values);
}

/* A computed score on its way into the database, by way of a worker. */
struct scoring {
	struct compute_job job; /* first: a job is one of these */
	struct request *rq;
	const struct task_definition *def;
	struct score_record record;
	struct session_input input; /* of the forecast */
	struct session_forecast forecast;
	bool with_forecast, already; /* already: sealed by an earlier request */
};

static void
scoring_free(struct scoring *s)
{
	if (s) {
		score_record_clear(&s->record);
		session_forecast_clear(&s->forecast);
		session_input_clear(&s->input);
	}
	free(s);
}

static void store(struct scoring *s);

/*
 * A session teaches once and only if its forecast is stored: one made later would have
 * learned from what it forecasts. Sessions that an exclusion rule takes out do not teach.
 */
static void
teach(struct scoring *s, const struct server *sv)
{
	if (!s->already && s->with_forecast && s->record.score.usable)
		personal_learn(sv, &s->record.score.owner, s->def, &s->input);
}

static void
on_score_stored(void *arg, enum camp_err err)
{
	struct scoring *s = arg;
	const struct server *sv = s->rq->sv; /* as the answer gives the request away */

	/* Were it the forecast's fault, the score would still be good. */
	if (err == CAMP_ERR_FAULT && s->with_forecast) {
		s->with_forecast = false;
		store(s);
		return;
	}
	if (err != CAMP_OK) {
		reply_error(s->rq, err);
	} else {
		reply_take_json(s->rq, 200, score_json(&s->record.score));
		teach(s, sv);
	}
	scoring_free(s);
}

static void
store(struct scoring *s)
{
	enum camp_err err = db_score_put(s->rq->sv->db, &s->record.score,
					 s->with_forecast ? &s->forecast.row : NULL,
					 on_score_stored, s);

	if (err != CAMP_OK) {
		reply_error(s->rq, err);
		scoring_free(s);
	}
}

static void
forecast_and_store(struct compute_job *job, const struct model_use *use,
		   struct forecast_work *work)
{
	struct scoring *s = (struct scoring *)job;

	if (use)
		s->with_forecast =
			session_forecast_fill(&s->forecast, use->forecaster, work, s->def,
					      &s->input) == CAMP_OK;
	store(s);
}

/* Hands over to a worker, with trials and epochs of its own. */
static bool
forecast_begin(struct scoring *s, const struct db_sealed *sealed)
{
	s->job.run = forecast_and_store;
	if (!session_input_copy(&s->input, sealed->trials, sealed->n_trials, &sealed->eeg,
				&sealed->adapter))
		return false;
	return compute_submit(s->rq->sv->compute, &s->job) == CAMP_OK;
}

/* Scores a sealed session, stores the score and answers with it. */
static void
score_and_store(struct request *rq, const struct db_sealed *sealed)
{
	const struct task_definition *def =
		task_registry_find(rq->sv->tasks, sealed->owner.task,
				   sealed->owner.task_version);
	struct scoring *s = calloc(1, sizeof(*s));
	enum camp_err err = s ? CAMP_OK : CAMP_ERR_MEMORY;

	if (err == CAMP_OK && !def) {
		log_event(LOG_ERROR, "a session's task version is not known here",
			  log_text("task", sealed->owner.task),
			  log_int("version", sealed->owner.task_version));
		err = CAMP_ERR_FAULT;
	}
	if (err == CAMP_OK) {
		s->rq = rq;
		s->def = def;
		s->already = sealed->already;
		err = score_record_fill(&s->record, def, &sealed->owner, &sealed->start,
					sealed->trials, (size_t)sealed->n_trials);
	}
	if (err != CAMP_OK) {
		reply_error(rq, err);
		scoring_free(s);
		return;
	}
	s->record.score.completed_unix_ms = sealed->completed_unix_ms;
	if (!forecast_begin(s, sealed))
		store(s);
}

static json_t *
missing_json(const struct db_sealed *sealed)
{
	json_t *ranges = json_array();

	for (int i = 0; i < sealed->n_missing; i++)
		json_array_append_new(ranges, json_pack("{s:i, s:i}", "from",
							sealed->missing[i].from, "to",
							sealed->missing[i].to));
	return json_pack("{s:o}", "missing", ranges);
}

static void
on_sealed(void *arg, enum camp_err err, const struct db_sealed *sealed)
{
	struct request *rq = arg;

	if (err == CAMP_OK)
		score_and_store(rq, sealed);
	else if (err == CAMP_ERR_TRIALS_MISSING)
		reply_take_problem(rq, err, missing_json(sealed));
	else
		reply_error(rq, err);
}

enum camp_err
handle_complete_post(struct request *rq)
{
	static const char *const known[] = {"trials", "device", NULL};
	const struct trial_owner *owner = &rq->auth.owner;
	json_t *root = NULL, *device = NULL;
	char *device_json = NULL;
	struct problem why;
	int64_t trials = 0;
	enum camp_err err;

	problem_reset(&why);
	err = json_read_body(&root, rq->body.data, rq->body.len, &why);
	if (err == CAMP_OK) {
		struct json_in in = {root, NULL, &why};

		json_read_int(&in, "trials", JSON_REQUIRED, 1, TRIAL_SEQ_MAX + 1,
			      &trials);
		json_read_object(&in, "device", JSON_OPTIONAL, DEVICE_BYTES_MAX, &device);
		json_read_end(&in, known);
		err = why.count ? CAMP_ERR_INVALID : CAMP_OK;
	}
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		err = CAMP_OK;
		goto out;
	}
	device_json = device ? json_dumps(device, JSON_COMPACT) : NULL;
	err = db_session_seal(rq->sv->db, &owner->organisation_id, &owner->participant_id,
			      &owner->session_id, (int)trials, device_json, on_sealed,
			      rq);
out:
	free(device_json);
	json_decref(root);
	return err;
}

static void
on_score(void *arg, enum camp_err err, const struct db_score *score)
{
	struct request *rq = arg;

	if (err == CAMP_OK && score->scorer_version == 0)
		err = db_session_seal(rq->sv->db, &score->owner.organisation_id,
				      &score->owner.participant_id,
				      &score->owner.session_id, score->trials, NULL,
				      on_sealed, rq);
	else if (err == CAMP_OK)
		reply_take_json(rq, 200, score_json(score));
	if (err != CAMP_OK)
		reply_error(rq, err);
}

enum camp_err
handle_score_get(struct request *rq)
{
	const struct trial_owner *owner = &rq->auth.owner;
	struct uuid session_id;
	enum camp_err err = request_param_uuid(rq, "session", &session_id);

	if (err != CAMP_OK)
		return err;
	/* The participant is part of the key: another's session is not found. */
	return db_score_get(rq->sv->db, &owner->organisation_id, &owner->participant_id,
			    &session_id, on_score, rq);
}
