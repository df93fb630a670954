/*
 * What the module needs of libc where wasi-libc's own is too much: its printf family
 * brings 20 KB and imports of a file system, strtol() and qsort() another 5 KB, and its
 * memcpy() is a loop where the machine has an instruction.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void __wasm_call_ctors(void);
void _initialize(void);

/* Called once by whoever loads the module, as WASI's "reactor" modules want it. */
__attribute__((export_name("_initialize"))) void
_initialize(void)
{
	__wasm_call_ctors();
}

/* These become the instructions memory.copy and memory.fill (-mbulk-memory). */
void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	return __builtin_memcpy(to, from, n);
}

void *
memmove(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n);
}

void *
memset(void *to, int c, size_t n)
{
	return __builtin_memset(to, c, n);
}

/* Decimal numbers, which is all that is read here. */
long
strtol(const char *restrict text, char **restrict end, int base)
{
	const char *p = text;
	bool negative = *p == '-';
	long value = 0;

	(void)base;
	for (p += negative; *p >= '0' && *p <= '9'; p++)
		value = value > (LONG_MAX - 9) / 10 ? LONG_MAX : 10 * value + (*p - '0');
	if (end)
		*end = (char *)(p == text + negative ? text : p);
	return negative ? -value : value;
}

static void
swap(unsigned char *a, unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = a[i];

		a[i] = b[i];
		b[i] = c;
	}
}

/* Heapsort: Williams (1964), Communications of the ACM 7(6), algorithm 232. */
void
qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	unsigned char *a = items;

	for (size_t left = n / 2, end = n; end > 1;) {
		size_t i, child;

		if (left > 0)
			left--;
		else
			swap(a, a + --end * size, size);
		for (i = left; (child = 2 * i + 1) < end; i = child) {
			if (child + 1 < end &&
			    compare(a + child * size, a + (child + 1) * size) < 0)
				child++;
			if (compare(a + i * size, a + child * size) >= 0)
				break;
			swap(a + i * size, a + child * size, size);
		}
	}
}

struct out {
	char *to;
	size_t size, n; /* n: what there would be, with room */
};

static void
put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->to[o->n] = c;
	o->n++;
}

static void
put_number(struct out *o, uint64_t value, bool negative, unsigned base, int width,
	   char pad)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[n++] = '-';
	for (int i = n; i < width; i++)
		put(o, pad);
	while (n > 0)
		put(o, digits[--n]);
}

struct spec {
	int width, precision; /* precision -1: none */
	char pad;
	int longs; /* 0 int, 1 long or size_t, 2 long long */
};

static const char *
read_spec(const char *p, struct spec *s, va_list *args)
{
	*s = (struct spec){.precision = -1, .pad = ' '};
	if (*p == '0')
		s->pad = *p++;
	for (; *p >= '0' && *p <= '9'; p++)
		s->width = 10 * s->width + (*p - '0');
	if (*p == '.' && p[1] == '*') {
		s->precision = va_arg(*args, int);
		p += 2;
	} else if (*p == '.') {
		s->precision = 0;
		for (p++; *p >= '0' && *p <= '9'; p++)
			s->precision = 10 * s->precision + (*p - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++)
		s->longs++;
	return p;
}

static void
put_signed(struct out *o, const struct spec *s, va_list *args)
{
	long long v = s->longs == 2   ? va_arg(*args, long long)
		      : s->longs == 1 ? va_arg(*args, long)
				      : va_arg(*args, int);
	uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;

	put_number(o, size, v < 0, 10, s->width, s->pad);
}

static void
put_unsigned(struct out *o, const struct spec *s, unsigned base, va_list *args)
{
	unsigned long long v = s->longs == 2   ? va_arg(*args, unsigned long long)
			       : s->longs == 1 ? va_arg(*args, unsigned long)
					       : va_arg(*args, unsigned);

	put_number(o, v, false, base, s->width, s->pad);
}

/* d i u x c s %, widths with or without zeros, precisions of s; no floats. */
int
vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list list)
{
	struct out o = {to, size, 0};
	va_list args;

	va_copy(args, list);
	for (const char *p = format; *p; p++) {
		struct spec s;

		if (*p != '%') {
			put(&o, *p);
			continue;
		}
		p = read_spec(p + 1, &s, &args);
		if (*p == 'd' || *p == 'i') {
			put_signed(&o, &s, &args);
		} else if (*p == 'u' || *p == 'x') {
			put_unsigned(&o, &s, *p == 'x' ? 16 : 10, &args);
		} else if (*p == 's') {
			const char *text = va_arg(args, const char *);

			for (int i = 0; text[i] && i != s.precision; i++)
				put(&o, text[i]);
		} else if (*p == 'c') {
			put(&o, (char)va_arg(args, int));
		} else if (*p == '%') {
			put(&o, '%');
		} else {
			__builtin_trap();
		}
	}
	va_end(args);
	if (size > 0)
		to[o.n < size ? o.n : size - 1] = '\0';
	return (int)o.n;
}

int
snprintf(char *restrict to, size_t size, const char *restrict format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(to, size, format, args);
	va_end(args);
	return n;
}

/* Length of the character at p with n bytes left, 0 for none: RFC 3629, section 4. */
static size_t
character(const unsigned char *p, size_t n)
{
	size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	if (len == 0 || *p > 0xf4 || n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

bool
utf8_valid(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	while (len > 0) {
		size_t n = character(p, len);

		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
