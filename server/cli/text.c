#include "server/cli/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
text_add_json(struct buffer *b, const char *text)
{
	buffer_add_char(b, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			buffer_add_char(b, '\\');
			buffer_add_char(b, (char)c);
		} else if (c < 0x20) {
			buffer_addf(b, "\\u%04x", c);
		} else {
			buffer_add_char(b, (char)c);
		}
	}
	buffer_add_char(b, '"');
}

void
text_add_csv(struct buffer *b, const char *text)
{
	if (!text)
		return;
	if (!strpbrk(text, "\",\r\n")) {
		buffer_add_text(b, text);
		return;
	}
	buffer_add_char(b, '"');
	for (; *text; text++) {
		if (*text == '"')
			buffer_add_char(b, '"');
		buffer_add_char(b, *text);
	}
	buffer_add_char(b, '"');
}

void
text_add_float(struct buffer *b, float v)
{
	char text[32];

	if (!isfinite(v))
		return;
	for (int precision = 6; precision <= 9; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, (double)v);
		if (strtof(text, NULL) == v)
			break;
	}
	buffer_add_text(b, text);
}

void
text_add_double(struct buffer *b, double v)
{
	char text[40];

	if (!isfinite(v))
		return;
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buffer_add_text(b, text);
}

void
text_add_json_double(struct buffer *b, double v)
{
	if (isfinite(v))
		text_add_double(b, v);
	else
		buffer_add_text(b, "null");
}
