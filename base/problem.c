#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Removes a last character of which only the first bytes are there. */
static void
trim_cut_character(char *text)
{
	size_t n = strlen(text), start = n, have, need;

	while (start > 0 && n - start < 3 &&
	       ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	start--;
	have = n - start;
	need = (unsigned char)text[start] >= 0xf0   ? 4
	       : (unsigned char)text[start] >= 0xe0 ? 3
	       : (unsigned char)text[start] >= 0xc0 ? 2
						    : 1;
	if (have < need)
		text[start] = '\0';
}

struct pointer {
	char *text;
	size_t len;
	bool full;
};

static void
put(struct pointer *out, const char *text, size_t n)
{
	if (out->full || out->len + n >= PROBLEM_POINTER_SIZE) {
		out->full = true;
		return;
	}
	memcpy(out->text + out->len, text, n);
	out->len += n;
}

static void
put_path(struct pointer *out, const struct json_path *at)
{
	char number[24];

	if (!at)
		return;
	put_path(out, at->parent);
	put(out, "/", 1);
	if (!at->key) {
		snprintf(number, sizeof(number), "%zu", at->index);
		put(out, number, strlen(number));
		return;
	}
	for (const char *c = at->key; *c; c++) {
		if (*c == '~')
			put(out, "~0", 2);
		else if (*c == '/')
			put(out, "~1", 2);
		else
			put(out, c, 1);
	}
}

void
problem_reset(struct problem *p)
{
	p->count = 0;
	p->truncated = false;
	p->detail[0] = '\0';
}

void
problem_add(struct problem *p, const struct json_path *at, const char *code,
	    const char *format, ...)
{
	struct problem_entry *e;
	struct pointer pointer;
	va_list args;

	if (p->count == PROBLEM_ENTRIES_MAX) {
		p->truncated = true;
		return;
	}
	e = &p->entries[p->count++];
	pointer = (struct pointer){.text = e->pointer};
	put_path(&pointer, at);
	e->pointer[pointer.len] = '\0';
	trim_cut_character(e->pointer);
	e->code = code;
	va_start(args, format);
	vsnprintf(e->detail, sizeof(e->detail), format, args);
	va_end(args);
	trim_cut_character(e->detail);
}

void
problem_set_detail(struct problem *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->detail, sizeof(p->detail), format, args);
	va_end(args);
	trim_cut_character(p->detail);
}
