/**
 * One HTTP request, from its first header to the end of its answer.
 *
 * It has two references: the connection's and the pending answer's, which the one call of
 * reply_*() drops. Handlers run on the network thread; what they queue may answer later
 * from a database thread. If the deadline answered first, the late answer is thrown away.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/problem.h"
#include "base/uuid.h"
#include "server/auth.h"
#include "server/framing.h"
#include "server/query.h"

struct connection;
struct route;
struct server;

#define REQUEST_PARAMS_MAX 4
#define REQUEST_ID_SIZE 33 /* 32 hexadecimal digits, as a trace id has */

struct request {
	struct server *sv;
	const struct route *route; /* NULL until matched */
	struct auth auth;          /* proved by dispatch; kind AUTH_NONE: anonymous */
	struct buffer body;
	struct query query;
	uint64_t id;        /* in logs and in problem documents */
	char instance[128]; /* the path, cut when longer: an answer may outlive the URI */

	/* Network thread only. */
	struct MHD_Connection *mhd;
	struct framing framing; /* its texts die with the connection */
	struct connection *connection;
	const char *method;
	struct {
		const char *name, *value;
		size_t len;
	} params[REQUEST_PARAMS_MAX];
	int n_params;
	int64_t started_us;
	int64_t deadline_ms;
	enum camp_err refused;   /* found before the body was there; answered after it */
	const char *refused_why; /* static text for the problem's detail */
	char allow[48];          /* the Allow header of a 405 */
	bool close_after;        /* the stream cannot be trusted after this request */
	size_t received;         /* bytes of the body, kept or not */
	bool called;             /* its handler ran, so an answer is pending or given */
	bool answered_in_handler;
	bool suspended;
	struct request *next_suspended, *previous_suspended;

	/* The answer; whoever sets answered first fills it. */
	atomic_bool answered;
	atomic_int references;
	struct MHD_Response *response;
	int status;
	size_t response_bytes;
	bool response_shared; /* not ours to destroy */
	struct request *next_done;
};

struct request *request_new(struct server *sv);
void request_release(struct request *rq);
/** The request whose handler this thread is running, or NULL. */
struct request *request_in_handler(void);
void request_set_in_handler(struct request *rq);

/** Frees the requests kept for reuse; after the last release. */
void requests_clear(void);

/** A path parameter. Errors: PARAMETER (answered 400 with the name). */
CAMP_MUST_CHECK enum camp_err
request_param_uuid(struct request *rq, const char *name, struct uuid *out);
/** Copies it zero-terminated into out[0..size). */
CAMP_MUST_CHECK enum camp_err
request_param_text(struct request *rq, const char *name, char *out, size_t size);

/** The Idempotency-Key. Errors: KEY_MISSING, PARAMETER. Borrowed like a header. */
CAMP_MUST_CHECK enum camp_err
request_idempotency_key(struct request *rq, const char **key);

/** The text after "Bearer ". Errors: TOKEN_MISSING, TOKEN_INVALID. Borrowed. */
CAMP_MUST_CHECK enum camp_err
request_bearer(struct request *rq, const char **token, size_t *len);

/** True for a label that people give: only letters, digits, ".", "_" and "-". */
bool request_label_valid(const char *text);

void request_id_format(const struct request *rq, char out[REQUEST_ID_SIZE]);

/** Remembers a static sentence for the problem document of the error now returned. */
enum camp_err request_refuse(struct request *rq, enum camp_err err, const char *why);

#endif
