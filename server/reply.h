/**
 * The only makers of answers. Each call answers its request, from any thread, and drops
 * the pending answer's reference: the caller must not touch the request afterwards.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include <jansson.h>
#include <stddef.h>

#include "base/errors.h"
#include "base/problem.h"
#include "base/trial.h"

struct MHD_Response;
struct request;

/** Owns body; NULL means that memory ran out and is answered so. */
void reply_take_json(struct request *rq, int status, json_t *body);

/**
 * The same with a weak ETag, for what is asked for again and again: 304 when
 * if_none_match (or NULL) holds it. The named member, the time of the answer, does not
 * count: two answers that differ only in it are the same.
 */
void reply_take_json_tagged(struct request *rq, json_t *body, const char *as_of_member,
			    const char *if_none_match);

/** A problem document (RFC 9457) from base/errors.def. */
void reply_error(struct request *rq, enum camp_err err);

/** The same with pointers to what is wrong; why may be NULL. */
void reply_problem(struct request *rq, enum camp_err err, const struct problem *why);

/** The same with members of its own, which it owns: {"missing": [...]}. */
void reply_take_problem(struct request *rq, enum camp_err err, json_t *members);

/** {"stored": n, ...}: prebuilt for the common counts, as it is the hot answer. */
void reply_trial_counts(struct request *rq, const struct trial_counts *counts);

/** A prebuilt response of about so many bytes that lives as long as the server. */
void
reply_shared(struct request *rq, int status, struct MHD_Response *response, size_t bytes);

CAMP_MUST_CHECK enum camp_err reply_init(void);
void reply_clear(void);

#endif
