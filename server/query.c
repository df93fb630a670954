#include "server/query.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Decodes one name or value to *out and moves both ends; false when malformed. */
static bool
decode(const char **at, const char *end, char **out, const char **why)
{
	const char *start = *out;

	while (*at < end && **at != '&' && **at != '=') {
		unsigned char c = (unsigned char)*(*at)++;

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = *at < end ? hex_digit((*at)[0]) : -1;
			int low = *at + 1 < end ? hex_digit((*at)[1]) : -1;

			if (high < 0 || low < 0) {
				*why = "a percent sign without two hexadecimal digits";
				return false;
			}
			c = (unsigned char)(high << 4 | low);
			*at += 2;
		}
		if (c < 0x20 || c == 0x7f) {
			*why = "a control character in the query";
			return false;
		}
		*(*out)++ = (char)c;
	}
	if (!utf8_valid(start, (size_t)(*out - start))) {
		*why = "the query is not UTF-8";
		return false;
	}
	*(*out)++ = '\0';
	return true;
}

static bool
parse_pairs(struct query *q, const char *at, const char *end, const char **why)
{
	char *out = q->text;

	while (at < end) {
		const char *name = out, *value = "";

		if (q->n == QUERY_PAIRS_MAX) {
			*why = "more query parameters than any route has";
			return false;
		}
		if (!decode(&at, end, &out, why))
			return false;
		if (at < end && *at == '=') {
			at++;
			value = out;
			if (!decode(&at, end, &out, why))
				return false;
		}
		if (at < end && *at != '&') {
			*why = "two equal signs in one query parameter";
			return false;
		}
		at++;
		if (name[0] == '\0' || query_value(q, name)) {
			*why = "a query parameter without a name, or given twice";
			return false;
		}
		q->pair[q->n].name = name;
		q->pair[q->n++].value = value;
	}
	return true;
}

enum camp_err
query_parse(struct query *q, const char *raw, size_t len, const char **why)
{
	q->n = 0;
	*why = NULL;
	/* Each pair adds at most two zeros to what decoding can only shorten. */
	if (len > QUERY_BYTES_MAX - 2 * QUERY_PAIRS_MAX) {
		*why = "the query is too long";
		return CAMP_ERR_PARAMETER;
	}
	if (parse_pairs(q, raw, raw + len, why))
		return CAMP_OK;
	q->n = 0;
	return CAMP_ERR_PARAMETER;
}

const char *
query_value(const struct query *q, const char *name)
{
	for (int i = 0; i < q->n; i++) {
		if (strcmp(q->pair[i].name, name) == 0)
			return q->pair[i].value;
	}
	return NULL;
}
