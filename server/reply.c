#include "server/reply.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/assets.h"
#include "server/metrics.h"
#include "server/net.h"
#include "server/request.h"
#include "server/security_headers.h"
#include "server/server.h"

/* Uploads are mostly whole cells: {"stored": n, "repeated": 0, "conflicting": 0}. */
#define PREBUILT_COUNTS 64
/* About what the answers hold, for the time that reading them may take. */
#define COUNTS_BYTES 64
#define PROBLEM_BYTES 2048
#define WEAK_ETAG_SIZE (ETAG_SIZE + 2)

static struct MHD_Response *prebuilt[PREBUILT_COUNTS + 1];
static struct MHD_Response *no_memory;

/* Owns text; NULL, with text freed, when memory ran out. */
static struct MHD_Response *
response_take(char *text, size_t len, const char *type)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer_with_free_callback(len, text, free);

	if (!response) {
		free(text);
		return NULL;
	}
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) !=
		    MHD_YES ||
	    security_headers_api(response) != CAMP_OK) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

/* The first to answer wins; every call drops the pending answer's reference. */
static void
answer(struct request *rq, int status, struct MHD_Response *response, size_t bytes,
       bool shared, bool quietly)
{
	if (atomic_exchange(&rq->answered, true)) {
		metrics_count(METRICS_LATE_ANSWERS, 1);
		if (response && !shared)
			MHD_destroy_response(response);
		request_release(rq);
		return;
	}
	if (!response) {
		status = camp_err_status(CAMP_ERR_MEMORY);
		response = no_memory;
		shared = true;
	}
	rq->status = status;
	rq->response = response;
	rq->response_bytes = bytes;
	rq->response_shared = shared;
	/* Inside its handler nothing was suspended yet: dispatch queues the answer. Else
	 * the connection's reference keeps rq alive until the network thread resumed it.
	 */
	if (request_in_handler() == rq)
		rq->answered_in_handler = true;
	else if (quietly)
		net_done_quietly(rq->sv->net, rq);
	else
		net_done(rq->sv->net, rq);
	request_release(rq);
}

void
reply_take_json(struct request *rq, int status, json_t *body)
{
	char *text =
		body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	size_t len = text ? strlen(text) : 0;
	struct MHD_Response *response = NULL;

	json_decref(body);
	if (text)
		response = response_take(text, len, "application/json");
	answer(rq, status, response, len, false, false);
}

/* Owns text. */
static struct MHD_Response *
tagged_response(char *text, size_t len, const char *etag)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer_with_free_callback(len, text, free);

	if (!response) {
		free(text);
		return NULL;
	}
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				    "application/json") != MHD_YES ||
	    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
				    "private, no-cache") != MHD_YES ||
	    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag) != MHD_YES ||
	    security_headers_document(response) != CAMP_OK) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

/* The tag of everything but the named member; "" when memory ran out. */
static void
tag_without(json_t *body, const char *member, char out[WEAK_ETAG_SIZE])
{
	json_t *rest = json_copy(body);
	char *text = NULL;

	out[0] = '\0';
	if (rest && json_object_del(rest, member) == 0)
		text = json_dumps(rest, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(rest);
	if (!text)
		return;
	memcpy(out, "W/", 2);
	etag_of(out + 2, text, strlen(text));
	free(text);
}

void
reply_take_json_tagged(struct request *rq, json_t *body, const char *as_of_member,
		       const char *if_none_match)
{
	char *text =
		body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	size_t len = text ? strlen(text) : 0;
	struct MHD_Response *response = NULL;
	char etag[WEAK_ETAG_SIZE];
	int status = 200;

	if (text) {
		tag_without(body, as_of_member, etag);
		if (if_none_match && etag[0] && etag_matches(if_none_match, etag + 2)) {
			status = 304;
			len = 0;
		}
		response = tagged_response(text, len, etag);
	}
	json_decref(body);
	answer(rq, status, response, len, false, false);
}

static json_t *
problem_entries(const struct problem *why)
{
	json_t *entries = json_array();

	for (int i = 0; why && i < why->count; i++) {
		const struct problem_entry *e = &why->entries[i];

		json_array_append_new(entries,
				      json_pack("{s:s, s:s, s:s}", "pointer", e->pointer,
						"code", e->code, "detail", e->detail));
	}
	return entries;
}

static void
add_headers(struct MHD_Response *response, const struct request *rq, enum camp_err err)
{
	int status = camp_err_status(err);

	if (status == 503)
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER,
					err == CAMP_ERR_STORAGE_FULL ? "10" : "1");
	if (status == 401)
		MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
					"Bearer realm=\"camp\"");
	if (err == CAMP_ERR_METHOD && rq->allow[0])
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, rq->allow);
	if (rq->close_after)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static struct MHD_Response *
problem_response(const struct request *rq, enum camp_err err, const struct problem *why,
		 json_t *members)
{
	const char *detail = why && why->detail[0] ? why->detail : rq->refused_why;
	struct MHD_Response *response;
	char trace[REQUEST_ID_SIZE];
	json_t *body;
	char *text;

	request_id_format(rq, trace);
	body = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:o}", "type",
			 "about:blank", "title", camp_err_title(err), "status",
			 camp_err_status(err), "detail",
			 detail ? detail : camp_err_title(err), "instance", rq->instance,
			 "code", camp_err_code(err), "trace_id", trace, "errors",
			 problem_entries(why));
	if (body && members)
		json_object_update(body, members);
	json_decref(members);
	text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (!text)
		return NULL;
	response = response_take(text, strlen(text), "application/problem+json");
	if (response)
		add_headers(response, rq, err);
	return response;
}

void
reply_error(struct request *rq, enum camp_err err)
{
	reply_problem(rq, err, NULL);
}

void
reply_problem(struct request *rq, enum camp_err err, const struct problem *why)
{
	answer(rq, camp_err_status(err), problem_response(rq, err, why, NULL),
	       PROBLEM_BYTES, false, false);
}

void
reply_take_problem(struct request *rq, enum camp_err err, json_t *members)
{
	answer(rq, camp_err_status(err), problem_response(rq, err, NULL, members),
	       PROBLEM_BYTES, false, false);
}

static struct MHD_Response *
counts_response(const struct trial_counts *counts)
{
	char text[96];
	char *copy;
	int n = snprintf(text, sizeof(text),
			 "{\"stored\":%d,\"repeated\":%d,\"conflicting\":%d}",
			 counts->stored, counts->repeated, counts->conflicting);

	copy = strdup(text);
	return copy ? response_take(copy, (size_t)n, "application/json") : NULL;
}

void
reply_trial_counts(struct request *rq, const struct trial_counts *counts)
{
	if (counts->repeated == 0 && counts->conflicting == 0 &&
	    counts->stored <= PREBUILT_COUNTS)
		answer(rq, 200, prebuilt[counts->stored], COUNTS_BYTES, true, true);
	else
		answer(rq, 200, counts_response(counts), COUNTS_BYTES, false, true);
}

void
reply_shared(struct request *rq, int status, struct MHD_Response *response, size_t bytes)
{
	answer(rq, status, response, bytes, true, false);
}

enum camp_err
reply_init(void)
{
	static char text[] =
		"{\"type\":\"about:blank\",\"status\":503,"
		"\"title\":\"The server is short of memory; try again soon\","
		"\"detail\":\"Nothing was stored\",\"instance\":\"\","
		"\"code\":\"out_of_memory\",\"trace_id\":\"\",\"errors\":[]}";

	for (int n = 0; n <= PREBUILT_COUNTS; n++) {
		prebuilt[n] = counts_response(&(struct trial_counts){.stored = n});
		if (!prebuilt[n])
			return CAMP_ERR_MEMORY;
	}
	no_memory = MHD_create_response_from_buffer(strlen(text), text,
						    MHD_RESPMEM_PERSISTENT);
	if (!no_memory ||
	    MHD_add_response_header(no_memory, MHD_HTTP_HEADER_CONTENT_TYPE,
				    "application/problem+json") != MHD_YES ||
	    MHD_add_response_header(no_memory, MHD_HTTP_HEADER_RETRY_AFTER, "1") !=
		    MHD_YES ||
	    security_headers_api(no_memory) != CAMP_OK)
		return CAMP_ERR_MEMORY;
	return CAMP_OK;
}

void
reply_clear(void)
{
	for (int n = 0; n <= PREBUILT_COUNTS; n++) {
		if (prebuilt[n])
			MHD_destroy_response(prebuilt[n]);
		prebuilt[n] = NULL;
	}
	if (no_memory)
		MHD_destroy_response(no_memory);
	no_memory = NULL;
}
