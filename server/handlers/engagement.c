/*
 * GET /api/v1/sessions/{session}/engagement: the attention model's forecasts of a session
 * and the engagement score.
 *
 * Of a complete session they are stored, mostly with its scores; what is missing there
 * (the server died, was busy or had no model) is computed and stored now. Of an open
 * session they are computed from the trials that have arrived, each time anew.
 *
 * Errors: NOT_FOUND, BUSY, MODEL_UNAVAILABLE, MEMORY (base/errors.def).
 */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "db/forecasts.h"
#include "server/compute.h"
#include "server/handlers/handlers.h"
#include "server/model_store.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"
#include "server/session_forecast.h"
#include "server/task_registry.h"

/* A forecast on its way: to be computed, then stored if the session is complete. */
struct forecasting {
	struct compute_job job; /* first: a job is one of these */
	struct request *rq;
	struct trial_owner owner;
	const struct task_definition *def;
	bool complete;
	struct session_input input;
	struct session_forecast result;
};

static void
forecasting_free(struct forecasting *f)
{
	session_forecast_clear(&f->result);
	session_input_clear(&f->input);
	free(f);
}

static void
answer(struct forecasting *f)
{
	reply_take_json(f->rq, 200,
			session_forecast_json(&f->owner, f->complete, &f->result.row));
	forecasting_free(f);
}

/* What could not be stored is computed again when it is asked for again. */
static void
on_stored(void *arg, enum camp_err err)
{
	if (err != CAMP_OK)
		log_event(LOG_WARNING, "a session's forecast was not stored",
			  log_text("reason", camp_err_code(err)));
	answer(arg);
}

static void
run(struct compute_job *job, const struct model_use *use, struct forecast_work *work)
{
	struct forecasting *f = (struct forecasting *)job;
	enum camp_err err = CAMP_ERR_MODEL_UNAVAILABLE;

	if (use)
		err = session_forecast_fill(&f->result, use->forecaster, work, f->def,
					    &f->input);
	if (err != CAMP_OK) {
		reply_error(f->rq, err);
		forecasting_free(f);
		return;
	}
	f->result.row.computed_unix_ms = (int64_t)time(NULL) * 1000;
	if (!f->complete || db_forecast_put(f->rq->sv->db, &f->owner, &f->result.row,
					    on_stored, f) != CAMP_OK)
		answer(f);
}

static enum camp_err
compute(struct request *rq, const struct db_session_forecast *s)
{
	struct forecasting *f = calloc(1, sizeof(*f));
	enum camp_err err = CAMP_ERR_MEMORY;

	if (!f)
		return err;
	f->job.run = run;
	f->rq = rq;
	f->owner = s->owner;
	f->complete = s->complete;
	f->def = task_registry_find(rq->sv->tasks, s->owner.task, s->owner.task_version);
	if (!f->def)
		err = CAMP_ERR_FAULT;
	else if (session_input_copy(&f->input, s->trials, s->n_trials, &s->eeg,
				    &s->adapter))
		err = compute_submit(rq->sv->compute, &f->job);
	if (err != CAMP_OK)
		forecasting_free(f);
	return err;
}

static void
on_session(void *arg, enum camp_err err, const struct db_session_forecast *s)
{
	struct request *rq = arg;

	if (err == CAMP_OK && s->forecast)
		reply_take_json(rq, 200,
				session_forecast_json(&s->owner, true, s->forecast));
	else if (err == CAMP_OK && s->n_trials == 0)
		reply_take_json(rq, 200, session_forecast_none_json(&s->owner, false));
	else if (err == CAMP_OK)
		err = compute(rq, s);
	if (err != CAMP_OK)
		reply_error(rq, err);
}

enum camp_err
handle_session_engagement_get(struct request *rq)
{
	const struct trial_owner *owner = &rq->auth.owner;
	struct uuid session_id;
	enum camp_err err = request_param_uuid(rq, "session", &session_id);

	if (err != CAMP_OK)
		return err;
	/* The participant is part of the key: another's session is not found. */
	return db_session_forecast(rq->sv->db, &owner->organisation_id,
				   &owner->participant_id, &session_id, on_session, rq);
}
