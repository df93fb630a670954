#include "models/tasks/json_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
json_fail(struct json_check *c, const char *format, ...)
{
	va_list args;
	int n;

	if (c->why_size == 0 || c->why[0] != '\0')
		return false;
	n = snprintf(c->why, c->why_size, "%s: ", c->pointer_len ? c->pointer : "(root)");
	if (n < 0 || (size_t)n >= c->why_size)
		return false;
	va_start(args, format);
	vsnprintf(c->why + n, c->why_size - (size_t)n, format, args);
	va_end(args);
	return false;
}

static void
pointer_add(struct json_check *c, const char *text, size_t len)
{
	if (len >= sizeof(c->pointer) - c->pointer_len)
		len = sizeof(c->pointer) - c->pointer_len - 1;
	memcpy(c->pointer + c->pointer_len, text, len);
	c->pointer_len += len;
	c->pointer[c->pointer_len] = '\0';
}

size_t
json_enter(struct json_check *c, const char *name)
{
	size_t mark = c->pointer_len;

	pointer_add(c, "/", 1);
	for (; *name; name++) {
		if (*name == '~')
			pointer_add(c, "~0", 2);
		else if (*name == '/')
			pointer_add(c, "~1", 2);
		else
			pointer_add(c, name, 1);
	}
	return mark;
}

size_t
json_enter_index(struct json_check *c, size_t index)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", index);
	return json_enter(c, text);
}

void
json_leave(struct json_check *c, size_t mark)
{
	c->pointer_len = mark;
	c->pointer[mark] = '\0';
}

static const struct json_member *
member_find(const struct json_member *members, const char *name)
{
	for (; members->name; members++) {
		if (strcmp(members->name, name) == 0)
			return members;
	}
	return NULL;
}

bool
json_check_object(struct json_check *c, const json_t *value,
		  const struct json_member *members)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return json_fail(c, "must be an object");
	for (const struct json_member *m = members; m->name; m++) {
		if (m->required && !json_object_get(value, m->name))
			return json_fail(c, "must have the member \"%s\"", m->name);
	}
	json_object_foreach((json_t *)value, name, member)
	{
		const struct json_member *known = member_find(members, name);
		size_t mark = json_enter(c, name);

		if (!known)
			return json_fail(c, "no such member belongs here");
		if (!known->check(c, member))
			return false;
		json_leave(c, mark);
	}
	return true;
}

bool
json_check_array(struct json_check *c, const json_t *value, size_t min, size_t max,
		 json_check_fn *check)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value))
		return json_fail(c, "must be an array");
	if (n < min || n > max)
		return json_fail(c, "must have %zu to %zu elements, has %zu", min, max,
				 n);
	for (size_t i = 0; i < n; i++) {
		size_t mark = json_enter_index(c, i);

		if (!check(c, json_array_get(value, i)))
			return false;
		json_leave(c, mark);
	}
	return true;
}

bool
json_check_named(struct json_check *c, const json_t *value, size_t min, size_t max,
		 json_check_fn *check, const char *key)
{
	if (!json_check_array(c, value, min, max, check))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *name = json_object_get(json_array_get(value, i), key);

		for (size_t k = 0; k < i; k++) {
			if (!json_equal(name,
					json_object_get(json_array_get(value, k), key)))
				continue;
			json_enter_index(c, i);
			json_enter(c, key);
			return json_fail(c, "\"%s\" is there already, at element %zu",
					 json_string_value(name), k);
		}
	}
	return true;
}

bool
json_check_integer(struct json_check *c, const json_t *value, json_int_t min,
		   json_int_t max)
{
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return json_fail(c, "must be an integer of %lld to %lld", (long long)min,
				 (long long)max);
	return true;
}

bool
json_check_number(struct json_check *c, const json_t *value, double min, bool or_equal,
		  double max)
{
	double v = json_number_value(value);

	if (!json_is_number(value) || v > max || v < min || (v == min && !or_equal))
		return json_fail(c, "must be a number %s %g and at most %g",
				 or_equal ? "of at least" : "above", min, max);
	return true;
}

bool
json_check_one_of(struct json_check *c, const json_t *value, const char *const *list)
{
	char all[128] = "";
	size_t len = 0;

	for (; *list; list++) {
		if (json_is_string(value) && strcmp(json_string_value(value), *list) == 0)
			return true;
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s\"%s\"",
					len ? ", " : "", *list);
		if (len >= sizeof(all))
			len = sizeof(all) - 1;
	}
	return json_fail(c, "must be one of %s", all);
}

bool
json_check_name(struct json_check *c, const json_t *value, size_t max, const char *extra)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	bool fits = len >= 1 && len <= max;

	for (size_t i = 0; fits && i < len; i++)
		fits = (text[i] >= 'a' && text[i] <= 'z') ||
		       (text[i] >= '0' && text[i] <= '9') || strchr(extra, text[i]);
	if (!fits)
		return json_fail(c, "must be 1 to %zu of the characters a-z 0-9 %s", max,
				 extra);
	return true;
}

bool
json_check_text(struct json_check *c, const json_t *value)
{
	if (!json_is_string(value) || json_string_length(value) == 0)
		return json_fail(c, "must be a text that is not empty");
	return true;
}

bool
json_check_bool(struct json_check *c, const json_t *value)
{
	return json_is_boolean(value) || json_fail(c, "must be true or false");
}

bool
json_check_languages(struct json_check *c, const json_t *value)
{
	static const char *const required[JSON_LANGUAGES_NOW] = {JSON_LANGUAGES};

	if (!json_is_object(value))
		return json_fail(c, "must be an object of one text a language");
	for (int i = 0; i < c->languages; i++) {
		if (!json_object_get(value, required[i]))
			return json_fail(c, "must have a text in \"%s\"", required[i]);
	}
	return true;
}

bool
json_check_texts(struct json_check *c, const json_t *value)
{
	const char *language;
	json_t *text;

	if (!json_check_languages(c, value))
		return false;
	json_object_foreach((json_t *)value, language, text)
	{
		size_t mark = json_enter(c, language);

		if (!json_check_text(c, text))
			return false;
		json_leave(c, mark);
	}
	return true;
}
