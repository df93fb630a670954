/*
 * POST /api/v1/sessions: begin a session of a task, or mint a few ahead for offline use.
 *
 * With "item" it is a session of the cohort's programme, which says whether it may be
 * opened now and with which parameters: that takes one trip to the database more.
 *
 * The server makes every id, as a device's clock cannot be trusted with them. A repeat of
 * the Idempotency-Key finds the same sessions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/sessions.h"
#include "server/handlers/handlers.h"
#include "server/json_read.h"
#include "server/json_write.h"
#include "server/plan_view.h"
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
	struct db_session_new session;
	json_t *root; /* the body, which label and item are borrowed from */
	char *device_json;
};

static void
creating_free(struct creating *c)
{
	if (c) {
		json_decref(c->root);
		free(c->device_json);
	}
	free(c);
}

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
	return json_pack("{s:o, s:s, s:i, s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "id",
			 json_write_uuid(id), "task", who->owner.task, "task_version",
			 who->owner.task_version, "seed", (json_int_t)start->seed,
			 "token", token, "expires_at",
			 json_write_time(who->expires_unix_s * 1000LL), "ability",
			 ability_json(&start->ability), "item",
			 json_write_text(start->item), "phase",
			 json_write_text(start->phase), "parameters",
			 start->parameters_json
				 ? json_loads(start->parameters_json, 0, NULL)
				 : json_object());
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
		creating_free(c);
		return;
	}
	sessions = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(sessions,
				      session_json(rq, &c->who, &ids[i], &starts[i]));
	repeated = !uuid_equal(&ids[0], &c->first_id);
	reply_take_json(rq, repeated ? 200 : 201,
			json_pack("{s:o}", "sessions", sessions));
	creating_free(c);
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
	const char *task;

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
	json_read_string(&in, "item", JSON_OPTIONAL, 1, PROGRAMME_ITEM_MAX,
			 &session->item);
	if (json_read_object(&in, "device", JSON_OPTIONAL, DEVICE_BYTES_MAX, &device)) {
		*device_json = json_dumps(device, JSON_COMPACT);
		if (!*device_json)
			return CAMP_ERR_MEMORY;
	}
	json_read_end(&in, known);
	session->n = (int)count;
	at.key = "count";
	if (session->item && count != 1)
		problem_add(why, &at, "out_of_range", "items are opened one at a time");
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

/* ---- items of a programme ---- */

/* What is wrong with an item that is neither due nor ahead. */
static void
refuse_item(struct problem *why, const struct plan *plan)
{
	struct json_path at = {.key = "item"};
	char next[PROGRAMME_ITEM_MAX + 32];

	switch (plan->state) {
	case PLAN_FREE:
		problem_add(why, &at, "unknown", "the cohort has no programme");
		return;
	case PLAN_FINISHED:
		problem_add(why, &at, "not_due", "the programme is finished");
		return;
	case PLAN_WAIT:
	case PLAN_DUE:
		break;
	}
	if (plan->state == PLAN_DUE)
		snprintf(next, sizeof(next), "due is %s", plan->due.items[0].name);
	else
		snprintf(next, sizeof(next), "nothing is due");
	problem_add(why, &at, "not_due", "neither due nor ahead: %s", next);
}

static void
check_item(struct problem *why, const struct db_session_new *session,
	   const struct plan *plan, const struct plan_item *item)
{
	struct json_path at = {.key = "item"};

	if (!item) {
		refuse_item(why, plan);
	} else if (item->done) {
		problem_add(why, &at, "done", "this item is done");
	} else if (strcmp(item->task, session->task) != 0) {
		at.key = "task";
		problem_add(why, &at, "mismatch", "%s is a session of %s", item->name,
			    item->task);
	}
}

static enum camp_err
create(struct creating *c)
{
	return db_sessions_create(c->rq->sv->db, &c->session, on_created, c);
}

/* Everything that the session takes along is borrowed for the call only. */
static enum camp_err
create_item(struct creating *c, const struct plan_view *view,
	    const struct plan_session *planned, const struct plan_item *item)
{
	const char *picked[PROGRAMME_TASKS_MAX];
	char *parameters = NULL;
	enum camp_err err;

	for (int i = 0; i < planned->n_items; i++)
		picked[i] = planned->items[i].task;
	if (item->parameters) {
		parameters = json_dumps(item->parameters, JSON_COMPACT);
		if (!parameters)
			return CAMP_ERR_MEMORY;
	}
	c->session.phase = view->programme->phases[planned->phase].name;
	c->session.parameters_json = parameters;
	c->session.picked = picked;
	c->session.n_picked = planned->n_items;
	c->session.programme_version = view->version;
	err = create(c);
	free(parameters);
	return err;
}

static void
on_plan(void *arg, enum camp_err err, const struct db_plan *from)
{
	struct creating *c = arg;
	struct request *rq = c->rq;
	const struct plan_session *planned;
	const struct plan_item *item;
	struct plan_view view = {0};
	struct problem why;

	problem_reset(&why);
	if (err == CAMP_OK)
		err = plan_view_make(&view, rq->sv->tasks, from, plan_now_ms());
	if (err == CAMP_OK && from->repeated) {
		/* The first request's session is found, whatever is due now. */
		c->session.item = NULL;
		err = create(c);
	} else if (err == CAMP_OK) {
		item = plan_item_find(&view.plan, c->session.item, &planned);
		check_item(&why, &c->session, &view.plan, item);
		err = why.count ? CAMP_ERR_INVALID : create_item(c, &view, planned, item);
	}
	plan_view_clear(&view);
	if (err == CAMP_OK)
		return; /* on_created() owns c */
	if (why.count)
		reply_problem(rq, err, &why);
	else
		reply_error(rq, err);
	creating_free(c);
}

/* The plan first, which says whether the item may be opened and with what. */
static enum camp_err
ask_plan(struct creating *c)
{
	const char *names[TASK_REGISTRY_MAX], *scores[TASK_REGISTRY_MAX];
	int n = plan_primary_scores(c->rq->sv->tasks, names, scores);

	return db_plan_get(c->rq->sv->db, &c->session.organisation_id,
			   &c->session.participant_id, names, scores, n, c->session.key,
			   on_plan, c);
}

static void
fill(struct creating *c, struct request *rq, const char *key)
{
	struct db_session_new *session = &c->session;

	c->rq = rq;
	session->organisation_id = rq->auth.owner.organisation_id;
	session->participant_id = rq->auth.owner.participant_id;
	session->device_json = c->device_json;
	auth_hash(session->key, sizeof(session->key), key, strlen(key));
	auth_hash(session->request_hash, sizeof(session->request_hash), rq->body.data,
		  rq->body.len);
	fill_ids(session);
	c->first_id = session->session_ids[0];
	c->who = rq->auth;
	c->who.kind = AUTH_SESSION;
	memcpy(c->who.owner.task, session->task, sizeof(session->task));
	c->who.owner.task_version = (int16_t)session->task_version;
	c->who.expires_unix_s =
		(uint32_t)(time(NULL) +
			   (time_t)rq->sv->config->session_token_days * SECONDS_A_DAY);
}

enum camp_err
handle_sessions_post(struct request *rq)
{
	struct creating *c;
	struct problem why;
	enum camp_err err;
	const char *key;

	problem_reset(&why);
	err = request_idempotency_key(rq, &key);
	if (err != CAMP_OK)
		return err;
	c = calloc(1, sizeof(*c));
	if (!c)
		return CAMP_ERR_MEMORY;
	err = json_read_body(&c->root, rq->body.data, rq->body.len, &why);
	if (err == CAMP_OK)
		err = read_session(rq, &c->session, &c->device_json, c->root, &why);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		creating_free(c);
		return CAMP_OK;
	}
	fill(c, rq, key);
	err = c->session.item ? ask_plan(c) : create(c);
	if (err != CAMP_OK)
		creating_free(c); /* else on_created() owns it */
	return err;
}
