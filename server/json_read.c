#include "server/json_read.h"

#include <stdlib.h>
#include <string.h>

/*
 * jansson reports some failed allocations as bad syntax, and a client that is told so
 * throws away what it should send again. When its buffer of a token cannot grow, it even
 * goes on without the character. So allocations are watched.
 */
static _Thread_local bool out_of_memory;

static void *
watched_malloc(size_t n)
{
	void *p = malloc(n);

	if (!p)
		out_of_memory = true;
	return p;
}

__attribute__((constructor)) static void
watch_allocations(void)
{
	json_set_alloc_funcs(watched_malloc, free);
}

/* Where [body, body + len) first nests deeper than JSON_DEPTH_MAX, or NULL. */
static const char *
find_too_deep(const char *body, size_t len)
{
	const char *end = body + len;
	bool in_string = false;
	int depth = 0;

	for (const char *p = body; p < end; p++) {
		if (in_string) {
			if (*p == '\\')
				p++;
			else if (*p == '"')
				in_string = false;
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '{' || *p == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return p;
		} else if (*p == '}' || *p == ']') {
			depth--;
		}
	}
	return NULL;
}

enum camp_err
json_read_body(json_t **out, const char *body, size_t len, struct problem *why)
{
	json_error_t error;
	const char *deep, *nul;
	json_t *root;

	*out = NULL;
	if (len == 0)
		body = ""; /* an empty buffer has no address */
	/* jansson loses a NUL byte that follows a number. */
	nul = memchr(body, '\0', len);
	if (nul) {
		problem_set_detail(why, "a NUL at byte %zu", (size_t)(nul - body));
		return CAMP_ERR_BODY;
	}
	deep = find_too_deep(body, len);
	if (deep) {
		problem_set_detail(why, "nested deeper than %d levels at byte %zu",
				   JSON_DEPTH_MAX, (size_t)(deep - body));
		return CAMP_ERR_BODY;
	}
	out_of_memory = false;
	/* A lone number is JSON, too, though of the wrong shape. */
	root = json_loadb(body, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (out_of_memory) {
		json_decref(root);
		return CAMP_ERR_MEMORY;
	}
	if (!root) {
		problem_set_detail(why, "line %d, column %d (byte %d): %s", error.line,
				   error.column, error.position, error.text);
		return CAMP_ERR_BODY;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		problem_add(why, NULL, "wrong_type", "must be an object");
		return CAMP_ERR_INVALID;
	}
	*out = root;
	return CAMP_OK;
}

/* "null or " where that is so, for the sentences below. */
static const char *
or_null(unsigned need)
{
	return need & JSON_NULLABLE ? "null or " : "";
}

/* The member if it is there and not an accepted null. */
static json_t *
member(const struct json_in *in, const char *key, unsigned need, struct json_path *at)
{
	json_t *value = json_object_get(in->object, key);

	*at = (struct json_path){in->at, key, 0};
	if (!value && (need & JSON_REQUIRED))
		problem_add(in->why, at, "missing", "is required");
	if (value && json_is_null(value) && (need & JSON_NULLABLE))
		return NULL;
	return value;
}

bool
json_read_int(const struct json_in *in, const char *key, unsigned need, int64_t min,
	      int64_t max, int64_t *out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);
	bool whole = json_is_integer(value);

	if (!value)
		return false;
	if (!whole || json_integer_value(value) < min ||
	    json_integer_value(value) > max) {
		problem_add(in->why, &at, whole ? "out_of_range" : "wrong_type",
			    "must be %sa whole number from %lld to %lld", or_null(need),
			    (long long)min, (long long)max);
		return false;
	}
	*out = json_integer_value(value);
	return true;
}

bool
json_read_number(const struct json_in *in, const char *key, unsigned need, double min,
		 double max, double *out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);
	bool number = json_is_number(value);

	if (!value)
		return false;
	if (!number || json_number_value(value) < min || json_number_value(value) > max) {
		problem_add(in->why, &at, number ? "out_of_range" : "wrong_type",
			    "must be %sa number from %.15g to %.15g", or_null(need), min,
			    max);
		return false;
	}
	*out = json_number_value(value);
	return true;
}

bool
json_read_bool(const struct json_in *in, const char *key, unsigned need, bool *out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);

	if (!value)
		return false;
	if (!json_is_boolean(value)) {
		problem_add(in->why, &at, "wrong_type", "must be %strue or false",
			    or_null(need));
		return false;
	}
	*out = json_is_true(value);
	return true;
}

bool
json_read_string(const struct json_in *in, const char *key, unsigned need, size_t min,
		 size_t max, const char **out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);
	size_t len = json_string_length(value);

	if (!value)
		return false;
	if (!json_is_string(value)) {
		problem_add(in->why, &at, "wrong_type", "must be %sa string",
			    or_null(need));
		return false;
	}
	if (len < min || len > max) {
		problem_add(in->why, &at, len > max ? "too_long" : "out_of_range",
			    "must have %zu to %zu bytes", min, max);
		return false;
	}
	*out = json_string_value(value);
	return true;
}

bool
json_read_object(const struct json_in *in, const char *key, unsigned need,
		 size_t max_bytes, json_t **out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);

	if (!value)
		return false;
	if (!json_is_object(value)) {
		problem_add(in->why, &at, "wrong_type", "must be %san object",
			    or_null(need));
		return false;
	}
	if (json_dumpb(value, NULL, 0, JSON_COMPACT) > max_bytes) {
		problem_add(in->why, &at, "too_long",
			    "must have at most %zu bytes as compact JSON", max_bytes);
		return false;
	}
	*out = value;
	return true;
}

bool
json_read_array(const struct json_in *in, const char *key, unsigned need, size_t min,
		size_t max, json_t **out)
{
	struct json_path at;
	json_t *value = member(in, key, need, &at);
	size_t n = json_array_size(value);

	if (!value)
		return false;
	if (!json_is_array(value)) {
		problem_add(in->why, &at, "wrong_type", "must be %san array",
			    or_null(need));
		return false;
	}
	if (n < min || n > max) {
		problem_add(in->why, &at, "out_of_range", "must have %zu to %zu elements",
			    min, max);
		return false;
	}
	*out = value;
	return true;
}

void
json_read_end(const struct json_in *in, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(in->object, key, value)
	{
		struct json_path at = {in->at, key, 0};
		bool found = false;

		for (const char *const *k = known; *k && !found; k++)
			found = strcmp(*k, key) == 0;
		if (!found)
			problem_add(in->why, &at, "unknown_field", "is not known here");
	}
}
