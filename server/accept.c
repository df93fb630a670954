#include "server/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define QUALITY_FULL 1000

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* A piece of a header value. */
struct slice {
	const char *p;
	size_t n;
};

static struct slice
trim(struct slice s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/*
 * Cuts the next piece off *rest at an unquoted separator. False at the end. The scan
 * is linear in all, however many pieces there are.
 */
static bool
next_piece(struct slice *rest, char separator, struct slice *piece)
{
	bool quoted = false;
	size_t i = 0;

	if (rest->p == NULL)
		return false;
	for (; i < rest->n; i++) {
		if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		else if (rest->p[i] == '"')
			quoted = !quoted;
		else if (rest->p[i] == separator && !quoted)
			break;
	}
	*piece = trim((struct slice){rest->p, i});
	if (i < rest->n)
		*rest = (struct slice){rest->p + i + 1, rest->n - i - 1};
	else
		*rest = (struct slice){NULL, 0};
	return true;
}

static bool
slice_is(struct slice s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

/* "0.75" to 750; -1 when it is not a qvalue of RFC 9110, 12.4.2. */
static int
parse_quality(struct slice s)
{
	int q;

	if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1'))
		return -1;
	q = (s.p[0] - '0') * QUALITY_FULL;
	if (s.n == 1)
		return q;
	if (s.p[1] != '.')
		return -1;
	for (size_t i = 2, unit = 100; i < s.n; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		q += (s.p[i] - '0') * (int)unit;
	}
	return q <= QUALITY_FULL ? q : -1;
}

/*
 * Splits "range;a=b;q=0.5" into the range, whether it has parameters before q, and q.
 * False when it is not well formed.
 */
static bool
parse_element(struct slice element, struct slice *range, bool *parameters, int *quality)
{
	struct slice part;

	*parameters = false;
	*quality = QUALITY_FULL;
	if (!next_piece(&element, ';', range) || range->n == 0)
		return false;
	while (next_piece(&element, ';', &part)) {
		if (part.n >= 2 && (part.p[0] == 'q' || part.p[0] == 'Q') &&
		    part.p[1] == '=') {
			*quality = parse_quality((struct slice){part.p + 2, part.n - 2});
			return *quality >= 0;
		}
		/* charset=utf-8 asks for nothing but what is served. */
		if (part.n > 0 && !slice_is(part, "charset=utf-8"))
			*parameters = true;
	}
	return true;
}

/* 3 for the type itself, 2 for "application/ *", 1 for everything, 0 for no match. */
static int
type_specificity(struct slice range, const char *type)
{
	const char *slash = strchr(type, '/');
	size_t major = slash == NULL ? 0 : (size_t)(slash - type) + 1;

	if (slice_is(range, type))
		return 3;
	if (slice_is(range, "*/*"))
		return 1;
	if (major > 0 && range.n == major + 1 && range.p[major] == '*' &&
	    strncasecmp(range.p, type, major) == 0)
		return 2;
	return 0;
}

int
accept_type_quality(const char *accept, const char *type)
{
	struct slice rest, element, range;
	int best = 0, quality = 0, q;
	bool parameters, any = false;

	if (accept == NULL)
		return QUALITY_FULL;
	rest = (struct slice){accept, strlen(accept)};
	while (next_piece(&rest, ',', &element)) {
		int specificity;

		if (element.n == 0)
			continue;
		any = true;
		/* A range with parameters of its own names something narrower. */
		if (!parse_element(element, &range, &parameters, &q) || parameters)
			continue;
		specificity = type_specificity(range, type);
		if (specificity > best ||
		    (specificity == best && best > 0 && q > quality)) {
			best = specificity;
			quality = q;
		}
	}
	return any ? quality : QUALITY_FULL;
}

int
accept_encoding_quality(const char *accept_encoding, const char *coding)
{
	struct slice rest, element, range;
	bool identity = strcmp(coding, "identity") == 0, parameters;
	int named = -1, star = -1, q;

	if (accept_encoding == NULL)
		return identity ? QUALITY_FULL : 0;
	rest = (struct slice){accept_encoding, strlen(accept_encoding)};
	while (next_piece(&rest, ',', &element)) {
		if (!parse_element(element, &range, &parameters, &q) || parameters)
			continue;
		if (slice_is(range, coding) ||
		    (strcmp(coding, "gzip") == 0 && slice_is(range, "x-gzip")))
			named = q > named ? q : named;
		else if (slice_is(range, "*"))
			star = q;
	}
	if (named >= 0)
		return named;
	if (star >= 0)
		return star;
	return identity ? QUALITY_FULL : 0;
}

bool
content_type_is_json(const char *content_type)
{
	struct slice rest, part;

	if (content_type == NULL)
		return false;
	rest = (struct slice){content_type, strlen(content_type)};
	if (!next_piece(&rest, ';', &part) || !slice_is(part, "application/json"))
		return false;
	while (next_piece(&rest, ';', &part)) {
		if (part.n > 0 && !slice_is(part, "charset=utf-8") &&
		    !slice_is(part, "charset=\"utf-8\""))
			return false;
	}
	return true;
}

bool
content_type_is(const char *content_type, const char *type)
{
	struct slice rest, part;

	if (content_type == NULL)
		return false;
	rest = (struct slice){content_type, strlen(content_type)};
	return next_piece(&rest, ';', &part) && slice_is(part, type);
}
