/*
 * GET  /api/v1/models: the models of this installation and the one that serves here.
 * POST /api/v1/models: store a model file (safetensors).
 * GET  /api/v1/models/{model}; POST /api/v1/models/{model}/activate: let it serve.
 *
 * For operators. Activating writes a row; every server takes the model up within seconds,
 * this one at once. Whether it could be loaded here, "serving" tells.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db/models.h"
#include "server/compute.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/keeper.h"
#include "server/model_row.h"
#include "server/model_store.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

static json_t *
model_json(const struct db_model *m)
{
	char sum[2 * MODEL_SUM_BYTES + 1];

	sodium_bin2hex(sum, sizeof(sum), m->sum, sizeof(m->sum));
	return json_pack("{s:o, s:s, s:s, s:s, s:I, s:s, s:b, s:o, s:o, s:o}", "id",
			 json_write_uuid(&m->model_id), "version", m->version, "encoder",
			 m->encoder, "sha256", sum, "bytes", (json_int_t)m->n_bytes,
			 "source", m->source, "active", m->active, "created_at",
			 json_write_time(m->created_unix_ms), "metrics",
			 json_loads(m->metrics_json, 0, NULL), "metadata",
			 json_loads(m->metadata_json, 0, NULL));
}

/* What serves in this process. */
static json_t *
serving_json(struct model_store *store)
{
	static const char *const sources[] = {[MODEL_NONE] = "none",
					      [MODEL_FROM_FILE] = "file",
					      [MODEL_FROM_DATABASE] = "database"};
	struct model_status s;

	model_store_status(store, &s);
	return json_pack("{s:s, s:o, s:o, s:o}", "source", sources[s.source], "version",
			 json_write_text(s.version[0] ? s.version : NULL), "encoder",
			 json_write_text(s.encoder[0] ? s.encoder : NULL), "problem",
			 json_write_text(s.problem[0] ? s.problem : NULL));
}

static void
on_list(void *arg, enum camp_err err, int n, const struct db_model *models)
{
	struct request *rq = arg;
	json_t *list;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	list = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(list, model_json(&models[i]));
	reply_take_json(rq, 200,
			json_pack("{s:o, s:o}", "serving", serving_json(rq->sv->models),
				  "models", list));
}

enum camp_err
handle_models_get(struct request *rq)
{
	return db_model_list(rq->sv->db, on_list, rq);
}

static void
on_model(void *arg, enum camp_err err, const struct db_model *model)
{
	struct request *rq = arg;

	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_take_json(rq, 200, model_json(model));
}

enum camp_err
handle_model_get(struct request *rq)
{
	struct uuid id;
	enum camp_err err = request_param_uuid(rq, "model", &id);

	return err != CAMP_OK ? err : db_model_get(rq->sv->db, &id, on_model, rq);
}

static void
on_activated(void *arg, enum camp_err err, const struct db_model *model)
{
	struct request *rq = arg;

	if (err == CAMP_OK)
		keeper_wake(rq->sv->keeper);
	on_model(rq, err, model);
}

enum camp_err
handle_model_activate_post(struct request *rq)
{
	struct uuid id;
	enum camp_err err = request_param_uuid(rq, "model", &id);

	return err != CAMP_OK ? err
			      : db_model_activate(rq->sv->db, &id, on_activated, rq);
}

/* ---- upload ---- */

/* A file that a worker looks at, as reading it takes a while. */
struct upload {
	struct compute_job job; /* first: a job is one of these */
	struct request *rq;
	struct uuid id;
};

static void
on_uploaded(void *arg, enum camp_err err, const struct db_model *model)
{
	struct upload *u = arg;

	if (err != CAMP_OK)
		reply_error(u->rq, err);
	else
		reply_take_json(u->rq, uuid_equal(&model->model_id, &u->id) ? 201 : 200,
				model_json(model));
	free(u);
}

static void
read_upload(struct compute_job *job, const struct model_use *use,
	    struct forecast_work *work)
{
	struct upload *u = (struct upload *)job;
	struct request *rq = u->rq;
	struct model_row file = {0};
	char sentence[PROBLEM_DETAIL_SIZE] = "";
	struct problem why;
	enum camp_err err;

	(void)use;
	(void)work;
	problem_reset(&why);
	err = model_row_read(&file, rq->body.data, rq->body.len, "upload", sentence,
			     sizeof(sentence));
	u->id = file.row.model_id;
	if (err == CAMP_OK)
		err = db_model_put(rq->sv->db, &file.row, on_uploaded, u);
	else if (err == CAMP_ERR_INVALID)
		problem_set_detail(&why, "%s", sentence);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		free(u);
	}
	model_row_clear(&file);
}

enum camp_err
handle_models_post(struct request *rq)
{
	struct upload *u;
	enum camp_err err;

	if (rq->body.len == 0)
		return request_refuse(rq, CAMP_ERR_INVALID, "the body is empty");
	u = calloc(1, sizeof(*u));
	if (!u)
		return CAMP_ERR_MEMORY;
	u->job.run = read_upload;
	u->rq = rq;
	err = compute_submit(rq->sv->compute, &u->job);
	if (err != CAMP_OK)
		free(u);
	return err;
}
