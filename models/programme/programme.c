#include "models/programme/programme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/tasks/json_check.h"

#define WEIGHT_MAX 16
#define PER_WEEK_MAX 28
#define GAP_HOURS_MAX 672 /* four weeks */
#define AFTER_DAYS_MAX 730
#define MINUTES_MAX 240

/* ---- checks ---- */

static const char *const languages[] = {"en", "zh-Hans", "es", "ar", NULL};
static const char *const orders[] = {"fixed", "counterbalanced", "random", NULL};
static const char *const rules[] = {"extend", "catch_up", "drop", NULL};

/* Every language of the pages, as a title that is missing cannot be made up. */
static bool
titles(struct json_check *c, const json_t *value)
{
	if (!json_check_texts(c, value))
		return false;
	for (int i = 0; languages[i]; i++) {
		if (!json_object_get(value, languages[i]))
			return json_fail(c, "must have a text in \"%s\"", languages[i]);
	}
	return true;
}

static bool
name(struct json_check *c, const json_t *value)
{
	const char *text;

	if (!json_check_name(c, value, PROGRAMME_NAME_MAX, "-"))
		return false;
	text = json_string_value(value);
	if (text[0] < 'a' || text[0] > 'z')
		return json_fail(c, "must begin with a letter");
	return true;
}

static bool
seed(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 0, UINT32_MAX);
}

static bool
weight(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, WEIGHT_MAX);
}

static bool
arm(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, name},
						     {"weight", false, weight},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
arms(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 2, PROGRAMME_ARMS_MAX, arm, "name");
}

static bool
sessions(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, PROGRAMME_SESSIONS_MAX);
}

static bool
per_week(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, PER_WEEK_MAX);
}

static bool
gap_hours(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 0, GAP_HOURS_MAX);
}

static bool
after_days(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 0, AFTER_DAYS_MAX);
}

static bool
minutes(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, MINUTES_MAX);
}

static bool
order(struct json_check *c, const json_t *value)
{
	return json_check_one_of(c, value, orders);
}

static bool
roll_over(struct json_check *c, const json_t *value)
{
	return json_check_one_of(c, value, rules);
}

/* What is within range is known only with the definition: see check_parameter(). */
static bool
parameters(struct json_check *c, const json_t *value)
{
	return json_is_object(value) || json_fail(c, "must be an object");
}

static bool
task(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"task", true, json_check_text},
						     {"minutes", true, minutes},
						     {"parameters", false, parameters},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
tasks(struct json_check *c, const json_t *value)
{
	return json_check_array(c, value, 1, PROGRAMME_TASKS_MAX, task);
}

static bool
pool(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 2, PROGRAMME_TASKS_MAX, task, "task");
}

static bool
count(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, PROGRAMME_TASKS_MAX);
}

static bool
pick(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"from", true, pool},
						     {"count", true, count},
						     {0}};
	const json_t *from;

	if (!json_check_object(c, value, members))
		return false;
	from = json_object_get(value, "from");
	if ((size_t)json_integer_value(json_object_get(value, "count")) >
	    json_array_size(from)) {
		json_enter(c, "count");
		return json_fail(c, "must not be more than the %zu tasks to pick from",
				 json_array_size(from));
	}
	return true;
}

static bool
names(struct json_check *c, const json_t *value)
{
	return json_check_array(c, value, 1, PROGRAMME_ARMS_MAX, name);
}

static bool
phase(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, name},
						     {"title", true, titles},
						     {"sessions", true, sessions},
						     {"per_week", false, per_week},
						     {"min_gap_hours", false, gap_hours},
						     {"after_days", false, after_days},
						     {"arms", false, names},
						     {"order", false, order},
						     {"roll_over", false, roll_over},
						     {"tasks", false, tasks},
						     {"pick", false, pick},
						     {0}};
	const char *rule;

	if (!json_check_object(c, value, members))
		return false;
	if (!json_object_get(value, "tasks") == !json_object_get(value, "pick"))
		return json_fail(c, "must have either \"tasks\" or \"pick\"");
	if (json_object_get(value, "pick") && json_object_get(value, "order")) {
		json_enter(c, "order");
		return json_fail(c, "belongs to \"tasks\": what is picked comes by rank");
	}
	rule = json_string_value(json_object_get(value, "roll_over"));
	if (rule && strcmp(rule, "extend") != 0 && !json_object_get(value, "per_week")) {
		json_enter(c, "roll_over");
		return json_fail(c, "\"%s\" needs \"per_week\"", rule);
	}
	return true;
}

static bool
phases(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, PROGRAMME_PHASES_MAX, phase, "name");
}

/* Arms that phases name must be there. */
static bool
check_arms(struct json_check *c, const json_t *root)
{
	const json_t *known = json_object_get(root, "arms"), *list, *one;
	json_int_t sum = 0;
	size_t p, i, k;
	json_t *phase_json;

	for (i = 0; i < json_array_size(known); i++) {
		const json_t *w = json_object_get(json_array_get(known, i), "weight");

		sum += w ? json_integer_value(w) : 1;
	}
	if (sum > PROGRAMME_BLOCK_MAX) {
		json_enter(c, "arms");
		return json_fail(c, "weights must not add up to more than %d",
				 PROGRAMME_BLOCK_MAX);
	}
	json_array_foreach(json_object_get(root, "phases"), p, phase_json)
	{
		list = json_object_get(phase_json, "arms");
		for (i = 0; i < json_array_size(list); i++) {
			one = json_array_get(list, i);
			for (k = 0; k < json_array_size(known); k++) {
				if (json_equal(one,
					       json_object_get(json_array_get(known, k),
							       "name")))
					break;
			}
			if (k < json_array_size(known))
				continue;
			json_enter(c, "phases");
			json_enter_index(c, p);
			json_enter(c, "arms");
			json_enter_index(c, i);
			return json_fail(c, "there is no arm \"%s\"",
					 json_string_value(one));
		}
	}
	return true;
}

/* ---- checks that need the definitions ---- */

static bool
check_parameter(struct json_check *c, const struct task_definition *def,
		const char *parameter, const json_t *value)
{
	const struct task_parameter *p = task_parameter_find(def, parameter);

	if (!p)
		return json_fail(c, "%s has no parameter of one whole number so named",
				 def->name);
	return json_check_integer(c, value, p->min, p->max);
}

static bool
check_task(struct json_check *c, const json_t *value, programme_find_fn *find,
	   const void *arg)
{
	const char *task_name = json_string_value(json_object_get(value, "task"));
	const struct task_definition *def = find(arg, task_name);
	json_t *set = json_object_get(value, "parameters"), *one;
	const char *parameter;
	size_t mark;

	if (!def) {
		json_enter(c, "task");
		return json_fail(c, "there is no task \"%s\"", task_name);
	}
	mark = json_enter(c, "parameters");
	json_object_foreach(set, parameter, one)
	{
		size_t inner = json_enter(c, parameter);

		if (!check_parameter(c, def, parameter, one))
			return false;
		json_leave(c, inner);
	}
	json_leave(c, mark);
	return true;
}

/* The list of a phase's tasks, wherever it stands. */
static const json_t *
phase_tasks(const json_t *phase_json)
{
	const json_t *picked = json_object_get(phase_json, "pick");

	return picked ? json_object_get(picked, "from")
		      : json_object_get(phase_json, "tasks");
}

static bool
check_tasks(struct json_check *c, const json_t *root, programme_find_fn *find,
	    const void *arg)
{
	json_t *phase_json;
	size_t p;

	json_array_foreach(json_object_get(root, "phases"), p, phase_json)
	{
		const json_t *list = phase_tasks(phase_json);
		size_t mark = json_enter(c, "phases");

		json_enter_index(c, p);
		if (json_object_get(phase_json, "pick")) {
			json_enter(c, "pick");
			json_enter(c, "from");
		} else {
			json_enter(c, "tasks");
		}
		for (size_t i = 0; i < json_array_size(list); i++) {
			size_t inner = json_enter_index(c, i);

			if (!check_task(c, json_array_get(list, i), find, arg))
				return false;
			json_leave(c, inner);
		}
		json_leave(c, mark);
	}
	return true;
}

static bool
check(struct json_check *c, const json_t *root, programme_find_fn *find, const void *arg)
{
	static const struct json_member members[] =
		{{"title", true, titles},  {"seed", false, seed},
		 {"arms", false, arms},    {"free_practice", false, json_check_bool},
		 {"phases", true, phases}, {0}};

	if (!json_check_object(c, root, members))
		return false;
	/* A pointer may be left in the midst of what passed. */
	json_leave(c, 0);
	return check_arms(c, root) && (!find || check_tasks(c, root, find, arg));
}

/* ---- reading what passed ---- */

static int
integer(const json_t *object, const char *member, int standard)
{
	const json_t *value = json_object_get(object, member);

	return value ? (int)json_integer_value(value) : standard;
}

static int
choice(const json_t *object, const char *member, const char *const *list)
{
	const char *text = json_string_value(json_object_get(object, member));

	for (int i = 0; text && list[i]; i++) {
		if (strcmp(text, list[i]) == 0)
			return i;
	}
	return 0;
}

static void
copy_name(char *out, size_t size, const json_t *object, const char *member)
{
	snprintf(out, size, "%s", json_string_value(json_object_get(object, member)));
}

static void
read_tasks(struct programme_phase *out, const json_t *phase_json)
{
	const json_t *list = phase_tasks(phase_json);
	const json_t *picked = json_object_get(phase_json, "pick");

	out->pick = picked ? integer(picked, "count", 0) : 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);
		struct programme_task *t = &out->tasks[out->n_tasks++];

		copy_name(t->name, sizeof(t->name), object, "task");
		t->minutes = integer(object, "minutes", 1);
		t->parameters = json_object_get(object, "parameters");
	}
}

static void
read_phase(struct programme *p, const json_t *object)
{
	struct programme_phase *out = &p->phases[p->n_phases++];
	const json_t *list = json_object_get(object, "arms");

	copy_name(out->name, sizeof(out->name), object, "name");
	out->title = json_object_get(object, "title");
	out->sessions = integer(object, "sessions", 1);
	out->per_week = integer(object, "per_week", 0);
	out->min_gap_hours = integer(object, "min_gap_hours", 0);
	out->after_days = integer(object, "after_days", 0);
	out->order = (enum programme_order)choice(object, "order", orders);
	out->roll_over = (enum programme_roll_over)choice(object, "roll_over", rules);
	out->arms = list ? 0 : UINT32_MAX;
	for (size_t i = 0; i < json_array_size(list); i++) {
		int a = programme_arm_find(p, json_string_value(json_array_get(list, i)));

		if (a >= 0)
			out->arms |= UINT32_C(1) << a;
	}
	read_tasks(out, object);
}

static void
read_programme(struct programme *p)
{
	const json_t *free_practice = json_object_get(p->root, "free_practice");
	const json_t *list = json_object_get(p->root, "arms");

	p->title = json_object_get(p->root, "title");
	p->seed = (uint32_t)json_integer_value(json_object_get(p->root, "seed"));
	p->seed_given = json_object_get(p->root, "seed") != NULL;
	p->free_practice = !free_practice || json_is_true(free_practice);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct programme_arm *a = &p->arms[p->n_arms++];

		copy_name(a->name, sizeof(a->name), json_array_get(list, i), "name");
		a->weight = integer(json_array_get(list, i), "weight", 1);
	}
	list = json_object_get(p->root, "phases");
	for (size_t i = 0; i < json_array_size(list); i++)
		read_phase(p, json_array_get(list, i));
}

enum camp_err
programme_parse(struct programme **out, const char *json, size_t len,
		programme_find_fn *find, const void *arg, char *why, size_t why_size)
{
	struct json_check c = {.why = why, .why_size = why_size};
	struct programme *p;
	json_error_t error;
	json_t *root;

	*out = NULL;
	if (why_size)
		why[0] = '\0';
	if (len > PROGRAMME_JSON_MAX) {
		snprintf(why, why_size, "is longer than %d bytes", PROGRAMME_JSON_MAX);
		return CAMP_ERR_INVALID;
	}
	root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		snprintf(why, why_size, "line %d, column %d: %s", error.line,
			 error.column, error.text);
		return CAMP_ERR_INVALID;
	}
	c.root = root;
	if (!check(&c, root, find, arg)) {
		json_decref(root);
		return CAMP_ERR_INVALID;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		json_decref(root);
		return CAMP_ERR_MEMORY;
	}
	p->root = root;
	read_programme(p);
	*out = p;
	return CAMP_OK;
}

void
programme_free(struct programme *p)
{
	if (p)
		json_decref(p->root);
	free(p);
}

/* ---- asking ---- */

int
programme_arm_find(const struct programme *p, const char *arm_name)
{
	for (int a = 0; arm_name && a < p->n_arms; a++) {
		if (strcmp(p->arms[a].name, arm_name) == 0)
			return a;
	}
	return -1;
}

int
programme_block(const struct programme *p, int block[PROGRAMME_BLOCK_MAX])
{
	int n = 0;

	for (int a = 0; a < p->n_arms; a++) {
		for (int i = 0; i < p->arms[a].weight; i++)
			block[n++] = a;
	}
	return n;
}

bool
programme_phase_applies(const struct programme_phase *phase_of, int arm_no)
{
	if (phase_of->arms == UINT32_MAX)
		return true;
	return arm_no >= 0 && (phase_of->arms >> arm_no & 1) != 0;
}

void
programme_item_write(char out[PROGRAMME_ITEM_MAX + 1], const char *phase_name, int number,
		     int item)
{
	snprintf(out, PROGRAMME_ITEM_MAX + 1, "%.31s-%d-%d", phase_name, number, item);
}

/* The digits before `end`, back to a "-", which becomes the new end; -1: none. */
static int
number_before(const char *text, size_t *end, int max)
{
	size_t at = *end;
	int value = 0, scale = 1;

	while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9' && *end - at < 4) {
		value += (text[--at] - '0') * scale;
		scale *= 10;
	}
	if (at == *end || at < 2 || text[at - 1] != '-' || text[at] == '0' || value > max)
		return -1;
	*end = at - 1;
	return value;
}

bool
programme_item_read(const char *text, char phase_name[PROGRAMME_NAME_MAX + 1],
		    int *number, int *item)
{
	size_t end = strlen(text);

	*item = number_before(text, &end, PROGRAMME_TASKS_MAX);
	*number = *item < 0 ? -1 : number_before(text, &end, PROGRAMME_SESSIONS_MAX);
	if (*number < 0 || end > PROGRAMME_NAME_MAX)
		return false;
	memcpy(phase_name, text, end);
	phase_name[end] = '\0';
	return true;
}
