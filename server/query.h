/** Query strings: name=value pairs, percent-decoded, bounded. */
#ifndef SERVER_QUERY_H
#define SERVER_QUERY_H

#include <stddef.h>

#include "base/errors.h"

#define QUERY_PAIRS_MAX 8
#define QUERY_BYTES_MAX 512

struct query {
	int n;
	struct {
		const char *name, *value; /* zero-terminated, in text */
	} pair[QUERY_PAIRS_MAX];
	char text[QUERY_BYTES_MAX];
};

/**
 * Parses raw[0..len), the part after "?" (RFC 3986; "+" is a space, as forms send it).
 *
 * Errors: PARAMETER, with *why one static sentence: too long, too many pairs, a broken
 * percent escape, a control character, bytes that are not UTF-8, a name given twice or
 * empty. *q is empty then.
 */
CAMP_MUST_CHECK enum camp_err
query_parse(struct query *q, const char *raw, size_t len, const char **why);

/** The value of a name, or NULL. */
const char *query_value(const struct query *q, const char *name);

#endif
