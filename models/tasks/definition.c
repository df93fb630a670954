#include "models/tasks/definition.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/tasks/definition_adaptive.h"
#include "models/tasks/definition_rules.h"
#include "models/tasks/names.h"

/* Everything below reads a document that has passed definition_rules_check(). */

static char *
text_copy(const json_t *object, const char *member)
{
	return strdup(json_string_value(json_object_get(object, member)));
}

static enum camp_err
read_conditions(struct task_definition *def, const json_t *list)
{
	size_t n = json_array_size(list);

	def->conditions = calloc(n, sizeof(*def->conditions));
	if (!def->conditions)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(list, i);
		const json_t *factors = json_object_get(object, "factors");
		const json_t *set_size = json_object_get(factors, "set_size");
		const char *target =
			json_string_value(json_object_get(factors, "target"));
		struct task_condition *condition = &def->conditions[i];

		condition->name = text_copy(object, "name");
		if (!condition->name)
			return CAMP_ERR_MEMORY;
		def->n_conditions++;
		condition->set_size = set_size ? json_number_value(set_size) : NAN;
		condition->target = target && strcmp(target, "present") == 0;
	}
	return CAMP_OK;
}

static enum camp_err
read_responses(struct task_definition *def, const json_t *list)
{
	size_t n = json_array_size(list);

	def->responses = calloc(n, sizeof(*def->responses));
	if (!def->responses)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		def->responses[i] = text_copy(json_array_get(list, i), "name");
		if (!def->responses[i])
			return CAMP_ERR_MEMORY;
		def->n_responses++;
	}
	return CAMP_OK;
}

static enum camp_err
read_parameters(struct task_definition *def, const json_t *list)
{
	size_t n = json_array_size(list);

	/* One more, as calloc of nothing may give NULL. */
	def->parameters = calloc(n + 1, sizeof(*def->parameters));
	if (!def->parameters)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(list, i);
		const json_t *standard = json_object_get(object, "default");
		struct task_parameter *p = &def->parameters[def->n_parameters];

		if (!json_is_integer(standard))
			continue;
		p->name = text_copy(object, "name");
		if (!p->name)
			return CAMP_ERR_MEMORY;
		def->n_parameters++;
		p->standard = (int)json_integer_value(standard);
		p->min = (int)json_integer_value(json_object_get(object, "min"));
		p->max = (int)json_integer_value(json_object_get(object, "max"));
	}
	return CAMP_OK;
}

static double
rule_value(const json_t *rules, const char *name)
{
	const json_t *rule = json_object_get(rules, name);

	return rule ? json_number_value(json_object_get(rule, "value")) : NAN;
}

static void
read_exclusions(struct task_exclusions *e, const json_t *rules)
{
	e->blurred = json_object_get(rules, "blurred") != NULL;
	e->rt_min_ms = rule_value(rules, "rt_fast");
	e->rt_max_ms = rule_value(rules, "rt_slow");
	e->rt_mad = rule_value(rules, "rt_outlier");
	e->accuracy_min = rule_value(rules, "accuracy");
	e->omission_max = rule_value(rules, "omissions");
	e->t1_accuracy_min = rule_value(rules, "t1_accuracy");
	e->catch_max = rule_value(rules, "catch");
}

static void
read_primary(struct task_definition *def, const json_t *scores)
{
	const json_t *first = json_array_get(scores, 0);

	for (size_t i = 0; i < json_array_size(scores); i++) {
		const json_t *one = json_array_get(scores, i);

		if (json_is_true(json_object_get(one, "primary"))) {
			first = one;
			break;
		}
	}
	if (first)
		snprintf(def->primary_score, sizeof(def->primary_score), "%s",
			 json_string_value(json_object_get(first, "name")));
	def->primary_sd = NAN;
}

/* The look-up tables borrow the names that the definition holds by now. */
static enum camp_err
index_names(struct task_definition *def)
{
	char *names[TASK_NAMES_MAX];
	enum camp_err err;

	for (int i = 0; i < def->n_conditions; i++)
		names[i] = def->conditions[i].name;
	err = task_names_init(&def->condition_names, names, def->n_conditions);
	if (err != CAMP_OK)
		return err;
	return task_names_init(&def->response_names, def->responses, def->n_responses);
}

static enum camp_err
definition_read(struct task_definition *def, const json_t *root)
{
	const json_t *adaptive = json_object_get(root, "adaptive");
	enum camp_err err;

	def->adapts = adaptive != NULL;
	if (adaptive)
		definition_adaptive_read(&def->adaptive, adaptive);
	snprintf(def->name, sizeof(def->name), "%s",
		 json_string_value(json_object_get(root, "name")));
	def->version = (int)json_integer_value(json_object_get(root, "version"));
	read_exclusions(&def->exclusions, json_object_get(root, "exclusions"));
	read_primary(def, json_object_get(root, "scores"));
	err = read_conditions(def, json_object_get(root, "conditions"));
	if (err != CAMP_OK)
		return err;
	err = read_responses(def, json_object_get(root, "responses"));
	if (err != CAMP_OK)
		return err;
	err = read_parameters(def, json_object_get(root, "parameters"));
	if (err != CAMP_OK)
		return err;
	return index_names(def);
}

static enum camp_err
json_load(json_t **root, const char *json, size_t len, char *why, size_t why_size)
{
	json_error_t error = {0};

	*root = NULL;
	if (len > TASK_JSON_MAX) {
		snprintf(why, why_size, "(root): must be at most %d bytes",
			 TASK_JSON_MAX);
		return CAMP_ERR_INVALID;
	}
	*root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (*root)
		return CAMP_OK;
	/* jansson leaves the text empty when it ran out of memory in places. */
	if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
		return CAMP_ERR_MEMORY;
	snprintf(why, why_size, "line %d, column %d: %s", error.line, error.column,
		 error.text);
	return CAMP_ERR_INVALID;
}

static enum camp_err
parse(struct task_definition **out, const char *json, size_t len, int languages,
      char *why, size_t why_size)
{
	struct json_check check = {.why = why,
				   .why_size = why_size,
				   .languages = languages};
	struct task_definition *def = NULL;
	json_t *root = NULL;
	enum camp_err err;

	*out = NULL;
	if (why_size)
		why[0] = '\0';
	err = json_load(&root, json, len, why, why_size);
	if (err != CAMP_OK)
		goto out;
	err = CAMP_ERR_INVALID;
	if (!definition_rules_check(&check, root))
		goto out;
	err = CAMP_ERR_MEMORY;
	def = calloc(1, sizeof(*def));
	if (!def)
		goto out;
	def->json = malloc(len + 1);
	if (!def->json)
		goto out;
	memcpy(def->json, json, len);
	def->json[len] = '\0';
	def->json_len = len;
	err = definition_read(def, root);
	if (err != CAMP_OK)
		goto out;
	*out = def;
	def = NULL;
out:
	if (err == CAMP_ERR_MEMORY)
		snprintf(why, why_size, "out of memory");
	task_definition_free(def);
	json_decref(root);
	return err;
}

enum camp_err
task_definition_parse(struct task_definition **out, const char *json, size_t len,
		      char *why, size_t why_size)
{
	return parse(out, json, len, JSON_LANGUAGES_NOW, why, why_size);
}

enum camp_err
task_definition_parse_kept(struct task_definition **out, const char *json, size_t len,
			   char *why, size_t why_size)
{
	return parse(out, json, len, JSON_LANGUAGES_FIRST, why, why_size);
}

void
task_definition_free(struct task_definition *def)
{
	if (!def)
		return;
	task_names_clear(&def->condition_names);
	task_names_clear(&def->response_names);
	for (int i = 0; i < def->n_conditions; i++)
		free(def->conditions[i].name);
	for (int i = 0; i < def->n_responses; i++)
		free(def->responses[i]);
	for (int i = 0; i < def->n_parameters; i++)
		free(def->parameters[i].name);
	free(def->conditions);
	free(def->responses);
	free(def->parameters);
	free(def->json);
	free(def);
}

int
task_condition_code(const struct task_definition *def, const char *name, size_t len)
{
	return task_names_find(&def->condition_names, name, len);
}

int
task_condition_named(const struct task_definition *def, const char *name)
{
	return task_condition_code(def, name, strlen(name));
}

int
task_response_code(const struct task_definition *def, const char *name, size_t len)
{
	return task_names_find(&def->response_names, name, len);
}

const struct task_parameter *
task_parameter_find(const struct task_definition *def, const char *name)
{
	for (int i = 0; i < def->n_parameters; i++) {
		if (strcmp(def->parameters[i].name, name) == 0)
			return &def->parameters[i];
	}
	return NULL;
}
