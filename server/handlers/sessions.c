/*
 * POST /api/v1/sessions: begin a session of a task, or mint a few ahead for offline use.
 *
 * The server makes every id, as a device's clock cannot be trusted with them. A repeat of
 * the Idempotency-Key finds the same sessions.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/sessions.h"
#include "server/handlers/handlers.h"
#include "server/json_read.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"
#include "server/task_registry.h"

#define SECONDS_A_DAY 86400
#define DEVICE_BYTES_MAX 4096

struct creating {
	struct request *rq;
	struct auth who; /* of the session tokens, but for the session's id */
	struct uuid first_id;
};

/* null: a newcomer to the task, or a task that does not adapt. */
static json_t *
ability_json(const struct db_ability *a)
{
	if (a->location_sd <= 0)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f}", "location", a->location, "location_sd",
			 a->location_sd, "slope", a->slope, "slope_sd", a->slope_sd);
}

static json_t *
session_json(struct request *rq, struct auth *who, const struct uuid *id,
	     const struct db_session_start *start)
{
	char token[AUTH_TOKEN_MAX];

	who->owner.session_id = *id;
	auth_token_make(&rq->sv->keys, who, token);
	return json_pack("{s:o, s:s, s:i, s:I, s:s, s:o, s:o, s:n, s:n, s:{}}", "id",
			 json_write_uuid(id), "task", who->owner.task, "task_version",
			 who->owner.task_version, "seed", (json_int_t)start->seed,
			 "token", token, "expires_at",
			 json_write_time(who->expires_unix_s * 1000LL), "ability",
			 ability_json(&start->ability), "item", "phase", "parameters");
}

static void
on_created(void *arg, enum camp_err err, int n, const struct uuid *ids,
	   const struct db_session_start *starts)
{
	struct creating *c = arg;
	struct request *rq = c->rq;
	json_t *sessions;
	bool repeated;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		free(c);
		return;
	}
	sessions = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(sessions,
				      session_json(rq, &c->who, &ids[i], &starts[i]));
	repeated = !uuid_equal(&ids[0], &c->first_id);
	reply_take_json(rq, repeated ? 200 : 201,
			json_pack("{s:o}", "sessions", sessions));
	free(c);
}

/* label is borrowed from root, device_json is the caller's. */
static enum camp_err
read_session(struct request *rq, struct db_session_new *session, char **device_json,
	     json_t *root, struct problem *why)
{
	static const char *const known[] = {"task",   "count", "label",
					    "device", "item",  NULL};
	struct json_in in = {root, NULL, why};
	const struct task_definition *def;
	struct json_path at = {0};
	json_t *device = NULL;
	int64_t count = 1;
	const char *task, *item = NULL;

	at.key = "task";
	if (json_read_string(&in, "task", JSON_REQUIRED, 1, TASK_NAME_MAX, &task)) {
		def = task_registry_current(rq->sv->tasks, task);
		if (def) {
			memcpy(session->task, def->name, sizeof(session->task));
			session->task_version = def->version;
		} else {
			problem_add(why, &at, "unknown", "this server has no such task");
		}
	}
	json_read_int(&in, "count", JSON_OPTIONAL, 1, SESSIONS_PER_REQUEST_MAX, &count);
	at.key = "label";
	if (json_read_string(&in, "label", JSON_OPTIONAL, 1, 64, &session->label) &&
	    !request_label_valid(session->label))
		problem_add(why, &at, "format",
			    "letters, digits, \".\", \"_\" and \"-\" only");
	at.key = "item";
	if (json_read_string(&in, "item", JSON_OPTIONAL, 1, 64, &item) && item)
		problem_add(why, &at, "unknown", "the cohort has no programme");
	if (json_read_object(&in, "device", JSON_OPTIONAL, DEVICE_BYTES_MAX, &device)) {
		*device_json = json_dumps(device, JSON_COMPACT);
		if (!*device_json)
			return CAMP_ERR_MEMORY;
	}
	json_read_end(&in, known);
	session->n = (int)count;
	return why->count ? CAMP_ERR_INVALID : CAMP_OK;
}

static void
fill_ids(struct db_session_new *session)
{
	for (int i = 0; i < session->n; i++) {
		session->session_ids[i] = uuid_v7();
		session->seeds[i] = randombytes_random();
	}
}

enum camp_err
handle_sessions_post(struct request *rq)
{
	struct db_session_new session = {0};
	struct creating *c = NULL;
	char *device_json = NULL;
	json_t *root = NULL;
	struct problem why;
	enum camp_err err;
	const char *key;

	problem_reset(&why);
	err = request_idempotency_key(rq, &key);
	if (err != CAMP_OK)
		return err;
	err = json_read_body(&root, rq->body.data, rq->body.len, &why);
	if (err == CAMP_OK)
		err = read_session(rq, &session, &device_json, root, &why);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		err = CAMP_OK;
		goto out;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		err = CAMP_ERR_MEMORY;
		goto out;
	}
	session.organisation_id = rq->auth.owner.organisation_id;
	session.participant_id = rq->auth.owner.participant_id;
	session.device_json = device_json;
	auth_hash(session.key, sizeof(session.key), key, strlen(key));
	auth_hash(session.request_hash, sizeof(session.request_hash), rq->body.data,
		  rq->body.len);
	fill_ids(&session);
	c->rq = rq;
	c->first_id = session.session_ids[0];
	c->who = rq->auth;
	c->who.kind = AUTH_SESSION;
	memcpy(c->who.owner.task, session.task, sizeof(session.task));
	c->who.owner.task_version = (int16_t)session.task_version;
	c->who.expires_unix_s =
		(uint32_t)(time(NULL) +
			   (time_t)rq->sv->config->session_token_days * SECONDS_A_DAY);
	err = db_sessions_create(rq->sv->db, &session, on_created, c);
	if (err == CAMP_OK)
		c = NULL; /* on_created() owns it */
out:
	free(c);
	free(device_json);
	json_decref(root);
	return err;
}
