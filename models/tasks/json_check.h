/**
 * Checks a JSON document against tables of members, keeping the JSON pointer (RFC 6901)
 * of where it is. Every check returns true, or notes the first failure and returns false.
 */
#ifndef MODELS_TASKS_JSON_CHECK_H
#define MODELS_TASKS_JSON_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The languages of texts for people, in the order in which they came to be demanded. */
#define JSON_LANGUAGES "en", "zh-Hans", "es", "ar"
#define JSON_LANGUAGES_NOW 4
#define JSON_LANGUAGES_FIRST 2

struct json_check {
	char *why; /* receives "/pointer: what is wrong" */
	size_t why_size;
	int languages; /* how many of JSON_LANGUAGES every text must have */
	const json_t *root;
	char pointer[256]; /* cut when deeper, which no definition is */
	size_t pointer_len;
};

typedef bool json_check_fn(struct json_check *c, const json_t *value);

/* A member an object may have, and the check of its value. */
struct json_member {
	const char *name;
	bool required;
	json_check_fn *check;
};

/** Notes "/pointer: text"; always false. */
bool json_fail(struct json_check *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Descends to a member or an element; json_leave() gets what they returned. */
size_t json_enter(struct json_check *c, const char *name);
size_t json_enter_index(struct json_check *c, size_t index);
void json_leave(struct json_check *c, size_t mark);

/** An object with these members (the last has no name) and no others. */
bool json_check_object(struct json_check *c, const json_t *value,
		       const struct json_member *members);

/** An array of min to max elements, each passing `check`. */
bool json_check_array(struct json_check *c, const json_t *value, size_t min, size_t max,
		      json_check_fn *check);

/** As above, of objects whose member `key`, a string, differs from element to element. */
bool json_check_named(struct json_check *c, const json_t *value, size_t min, size_t max,
		      json_check_fn *check, const char *key);

/** An integer of min .. max. */
bool json_check_integer(struct json_check *c, const json_t *value, json_int_t min,
			json_int_t max);

/** A number, whole or not, above min (or equal, when or_equal) and up to max. */
bool json_check_number(struct json_check *c, const json_t *value, double min,
		       bool or_equal, double max);

/** A string that is one of the NULL-terminated list. */
bool
json_check_one_of(struct json_check *c, const json_t *value, const char *const *list);

/** 1 .. max bytes of a-z, 0-9 and the bytes of `extra`. */
bool
json_check_name(struct json_check *c, const json_t *value, size_t max, const char *extra);

/** An object that has a member for each language demanded; says nothing of other members.
 */
bool json_check_languages(struct json_check *c, const json_t *value);

/* Checks with no parameters, for tables. */
json_check_fn json_check_text; /* a string, not empty */
json_check_fn json_check_bool;
json_check_fn json_check_texts; /* {"en": text, ...}, other languages too */

#endif
