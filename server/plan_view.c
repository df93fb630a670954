#include "server/plan_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "server/json_write.h"

int64_t
plan_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
plan_primary_scores(const struct task_registry *tasks, const char **names,
		    const char **scores)
{
	int n = 0;

	for (size_t i = 0; i < task_registry_count(tasks); i++) {
		const struct task_definition *def = task_registry_at(tasks, i);

		if (task_registry_current(tasks, def->name) != def)
			continue;
		names[n] = def->name;
		scores[n++] = def->primary_score;
	}
	return n;
}

/* ---- making ---- */

/*
 * What is not known of the ability as a share of what is not known of anybody's: see
 * models/programme/pick.h. An ability of an older version of the task says nothing.
 */
static double
uncertainty(const struct task_definition *def, const struct db_plan_task *known)
{
	if (!def)
		return NAN;
	if (def->adapts && known->task_version == def->version) {
		double prior = def->adaptive.prior_sd;

		/* A flat prior: the sd of an even spread over the levels. */
		if (!(prior > 0))
			prior = (def->adaptive.max - def->adaptive.min) / sqrt(12);
		return known->location_sd / prior;
	}
	return 1 / sqrt(known->precision) / def->primary_sd;
}

static enum camp_err
read_knowledge(struct plan_view *v, const struct task_registry *tasks,
	       const struct db_plan *from)
{
	v->knowledge = calloc((size_t)from->n_known + 1, sizeof(*v->knowledge));
	if (!v->knowledge)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < from->n_known; i++) {
		v->knowledge[i].task = from->known[i].task;
		v->knowledge[i].uncertainty =
			uncertainty(task_registry_current(tasks, from->known[i].task),
				    &from->known[i]);
	}
	return CAMP_OK;
}

/* Splits the names of picked tasks, which stand one after the other in one copy. */
static int
split_picked(char **text, const char *from, const char **out)
{
	size_t len = strlen(from);
	char *at = *text, *word;
	int n = 0;

	memcpy(at, from, len + 1);
	*text += len + 1;
	while (n < PROGRAMME_TASKS_MAX && (word = strsep(&at, " "))) {
		if (*word)
			out[n++] = word;
	}
	return n;
}

static enum camp_err
read_sessions(struct plan_view *v, const struct db_plan *from)
{
	size_t bytes = 1, n = (size_t)from->n_sessions;
	const char **picked;
	char *text;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(from->sessions[i].picked) + 1;
	v->played = calloc(n + 1, sizeof(*v->played));
	v->picked = calloc(n * PROGRAMME_TASKS_MAX + 1, sizeof(*v->picked));
	v->words = malloc(bytes);
	if (!v->played || !v->picked || !v->words)
		return CAMP_ERR_MEMORY;
	picked = v->picked;
	text = v->words;
	for (size_t i = 0; i < n; i++) {
		const struct db_plan_session *s = &from->sessions[i];
		struct plan_played *p = &v->played[i];

		p->session_id = s->session_id;
		p->task = s->task;
		p->item = s->item;
		p->complete = s->complete;
		p->completed_ms = s->completed_unix_ms;
		p->picked = picked;
		p->n_picked = split_picked(&text, s->picked, picked);
		picked += p->n_picked;
	}
	return CAMP_OK;
}

static enum camp_err
read_programme(struct plan_view *v, const struct db_plan *from)
{
	char why[256];
	enum camp_err err;

	v->arm = -1;
	v->version = from->version;
	if (!from->document)
		return CAMP_OK;
	err = programme_parse(&v->programme, from->document, strlen(from->document), NULL,
			      NULL, why, sizeof(why));
	if (err == CAMP_ERR_INVALID) {
		log_event(LOG_ERROR, "a stored programme cannot be read",
			  log_text("why", why));
		err = CAMP_ERR_FAULT;
	}
	if (err == CAMP_OK) {
		v->programme->seed = from->seed;
		v->arm = programme_arm_find(v->programme, from->arm);
	}
	return err;
}

enum camp_err
plan_view_make(struct plan_view *out, const struct task_registry *tasks,
	       const struct db_plan *from, int64_t now_ms)
{
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	err = read_programme(out, from);
	if (err == CAMP_OK)
		err = read_sessions(out, from);
	if (err == CAMP_OK)
		err = read_knowledge(out, tasks, from);
	if (err == CAMP_OK) {
		const struct plan_input in = {.programme = out->programme,
					      .arm = out->arm,
					      .join_no = from->join_no,
					      .joined_ms = from->joined_unix_ms,
					      .now_ms = now_ms,
					      .played = out->played,
					      .n_played = from->n_sessions,
					      .knowledge = out->knowledge,
					      .n_knowledge = from->n_known};

		err = plan_make(&out->plan, &in);
	}
	if (err != CAMP_OK)
		plan_view_clear(out);
	return err;
}

void
plan_view_clear(struct plan_view *v)
{
	if (!v)
		return;
	programme_free(v->programme);
	free(v->played);
	free(v->picked);
	free(v->words);
	free(v->knowledge);
	memset(v, 0, sizeof(*v));
}

/* ---- writing ---- */

static json_t *
reason_json(const struct pick_reason *reason)
{
	json_t *out = json_pack("{s:s}", "code", pick_code_name(reason->code));

	if (reason->code == PICK_DUE_PRACTICE)
		json_object_set_new(out, "days", json_integer(reason->days));
	return out;
}

static json_t *
item_json(const struct plan_item *item)
{
	static const struct uuid none = {{0}};
	bool opened = !uuid_equal(&item->session_id, &none);

	return json_pack("{s:s, s:s, s:o, s:i, s:o, s:s, s:o}", "item", item->name,
			 "task", item->task, "parameters",
			 item->parameters ? json_deep_copy(item->parameters)
					  : json_object(),
			 "minutes", item->minutes, "reason", reason_json(&item->reason),
			 "state", item->done ? "done" : "open", "session",
			 opened ? json_write_uuid(&item->session_id) : json_null());
}

static json_t *
session_json(const struct plan_view *v, const struct plan_session *s)
{
	json_t *items = json_array();

	for (int i = 0; i < s->n_items; i++)
		json_array_append_new(items, item_json(&s->items[i]));
	return json_pack("{s:s, s:i, s:o, s:o, s:o}", "phase",
			 v->programme->phases[s->phase].name, "number", s->number,
			 "since", json_write_time(s->since_ms), "until",
			 json_write_time(s->until_ms), "items", items);
}

static json_t *
ahead_json(const struct plan_view *v)
{
	json_t *list = json_array();

	for (int i = 0; i < v->plan.n_ahead; i++) {
		json_t *one = session_json(v, &v->plan.ahead[i]);

		json_object_set_new(one, "not_before",
				    json_write_time(v->plan.ahead[i].not_before_ms));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
phases_json(const struct plan_view *v)
{
	json_t *list = json_array();

	for (int i = 0; i < v->plan.n_phases; i++) {
		const struct plan_phase *row = &v->plan.phases[i];
		const struct programme_phase *phase = &v->programme->phases[row->phase];

		json_array_append_new(list, json_pack("{s:s, s:O, s:i, s:i, s:s}", "name",
						      phase->name, "title", phase->title,
						      "sessions", phase->sessions, "done",
						      row->done, "state",
						      plan_phase_state_name(row->state)));
	}
	return list;
}

static json_t *
programme_json(const struct plan_view *v)
{
	if (!v->programme)
		return json_null();
	return json_pack("{s:O, s:i}", "title", v->programme->title, "version",
			 v->version);
}

json_t *
plan_view_json(const struct plan_view *v, const struct db_plan *from)
{
	const struct plan *p = &v->plan;

	return json_pack(
		"{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:{s:i, s:i}, s:{s:i, s:i}, s:i, "
		"s:b, s:o}",
		"programme", programme_json(v), "arm",
		json_write_text(v->arm < 0 ? NULL : v->programme->arms[v->arm].name),
		"phases", phases_json(v), "state", plan_state_name(p->state), "due",
		p->state == PLAN_DUE ? session_json(v, &p->due) : json_null(), "ahead",
		ahead_json(v), "next_at",
		p->state == PLAN_WAIT ? json_write_time(p->next_ms) : json_null(), "week",
		"wanted", p->week_wanted, "done", p->week_done, "streak", "weeks",
		p->streak_weeks, "days", p->streak_days, "missed", p->missed,
		"free_practice", !v->programme || v->programme->free_practice, "tasks",
		json_write_texts(from->tasks, from->n_tasks));
}
