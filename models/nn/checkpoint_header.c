#include "models/nn/checkpoint_header.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define N_DIMS_MAX 4
#define FIRST_CAP 64

static const struct {
	const char *name;
	int bytes;
} types[] = {
	[NN_F32] = {"F32", 4},
	[NN_F16] = {"F16", 2},
	[NN_BF16] = {"BF16", 2},
	[NN_I8] = {"I8", 1},
};

#define N_TYPES ((int)(sizeof(types) / sizeof(types[0])))

/* Where reading stands. The first failure stays; what follows it does nothing. */
struct reader {
	const char *start, *p, *end;
	char *texts; /* free room for decoded texts, as long as the header is */
	struct nn_checkpoint *file;
	struct checkpoint_span *spans;
	int tensors_cap, texts_cap;
	enum camp_err err;
	char *why;
	size_t why_size;
};

int
checkpoint_type_bytes(enum nn_type type)
{
	return types[type].bytes;
}

const char *
checkpoint_type_name(enum nn_type type)
{
	return types[type].name;
}

__attribute__((format(printf, 2, 3))) static bool
refuse(struct reader *r, const char *format, ...)
{
	va_list args;

	if (r->err == CAMP_OK) {
		r->err = CAMP_ERR_INVALID;
		va_start(args, format);
		vsnprintf(r->why, r->why_size, format, args);
		va_end(args);
	}
	return false;
}

static bool
refuse_syntax(struct reader *r, const char *expected)
{
	return refuse(r, "byte %zu of the header is not %s", (size_t)(r->p - r->start),
		      expected);
}

static char
next(struct reader *r)
{
	while (r->p < r->end &&
	       (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
	return r->p < r->end ? *r->p : '\0';
}

static bool
take(struct reader *r, char c, const char *expected)
{
	if (r->err != CAMP_OK)
		return false;
	if (next(r) != c)
		return refuse_syntax(r, expected);
	r->p++;
	return true;
}

/* After an element: true when another follows, false at the end or after a failure. */
static bool
another(struct reader *r, char close)
{
	if (r->err != CAMP_OK)
		return false;
	if (next(r) == ',') {
		r->p++;
		return true;
	}
	take(r, close, close == '}' ? "',' or '}'" : "',' or ']'");
	return false;
}

/* True when the list or object just opened is empty, and closed. */
static bool
closed_at_once(struct reader *r, char close)
{
	if (next(r) != close)
		return false;
	r->p++;
	return true;
}

static bool
hex4(struct reader *r, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++, r->p++) {
		char c = r->p < r->end ? *r->p : '\0', lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (unsigned)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*out = *out << 4 | (unsigned)(lower - 'a' + 10);
		else
			return refuse_syntax(r, "a hexadecimal digit");
	}
	return true;
}

/* What follows \u, as UTF-8 at *to; its six bytes or twelve have room for four. */
static bool
read_unicode(struct reader *r, char **to)
{
	unsigned c, low;

	if (!hex4(r, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return refuse_syntax(r, "the second half of a surrogate pair");
		r->p += 2;
		if (!hex4(r, &low))
			return false;
		c = low < 0xdc00 || low > 0xdfff
			    ? 0
			    : 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c == 0 || (c >= 0xd800 && c < 0xe000))
		return refuse(r,
			      "the escape before byte %zu of the header stands for no "
			      "character of a text",
			      (size_t)(r->p - r->start));
	if (c < 0x80) {
		*(*to)++ = (char)c;
	} else if (c < 0x800) {
		*(*to)++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*(*to)++ = (char)(0xe0 | c >> 12);
		*(*to)++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*(*to)++ = (char)(0xf0 | c >> 18);
		*(*to)++ = (char)(0x80 | (c >> 12 & 0x3f));
		*(*to)++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		*(*to)++ = (char)(0x80 | (c & 0x3f));
	return true;
}

static bool
read_escape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	char c = r->p < r->end ? *r->p : '\0';
	const char *found = c ? strchr(from, c) : NULL;

	if (c == 'u') {
		r->p++;
		return read_unicode(r, to);
	}
	if (!found)
		return refuse_syntax(r, "an escape of JSON");
	*(*to)++ = into[found - from];
	r->p++;
	return true;
}

/* A text, decoded into the arena; NULL after a failure. It never gets longer. */
static const char *
read_text(struct reader *r, const char *expected)
{
	char *text = r->texts, *to = text;

	if (!take(r, '"', expected))
		return NULL;
	while (r->p < r->end && *r->p != '"') {
		if (*r->p == '\\') {
			r->p++;
			if (!read_escape(r, &to))
				return NULL;
		} else if ((unsigned char)*r->p < 0x20) {
			refuse_syntax(r, "a character that a text may have");
			return NULL;
		} else {
			*to++ = *r->p++;
		}
	}
	if (!take(r, '"', "the end of a text"))
		return NULL;
	if (!utf8_valid(text, (size_t)(to - text))) {
		refuse(r, "the text that ends at byte %zu of the header is not UTF-8",
		       (size_t)(r->p - r->start));
		return NULL;
	}
	*to++ = '\0'; /* in the room of the closing quote */
	r->texts = to;
	return text;
}

/* A whole number of at most 18 digits; `of` and `name` say whose. */
static bool
read_number(struct reader *r, const char *of, const char *name, int64_t *out)
{
	const char *start;

	next(r);
	if (r->p < r->end && *r->p == '-')
		return refuse(r, "the %s of tensor \"%s\" has a negative number", of,
			      name);
	start = r->p;
	*out = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p - start < 18)
		*out = 10 * *out + (*r->p++ - '0');
	if (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		return refuse(r, "the %s of tensor \"%s\" has a number above 10^18", of,
			      name);
	if (r->p == start || (r->p - start > 1 && *start == '0') ||
	    (r->p < r->end && (*r->p == '.' || (*r->p | 0x20) == 'e')))
		return refuse(r, "the %s of tensor \"%s\" is not a list of whole numbers",
			      of, name);
	return true;
}

/* [number, ...]; -1 after a failure, otherwise how many. */
static int
read_numbers(struct reader *r, const char *of, const char *name, int64_t *out, int max)
{
	int n = 0;

	if (next(r) != '[') {
		refuse(r, "the %s of tensor \"%s\" is not a list of whole numbers", of,
		       name);
		return -1;
	}
	r->p++;
	if (closed_at_once(r, ']'))
		return 0;
	do {
		if (n == max) {
			refuse(r, "the %s of tensor \"%s\" has more than %d numbers", of,
			       name, max);
			return -1;
		}
		if (!read_number(r, of, name, &out[n]))
			return -1;
		n++;
	} while (another(r, ']'));
	return r->err == CAMP_OK ? n : -1;
}

static bool
read_type(struct reader *r, struct nn_checkpoint_tensor *t)
{
	char *room = r->texts;
	const char *type = read_text(r, "the type of a tensor");

	if (!type)
		return false;
	r->texts = room; /* not kept */
	for (int i = 0; i < N_TYPES; i++) {
		if (strcmp(type, types[i].name) == 0) {
			t->type = (enum nn_type)i;
			return true;
		}
	}
	return refuse(r,
		      "tensor \"%s\" has the type \"%.20s\"; F32, F16, BF16 and I8 are "
		      "known",
		      t->name, type);
}

static bool
read_offsets(struct reader *r, const char *name, struct checkpoint_span *span)
{
	int64_t offsets[2] = {0, 0};
	int n = read_numbers(r, "data_offsets", name, offsets, 2);

	if (n >= 0 && n != 2)
		return refuse(r, "the data_offsets of tensor \"%s\" are not two numbers",
			      name);
	span->begin = offsets[0];
	span->end = offsets[1];
	return n == 2;
}

/* One field of a tensor; *seen has a bit for each that was read. */
static void
read_field(struct reader *r, struct nn_checkpoint_tensor *t, struct checkpoint_span *span,
	   unsigned *seen)
{
	static const char *const fields[] = {"dtype", "shape", "data_offsets"};
	char *room = r->texts;
	const char *field = read_text(r, "the name of a tensor's field");
	unsigned f = 0;

	if (!field || !take(r, ':', "':'"))
		return;
	r->texts = room;
	while (f < 3 && strcmp(field, fields[f]) != 0)
		f++;
	if (f == 3) {
		refuse(r, "tensor \"%s\" has a field \"%.20s\", which the format has not",
		       t->name, field);
		return;
	}
	if (*seen & 1u << f) {
		refuse(r, "tensor \"%s\" has the field \"%s\" twice", t->name, fields[f]);
		return;
	}
	*seen |= 1u << f;
	if (f == 0)
		read_type(r, t);
	else if (f == 1)
		t->n_dims = read_numbers(r, "shape", t->name, t->dims, N_DIMS_MAX);
	else
		read_offsets(r, t->name, span);
}

/* items with room for one more, or NULL after a failure, when items are still there. */
static void *
with_room(struct reader *r, void *items, int n, int *cap, size_t size)
{
	int more = *cap ? 2 * *cap : FIRST_CAP;

	if (n < *cap)
		return items;
	items = realloc(items, (size_t)more * size);
	if (items)
		*cap = more;
	else
		r->err = CAMP_ERR_MEMORY;
	return items;
}

static void
add_tensor(struct reader *r, const struct nn_checkpoint_tensor *t,
	   const struct checkpoint_span *span)
{
	struct nn_checkpoint *file = r->file;
	int n = file->n_tensors, cap = r->tensors_cap;
	struct checkpoint_span *spans = with_room(r, r->spans, n, &cap, sizeof(*span));
	struct nn_checkpoint_tensor *tensors;

	if (!spans)
		return;
	r->spans = spans;
	tensors = with_room(r, file->tensors, n, &r->tensors_cap, sizeof(*t));
	if (!tensors)
		return;
	file->tensors = tensors;
	tensors[n] = *t;
	spans[n] = *span;
	file->n_tensors++;
}

static void
add_text(struct reader *r, const struct nn_checkpoint_text *text)
{
	struct nn_checkpoint *file = r->file;
	struct nn_checkpoint_text *texts =
		with_room(r, file->texts, file->n_texts, &r->texts_cap, sizeof(*text));

	if (!texts)
		return;
	file->texts = texts;
	texts[file->n_texts++] = *text;
}

static void
read_tensor(struct reader *r, const char *name)
{
	struct nn_checkpoint_tensor t = {.name = name};
	struct checkpoint_span span = {0, 0};
	unsigned seen = 0;

	if (r->file->n_tensors == CHECKPOINT_TENSORS_MAX) {
		refuse(r, "there are more than %d tensors", CHECKPOINT_TENSORS_MAX);
		return;
	}
	if (next(r) != '{') {
		refuse(r, "tensor \"%s\" is not an object", name);
		return;
	}
	r->p++;
	if (!closed_at_once(r, '}')) {
		do {
			read_field(r, &t, &span, &seen);
		} while (another(r, '}'));
	}
	if (r->err == CAMP_OK && seen != 7)
		refuse(r, "tensor \"%s\" has no %s", name,
		       !(seen & 1)   ? "dtype"
		       : !(seen & 2) ? "shape"
				     : "data_offsets");
	if (r->err == CAMP_OK)
		add_tensor(r, &t, &span);
}

static void
read_metadata(struct reader *r)
{
	if (next(r) != '{') {
		refuse(r, "__metadata__ is not an object");
		return;
	}
	r->p++;
	if (closed_at_once(r, '}'))
		return;
	do {
		struct nn_checkpoint_text text = {NULL, NULL};

		text.key = read_text(r, "a name in __metadata__");
		if (!text.key || !take(r, ':', "':'"))
			return;
		if (next(r) != '"') {
			refuse(r, "\"%s\" in __metadata__ is not a text", text.key);
			return;
		}
		text.value = read_text(r, "a text");
		if (!text.value)
			return;
		if (r->file->n_texts == CHECKPOINT_TEXTS_MAX) {
			refuse(r, "__metadata__ has more than %d texts",
			       CHECKPOINT_TEXTS_MAX);
			return;
		}
		add_text(r, &text);
	} while (another(r, '}'));
}

static void
read_header(struct reader *r)
{
	bool metadata = false;

	/* The format wants the brace first, without white space. */
	if (r->p == r->end || *r->p != '{') {
		refuse_syntax(r, "'{'");
		return;
	}
	r->p++;
	if (!closed_at_once(r, '}')) {
		do {
			const char *name = read_text(r, "the name of a tensor");

			if (!name || !take(r, ':', "':'"))
				return;
			if (strcmp(name, "__metadata__") != 0) {
				read_tensor(r, name);
			} else if (metadata) {
				refuse(r, "__metadata__ is there twice");
			} else {
				metadata = true;
				read_metadata(r);
			}
		} while (another(r, '}'));
	}
	next(r);
	if (r->err == CAMP_OK && r->p != r->end)
		refuse_syntax(r, "white space at its end");
}

enum camp_err
checkpoint_header_read(struct nn_checkpoint *file, struct checkpoint_span **spans,
		       const char *json, size_t len, char *why, size_t why_size)
{
	struct reader r = {.start = json,
			   .p = json,
			   .end = json + len,
			   .file = file,
			   .why = why,
			   .why_size = why_size};

	*spans = NULL;
	file->header = malloc(len + 1);
	if (!file->header)
		return CAMP_ERR_MEMORY;
	r.texts = file->header;
	read_header(&r);
	if (r.err != CAMP_OK)
		free(r.spans);
	else
		*spans = r.spans;
	return r.err;
}
