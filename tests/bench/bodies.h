/**
 * Prepared requests of the ingest load: a head for every session and, for the present
 * cell, a few bodies that differ in their content. A request is one head and one body,
 * sent together without copying either.
 */
#ifndef TESTS_BENCH_BODIES_H
#define TESTS_BENCH_BODIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define BODY_VARIANTS 32

/* Names that a body may use, from the task's definition. */
struct body_names {
	const char *name[16];
	int n;
};

struct heads {
	struct buffer text;
	size_t *start; /* n + 1 offsets into text */
	size_t n;
};

struct bodies {
	struct body_names conditions, responses;
	int trials;                        /* in a body */
	int stride;                        /* a cell's first seq is stride * cell */
	uint64_t seed;                     /* of the content */
	int64_t cell;                      /* of the present bodies; -1: none made yet */
	struct buffer text[BODY_VARIANTS]; /* Content-Length, the blank line, the JSON */
};

/**
 * Reads lines "SESSION-ID TOKEN" and makes a head of each, up to but without its
 * Content-Length. Returns 0, or -1 after telling why on stderr.
 */
int heads_read(struct heads *h, const char *path, const char *host);
void heads_clear(struct heads *h);

/** Splits comma-separated names, in place; returns their number, at most 16. */
int body_names_split(struct body_names *names, char *list);

/** Makes the bodies of a cell. What of the last cell is still being sent must be copied.
 */
void bodies_make(struct bodies *b, int64_t cell);
void bodies_clear(struct bodies *b);

#endif
