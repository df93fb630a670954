/**
 * What is wrong with a request, in the words of RFC 9457: one sentence for the whole, and
 * entries that point at the fields (RFC 6901 JSON pointers). Filled where a body is read,
 * sent by server/reply.c.
 */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#define PROBLEM_ENTRIES_MAX 8
#define PROBLEM_POINTER_SIZE 96
#define PROBLEM_DETAIL_SIZE 160

struct problem_entry {
	char pointer[PROBLEM_POINTER_SIZE]; /* "/trials/3/rt_ms"; "" is the whole body */
	const char *code; /* static text: missing, type, range, unknown, duplicate, ... */
	char detail[PROBLEM_DETAIL_SIZE];
};

/* Ready when count and detail[0] are zero: see problem_reset(). */
struct problem {
	int count;
	bool truncated;                   /* more was wrong than there are entries */
	char detail[PROBLEM_DETAIL_SIZE]; /* about the whole request; "" for none */
	struct problem_entry entries[PROBLEM_ENTRIES_MAX];
};

/*
 * A place in a JSON text, as a chain on the stack: each level names a member (key) or,
 * when key is NULL, an element (index). NULL is the whole body.
 *
 *	struct json_path trials = {NULL, "trials", 0}, third = {&trials, NULL, 3};
 */
struct json_path {
	const struct json_path *parent;
	const char *key; /* UTF-8 */
	size_t index;
};

/** Empties it without touching all of its bytes. */
void problem_reset(struct problem *p);

/**
 * Adds an entry, or sets truncated when all are taken. code is static text. What does not
 * fit is cut between characters; the pointer's text is escaped as RFC 6901 asks.
 */
void problem_add(struct problem *p, const struct json_path *at, const char *code,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Sets the sentence about the whole request. */
void problem_set_detail(struct problem *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
