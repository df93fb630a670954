#include "server/cli/row_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
row_text_shown(const struct csv_field *field, char out[ROW_TEXT_SHOWN_SIZE])
{
	size_t n = field->len < 40 ? field->len : 40;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)field->text[i];

		out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	/* Not a half UTF-8 sequence at the cut. */
	while (n < field->len && n > 0 && ((unsigned char)field->text[n] & 0xc0) == 0x80)
		n--;
	strcpy(out + n, n < field->len ? "..." : "");
	return out;
}

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

bool
row_text_is_decimal(const char *s)
{
	size_t whole = digits(s), n;

	s += whole;
	if (*s == '.') {
		n = digits(++s);
		s += n;
		whole += n;
	}
	if (whole == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '+' || *s == '-')
			s++;
		n = digits(s);
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

void
row_problems_add(struct row_problems *p, const char *format, ...)
{
	va_list args;
	char text[320];

	if (p->n++ >= ROW_PROBLEMS_SHOWN)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	p->text[p->n - 1] = strdup(text);
}

void
row_problems_print(const struct row_problems *p, const char *path, uint64_t seen)
{
	for (uint64_t i = seen; i < p->n && i < ROW_PROBLEMS_SHOWN; i++)
		fprintf(stderr, "%s: %s\n", path,
			p->text[i] ? p->text[i] : "(no memory)");
	if (p->n > ROW_PROBLEMS_SHOWN && p->n > seen)
		fprintf(stderr, "%s: and %llu more\n", path,
			(unsigned long long)(p->n - (seen > ROW_PROBLEMS_SHOWN
							     ? seen
							     : ROW_PROBLEMS_SHOWN)));
}

void
row_problems_clear(struct row_problems *p)
{
	for (int i = 0; i < ROW_PROBLEMS_SHOWN; i++)
		free(p->text[i]);
	memset(p, 0, sizeof(*p));
}
