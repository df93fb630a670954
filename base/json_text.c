#include "base/json_text.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const char *
json_text_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* p is at the opening quote. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			break;
	}
	return end;
}

const char *
json_text_skip(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			break;
		case '{':
		case '[':
			depth++;
			p++;
			continue;
		case '}':
		case ']':
			depth--;
			p++;
			break;
		case ',':
		case ':':
			p++;
			continue;
		default:
			if (is_space(*p)) {
				p++;
				continue;
			}
			while (p < end && *p != ',' && *p != '}' && *p != ']' &&
			       !is_space(*p))
				p++;
		}
		if (depth <= 0)
			return p;
	}
	return end;
}

void
json_text_compact(struct buffer *out, const char *p, const char *end)
{
	while (p < end) {
		const char *run = p;

		while (p < end && !is_space(*p))
			p = *p == '"' ? skip_string(p, end) : p + 1;
		buffer_add(out, run, (size_t)(p - run));
		p = json_text_space(p, end);
	}
}
