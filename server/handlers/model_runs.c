/*
 * GET  /api/v1/model-runs: the trainings on the server.
 * POST /api/v1/model-runs: queue one; {"encoder", "steps", "seed", "components",
 * "cohort"}. GET  /api/v1/model-runs/{run}: with its figures, one object a validation.
 * POST /api/v1/model-runs/{run}/cancel
 *
 * For operators. The run's id is made from the Idempotency-Key, so a repeat finds it.
 */
#include <string.h>

#include "db/cohorts.h"
#include "db/model_runs.h"
#include "models/engagement/encoder.h"
#include "server/handlers/handlers.h"
#include "server/json_read.h"
#include "server/json_write.h"
#include "server/keeper.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

#define STEPS_STANDARD 450
#define STEPS_MAX 100000
#define SEED_MAX 4294967295

static json_t *
run_json(const struct db_run *r, bool with_metrics)
{
	json_t *run =
		json_pack("{s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
			  json_write_uuid(&r->run_id), "state", r->state,
			  "cancel_requested", r->cancel_requested, "config",
			  json_loads(r->config_json, 0, NULL), "progress",
			  json_loads(r->progress_json, 0, NULL), "error",
			  json_write_text(r->error), "model",
			  r->has_model ? json_write_uuid(&r->model_id) : json_null(),
			  "created_at", json_write_time(r->created_unix_ms), "started_at",
			  json_write_time(r->started_unix_ms), "heartbeat_at",
			  json_write_time(r->heartbeat_unix_ms), "finished_at",
			  json_write_time(r->finished_unix_ms));

	if (run && with_metrics)
		json_object_set_new(run, "metrics", json_loads(r->metrics_json, 0, NULL));
	return run;
}

static void
on_list(void *arg, enum camp_err err, int n, const struct db_run *runs)
{
	struct request *rq = arg;
	json_t *list;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	list = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(list, run_json(&runs[i], false));
	reply_take_json(rq, 200, json_pack("{s:o}", "runs", list));
}

enum camp_err
handle_model_runs_get(struct request *rq)
{
	return db_run_list(rq->sv->db, on_list, rq);
}

static void
on_run(void *arg, enum camp_err err, bool repeated, const struct db_run *run)
{
	struct request *rq = arg;

	(void)repeated;
	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_take_json(rq, 200, run_json(run, true));
}

enum camp_err
handle_model_run_get(struct request *rq)
{
	struct uuid id;
	enum camp_err err = request_param_uuid(rq, "run", &id);

	return err != CAMP_OK ? err : db_run_get(rq->sv->db, &id, on_run, rq);
}

/* Cancelling what was cancelled is a repeat; what ended otherwise is too late. */
static void
on_cancelled(void *arg, enum camp_err err, bool over, const struct db_run *run)
{
	struct request *rq = arg;

	if (err == CAMP_OK && over && strcmp(run->state, "cancelled") != 0)
		err = CAMP_ERR_RUN_FINISHED;
	if (err == CAMP_OK)
		keeper_wake(rq->sv->keeper);
	on_run(rq, err, over, run);
}

enum camp_err
handle_model_run_cancel_post(struct request *rq)
{
	struct uuid id;
	enum camp_err err = request_param_uuid(rq, "run", &id);

	return err != CAMP_OK ? err : db_run_cancel(rq->sv->db, &id, on_cancelled, rq);
}

/* ---- queueing ---- */

static void
on_created(void *arg, enum camp_err err, bool repeated, const struct db_run *run)
{
	struct request *rq = arg;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	keeper_wake(rq->sv->keeper);
	reply_take_json(rq, repeated ? 200 : 201, run_json(run, true));
}

static bool
join_code_valid(const char *code)
{
	return strlen(code) == JOIN_CODE_LEN &&
	       strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == JOIN_CODE_LEN;
}

/* The configuration as stored, with every default; a new reference, NULL: why or memory.
 */
static json_t *
read_config(json_t *root, struct problem *why)
{
	static const char *const known[] = {"encoder",    "steps",  "seed",
					    "components", "cohort", NULL};
	struct json_in in = {root, NULL, why};
	struct json_path at = {NULL, "encoder", 0};
	int64_t steps = STEPS_STANDARD, seed = 1, components = 2;
	const char *encoder = "transformer", *cohort = NULL;

	if (json_read_string(&in, "encoder", JSON_OPTIONAL, 1, 15, &encoder) &&
	    !encoder_kind_find(encoder))
		problem_add(why, &at, "unknown",
			    "one of transformer, gru, cnn and linear");
	json_read_int(&in, "steps", JSON_OPTIONAL, 1, STEPS_MAX, &steps);
	json_read_int(&in, "seed", JSON_OPTIONAL, 0, SEED_MAX, &seed);
	json_read_int(&in, "components", JSON_OPTIONAL, 1, 2, &components);
	at.key = "cohort";
	if (json_read_string(&in, "cohort", JSON_OPTIONAL | JSON_NULLABLE, 1,
			     JOIN_CODE_LEN, &cohort) &&
	    !join_code_valid(cohort))
		problem_add(why, &at, "format",
			    "the 8 letters and digits of a join code");
	json_read_end(&in, known);
	if (why->count)
		return NULL;
	return json_pack("{s:s, s:I, s:I, s:I, s:o}", "encoder", encoder, "steps",
			 (json_int_t)steps, "seed", (json_int_t)seed, "components",
			 (json_int_t)components, "cohort", json_write_text(cohort));
}

enum camp_err
handle_model_runs_post(struct request *rq)
{
	static const struct uuid nobody; /* the installation's own */
	json_t *root = NULL, *config = NULL;
	char *text = NULL;
	struct problem why;
	struct uuid run_id;
	const char *key;
	enum camp_err err = request_idempotency_key(rq, &key);

	if (err != CAMP_OK)
		return err;
	problem_reset(&why);
	err = json_read_body(&root, rq->body.data, rq->body.len, &why);
	if (err == CAMP_OK) {
		config = read_config(root, &why);
		text = config ? json_dumps(config, JSON_COMPACT) : NULL;
		err = why.count ? CAMP_ERR_INVALID : text ? CAMP_OK : CAMP_ERR_MEMORY;
	}
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		err = CAMP_OK;
	} else {
		run_id = auth_derive_id(&rq->sv->keys, &nobody, key);
		err = db_run_create(rq->sv->db, &run_id, text, on_created, rq);
	}
	free(text);
	json_decref(config);
	json_decref(root);
	return err;
}
