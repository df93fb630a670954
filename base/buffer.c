#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
buffer_reserve(struct buffer *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *data;

	if (b->failed)
		return false;
	if (n <= b->cap - b->len)
		return true;
	if (n > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return false;
	}
	while (cap < b->len + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void
buffer_add(struct buffer *b, const void *data, size_t n)
{
	if (n == 0 || !buffer_reserve(b, n))
		return;
	memcpy(b->data + b->len, data, n);
	b->len += n;
}

void
buffer_add_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void
buffer_add_char(struct buffer *b, char c)
{
	buffer_add(b, &c, 1);
}

void
buffer_addf(struct buffer *b, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || !buffer_reserve(b, (size_t)n + 1)) {
		b->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
}

void
buffer_add_u16(struct buffer *b, uint16_t v)
{
	v = __builtin_bswap16(v);
	buffer_add(b, &v, sizeof(v));
}

void
buffer_add_u32(struct buffer *b, uint32_t v)
{
	v = __builtin_bswap32(v);
	buffer_add(b, &v, sizeof(v));
}

void
buffer_add_u64(struct buffer *b, uint64_t v)
{
	v = __builtin_bswap64(v);
	buffer_add(b, &v, sizeof(v));
}

void
buffer_reset(struct buffer *b)
{
	b->len = 0;
	b->failed = false;
}

void
buffer_clear(struct buffer *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
