#include "models/tasks/definition_adaptive.h"

#include <string.h>

#include "models/tasks/definition.h"

static bool
kind(struct json_check *c, const json_t *value)
{
	if (!json_is_string(value) || adaptive_kind_find(json_string_value(value)) < 0)
		return json_fail(c, "must be weighted, up_down, questplus, ability or "
				    "blocks");
	return true;
}

static bool
number(struct json_check *c, const json_t *value)
{
	return json_is_number(value) || json_fail(c, "must be a number");
}

/* The parameter whose place a trial's difficulty takes. */
static bool
parameter(struct json_check *c, const json_t *value)
{
	const json_t *list = json_object_get(c->root, "parameters"), *p;
	const char *name = json_string_value(value);
	size_t i;

	json_array_foreach(list, i, p)
	{
		const char *other = json_string_value(json_object_get(p, "name"));

		if (name && other && strcmp(name, other) == 0)
			return true;
	}
	return json_fail(c, "must name one of the parameters");
}

static json_check_fn *
check_of(const char *name)
{
	if (strcmp(name, "kind") == 0)
		return kind;
	if (strcmp(name, "parameter") == 0)
		return parameter;
	if (strcmp(name, "unit") == 0)
		return json_check_text;
	return adaptive_field_find(name) >= 0 ? number : NULL;
}

bool
definition_adaptive_check(struct json_check *c, const json_t *value)
{
	static const char *const needed[] = {"kind", "version", "parameter", "unit",
					     "min",  "max",     "step"};
	struct adaptive_config config;
	const char *name, *wrong;
	json_t *member;

	if (!json_is_object(value))
		return json_fail(c, "must be an object");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!json_object_get(value, needed[i]))
			return json_fail(c, "must have the member \"%s\"", needed[i]);
	}
	json_object_foreach((json_t *)value, name, member)
	{
		size_t mark = json_enter(c, name);
		json_check_fn *check = check_of(name);

		if (!check)
			return json_fail(c, "is no member of adaptive difficulty");
		if (!check(c, member))
			return false;
		json_leave(c, mark);
	}
	definition_adaptive_read(&config, value);
	wrong = adaptive_config_check(&config);
	return !wrong || json_fail(c, "cannot be used: %s", wrong);
}

void
definition_adaptive_read(struct adaptive_config *config, const json_t *value)
{
	const char *name;
	json_t *member;

	adaptive_config_init(config);
	json_object_foreach((json_t *)value, name, member)
	{
		int field = adaptive_field_find(name);

		if (field >= 0 && json_is_number(member))
			*adaptive_field(config, field) = json_number_value(member);
	}
	config->kind =
		adaptive_kind_find(json_string_value(json_object_get(value, "kind")));
}
