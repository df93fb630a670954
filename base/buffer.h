/** A growing byte buffer with a sticky failure, so that callers check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data;
	size_t len, cap;
	bool failed; /* an allocation failed or the limit was met; nothing more is added
		      */
};

/** Room for n more bytes; false and failed when there is no memory. */
bool buffer_reserve(struct buffer *b, size_t n);
void buffer_add(struct buffer *b, const void *data, size_t n);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_add_char(struct buffer *b, char c);
void buffer_addf(struct buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Big-endian integers, as PostgreSQL's binary formats want them. */
void buffer_add_u16(struct buffer *b, uint16_t v);
void buffer_add_u32(struct buffer *b, uint32_t v);
void buffer_add_u64(struct buffer *b, uint64_t v);
/** Empties it and keeps its memory. */
void buffer_reset(struct buffer *b);
/** Frees its memory; safe on a zeroed buffer, usable again afterwards. */
void buffer_clear(struct buffer *b);

#endif
