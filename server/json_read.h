/**
 * Typed readers for JSON bodies. Each adds to the problem what it finds wrong, with a
 * pointer, and reading goes on, so that one answer names everything:
 *
 *	problem_reset(why);
 *	err = json_read_body(&root, body, len, why);
 *	if (err != CAMP_OK)
 *		return err;
 *	struct json_in in = {root, NULL, why};
 *	json_read_int(&in, "count", JSON_OPTIONAL, 1, 4, &count);
 *	json_read_string(&in, "task", JSON_REQUIRED, 1, 31, &task);
 *	json_read_end(&in, (const char *const[]){"count", "task", NULL});
 *	err = why->count ? CAMP_ERR_INVALID : CAMP_OK;
 *
 * A reader returns true when the member is there and good; otherwise *out is unchanged.
 * null is of the wrong type, unless JSON_NULLABLE: then it is good, and false.
 *
 * Codes of the entries: missing, wrong_type, out_of_range, too_long, unknown_field, and
 * what the callers add (unknown_name, duplicate).
 */
#ifndef SERVER_JSON_READ_H
#define SERVER_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/problem.h"

#define JSON_DEPTH_MAX 8 /* arrays and objects inside each other, the body included */

/* Added together: JSON_REQUIRED | JSON_NULLABLE must be there, and may be null. */
enum json_need { JSON_OPTIONAL = 0, JSON_REQUIRED = 1, JSON_NULLABLE = 2 };

/* The object being read and where it stands in the body. */
struct json_in {
	json_t *object;
	const struct json_path *at; /* NULL: the body itself */
	struct problem *why;
};

/**
 * Parses a whole body: an object, no repeated keys, no depth above JSON_DEPTH_MAX; valid
 * UTF-8 without NUL. *out is the caller's. Errors: BODY (why says where), INVALID (JSON,
 * but not an object), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
json_read_body(json_t **out, const char *body, size_t len, struct problem *why);

bool json_read_int(const struct json_in *in, const char *key, unsigned need, int64_t min,
		   int64_t max, int64_t *out);
/** Integers are numbers too. */
bool json_read_number(const struct json_in *in, const char *key, unsigned need,
		      double min, double max, double *out);
bool json_read_bool(const struct json_in *in, const char *key, unsigned need, bool *out);
/** Length in bytes of UTF-8; the text is borrowed from the object. */
bool json_read_string(const struct json_in *in, const char *key, unsigned need,
		      size_t min, size_t max, const char **out);
/** An object whose compact text has at most max_bytes; borrowed. */
bool json_read_object(const struct json_in *in, const char *key, unsigned need,
		      size_t max_bytes, json_t **out);
/** An array of min..max elements; borrowed. */
bool json_read_array(const struct json_in *in, const char *key, unsigned need, size_t min,
		     size_t max, json_t **out);

/** Reports each member whose key is not in the list (NULL-terminated). */
void json_read_end(const struct json_in *in, const char *const *known);

#endif
