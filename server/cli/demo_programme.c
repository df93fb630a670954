#include "server/cli/demo_programme.h"

#include <jansson.h>
#include <stddef.h>

#define MEASURED_MAX 3
#define POOL_MAX 4
#define POOL_MIN 3
#define PARAMETERS_MAX 4

/* A task and what makes it short. A definition that lacks a parameter keeps its own. */
struct candidate {
	const char *task;
	int minutes;
	struct {
		const char *name;
		int value;
	} parameters[PARAMETERS_MAX];
};

/* Measured before and after, in order of preference. */
static const struct candidate measured[] = {
	{"flanker", 2, {{"trials_per_cell", 12}, {"practice_trials", 6}}},
	{"visual-search", 2, {{"trials_per_cell", 5}, {"practice_trials", 6}}},
	{"digit-span", 2, {{"trials", 6}, {"practice_trials", 1}, {"adaptive", 0}}},
	{"stroop", 2, {{"trials_per_cell", 16}, {"practice_trials", 6}}},
};

/* Trained: tasks that adapt. */
static const struct candidate trained[] = {
	{"n-back", 3, {{"adaptive", 1}, {"blocks", 3}, {"practice_trials", 10}}},
	{"mot",
	 3,
	 {{"adaptive", 1},
	  {"adaptive_trials", 12},
	  {"practice_trials", 2},
	  {"move_ms", 4000}}},
	{"digit-span", 2, {{"adaptive", 1}, {"trials", 8}, {"practice_trials", 1}}},
	{"corsi", 2, {{"adaptive", 1}, {"trials", 8}, {"practice_trials", 1}}},
};

/* Trained in their place by a program that has fewer of those. */
static const struct candidate instead[] = {
	{"flanker", 2, {{"trials_per_cell", 12}, {"practice_trials", 6}}},
	{"stroop", 2, {{"trials_per_cell", 16}, {"practice_trials", 6}}},
	{"visual-search", 2, {{"trials_per_cell", 5}, {"practice_trials", 6}}},
};

static json_t *
texts(const char *en, const char *zh, const char *es, const char *ar)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "en", en, "zh-Hans", zh, "es", es, "ar",
			 ar);
}

static json_t *
task_json(const struct task_registry *tasks, const struct candidate *c)
{
	const struct task_definition *def = task_registry_current(tasks, c->task);
	json_t *parameters;

	if (!def)
		return NULL;
	parameters = json_object();
	for (int i = 0; i < PARAMETERS_MAX && c->parameters[i].name; i++) {
		const struct task_parameter *p =
			task_parameter_find(def, c->parameters[i].name);
		int value = c->parameters[i].value;

		if (p && value >= p->min && value <= p->max)
			json_object_set_new(parameters, p->name, json_integer(value));
	}
	return json_pack("{s:s, s:i, s:o}", "task", c->task, "minutes", c->minutes,
			 "parameters", parameters);
}

/* Adds to out until it has `max`. */
static json_t *
add(json_t *out, const struct task_registry *tasks, const struct candidate *from,
    size_t n, size_t max)
{
	json_t *one;

	for (size_t i = 0; i < n && json_array_size(out) < max; i++) {
		one = task_json(tasks, &from[i]);
		if (one)
			json_array_append_new(out, one);
	}
	return out;
}

static json_t *
pool(const struct task_registry *tasks)
{
	json_t *out = add(json_array(), tasks, trained,
			  sizeof(trained) / sizeof(trained[0]), POOL_MAX);

	return add(out, tasks, instead, sizeof(instead) / sizeof(instead[0]), POOL_MIN);
}

static json_t *
measuring(const struct task_registry *tasks, const char *name, json_t *title)
{
	return json_pack("{s:s, s:o, s:i, s:s, s:o}", "name", name, "title", title,
			 "sessions", 1, "order", "counterbalanced", "tasks",
			 add(json_array(), tasks, measured,
			     sizeof(measured) / sizeof(measured[0]), MEASURED_MAX));
}

char *
demo_programme_document(const struct task_registry *tasks)
{
	json_t *baseline = measuring(tasks, "baseline",
				     texts("Baseline", "基线测量", "Medición inicial",
					   "القياس الأولي"));
	json_t *training =
		json_pack("{s:s, s:o, s:i, s:{s:i, s:o}}", "name", "training", "title",
			  texts("Training", "训练", "Entrenamiento", "التدريب"),
			  "sessions", 2, "pick", "count", 2, "from", pool(tasks));
	json_t *follow_up = measuring(tasks, "follow-up",
				      texts("Follow-up", "后续测量", "Medición final",
					    "القياس الختامي"));
	json_t *root =
		json_pack("{s:o, s:i, s:b, s:[o, o, o]}", "title",
			  texts("A taste of a programme", "训练计划体验",
				"Una muestra del programa", "تجربة قصيرة للبرنامج"),
			  "seed", 1, "free_practice", 1, "phases", baseline, training,
			  follow_up);
	char *out = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return out;
}
