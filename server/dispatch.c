#include "server/dispatch.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "server/accept.h"
#include "server/metrics.h"
#include "server/net.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/server.h"

/* How far beyond its limit a body is read before the connection is cut. */
#define EXCESS_BYTES (1024 * 1024)

static size_t
readable_bytes(const struct request *rq)
{
	return EXCESS_BYTES + (rq->route ? rq->route->body_limit : 0);
}

static int64_t
monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Request ids only need to be found again in the log: a random start and a counter. */
static uint64_t
next_id(void)
{
	static uint64_t id;

	if (id == 0)
		randombytes_buf(&id, sizeof(id));
	return ++id;
}

static struct connection *
connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* What is checked before the body is read, each step with its own error. */

static enum camp_err
check_query(struct request *rq, const char *raw)
{
	const char *allowed = rq->route->query;
	enum camp_err err;

	if (!raw || (allowed && allowed[0] == '*'))
		return CAMP_OK;
	err = query_parse(&rq->query, raw, strlen(raw), &rq->refused_why);
	if (err != CAMP_OK)
		return err;
	for (int i = 0; i < rq->query.n; i++) {
		if (!allowed || !strstr(allowed, rq->query.pair[i].name))
			return request_refuse(rq, CAMP_ERR_PARAMETER,
					      "this address has no such query parameter");
	}
	return CAMP_OK;
}

/* What else an address holds must be percent-encoded (RFC 3986). */
static bool
is_printable_ascii(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static enum camp_err
match(struct request *rq, const struct connection *c)
{
	const char *uri = c->uri;
	size_t path_len = strcspn(uri, "?");
	struct route_miss miss;

	if (!is_printable_ascii(uri))
		return request_refuse(rq, CAMP_ERR_REQUEST,
				      "the address holds bytes that are not ASCII");
	memcpy(rq->instance, uri,
	       path_len < sizeof(rq->instance) ? path_len : sizeof(rq->instance) - 1);
	if (c->uri_len > URI_MAX)
		return CAMP_ERR_URI_TOO_LONG;
	rq->route = route_match(rq, rq->method, uri, path_len, &miss);
	if (!rq->route) {
		memcpy(rq->allow, miss.allow, sizeof(rq->allow));
		return miss.err;
	}
	return check_query(rq, uri[path_len] ? uri + path_len + 1 : NULL);
}

static enum camp_err
check_media(struct request *rq)
{
	const struct route *route = rq->route;

	if (route->media_type &&
	    accept_type_quality(rq->framing.accept, route->media_type) == 0)
		return CAMP_ERR_NOT_ACCEPTABLE;
	if (route->body_limit == 0) {
		if (rq->framing.content_length > 0 || rq->framing.chunked)
			return request_refuse(rq, CAMP_ERR_TOO_LARGE,
					      "this route takes no body");
		return CAMP_OK;
	}
	if (route->auth == ROUTE_OPERATOR_FILE
		    ? !content_type_is(rq->framing.content_type,
				       "application/octet-stream")
		    : !content_type_is_json(rq->framing.content_type))
		return CAMP_ERR_MEDIA_TYPE;
	if (rq->framing.content_length > (int64_t)route->body_limit)
		return CAMP_ERR_TOO_LARGE;
	return CAMP_OK;
}

static enum camp_err
check_session_path(struct request *rq)
{
	struct uuid session_id;
	enum camp_err err = request_param_uuid(rq, "session", &session_id);

	if (err != CAMP_OK)
		return err;
	/* Someone else's session is not told from none. */
	if (!uuid_equal(&session_id, &rq->auth.owner.session_id))
		return CAMP_ERR_NOT_FOUND;
	return CAMP_OK;
}

static enum camp_err
authorise(struct request *rq)
{
	enum route_auth wanted = rq->route->auth;
	const char *token;
	enum camp_err err;
	size_t len;

	if (wanted == ROUTE_OPEN || wanted == ROUTE_READ_TOKEN)
		return CAMP_OK;
	err = request_bearer(rq, &token, &len);
	if (err != CAMP_OK)
		return err;
	err = auth_token_check(&rq->sv->keys, token, len, time(NULL), &rq->auth);
	if (err != CAMP_OK)
		return err;
	if (rq->auth.kind == AUTH_SESSION &&
	    (wanted == ROUTE_SESSION || wanted == ROUTE_SESSION_OWNER))
		return check_session_path(rq);
	if (rq->auth.kind == AUTH_PARTICIPANT &&
	    (wanted == ROUTE_PARTICIPANT || wanted == ROUTE_SESSION_OWNER))
		return CAMP_OK;
	if (rq->auth.kind == AUTH_OPERATOR &&
	    (wanted == ROUTE_OPERATOR || wanted == ROUTE_OPERATOR_FILE))
		return CAMP_OK;
	return request_refuse(rq, CAMP_ERR_TOKEN_INVALID,
			      "this route takes another kind of token");
}

static enum camp_err
begin(struct request *rq, const char *version)
{
	const struct connection *c = rq->connection;
	enum camp_err err = framing_check(&rq->framing, rq->mhd, rq->method, version);

	if (err == CAMP_OK && !framing_uri_is_whole(c->raw_uri, c->uri_len, version)) {
		rq->framing.reason = "The address holds a NUL or is followed by spaces";
		err = CAMP_ERR_REQUEST;
	}
	if (err != CAMP_OK) {
		rq->close_after = true;
		metrics_refused(err);
		return request_refuse(rq, err, rq->framing.reason);
	}
	err = match(rq, c);
	if (err == CAMP_OK)
		err = authorise(rq);
	if (err == CAMP_OK)
		err = check_media(rq);
	return err;
}

/* Answering. */

static enum MHD_Result
queue_answer(struct request *rq)
{
	if (net_draining(rq->sv->net) && !rq->response_shared)
		MHD_add_response_header(rq->response, MHD_HTTP_HEADER_CONNECTION,
					"close");
	net_connection_sending(rq->sv->net, rq->connection, rq->response_bytes);
	return MHD_queue_response(rq->mhd, (unsigned)rq->status, rq->response);
}

/* Hands it to the handler; afterwards it is answered or waits for its answer. */
static enum MHD_Result
call(struct request *rq, enum camp_err err)
{
	rq->called = true;
	request_set_in_handler(rq);
	if (err == CAMP_OK)
		err = rq->route->handle(rq);
	if (err != CAMP_OK)
		reply_error(rq, err);
	request_set_in_handler(NULL);
	if (rq->answered_in_handler)
		return queue_answer(rq);
	rq->deadline_ms = net_now_ms(rq->sv->net) + rq->sv->config->request_timeout_ms;
	net_suspend(rq->sv->net, rq);
	return MHD_YES;
}

/*
 * A refusal is best sent after the body was read: closing a socket with unread data may
 * destroy the answer on its way. Beyond this size, or where the client waits for a
 * "100 Continue", or where the framing is in doubt, it is sent at once.
 */
static bool
worth_draining(const struct request *rq)
{
	const struct framing *f = &rq->framing;

	bool waits = f->expects_continue && (f->chunked || f->content_length > 0);

	/* Also without a body: an answer in the first call always ends the connection. */
	return !rq->close_after && !waits &&
	       f->content_length <= (int64_t)readable_bytes(rq);
}

static enum MHD_Result
start(struct server *sv, struct MHD_Connection *mhd, const char *method,
      const char *version, void **context)
{
	struct connection *c = connection_of(mhd);
	struct request *rq = c ? request_new(sv) : NULL;
	enum camp_err err;

	if (!rq)
		return MHD_NO;
	*context = rq;
	rq->mhd = mhd;
	rq->connection = c;
	rq->method = method;
	rq->id = next_id();
	rq->started_us = monotonic_us();
	err = begin(rq, version);
	if (err == CAMP_OK)
		return MHD_YES;
	rq->refused = err;
	return worth_draining(rq) ? MHD_YES : call(rq, err);
}

static enum MHD_Result
collect(struct request *rq, const char *data, size_t n)
{
	rq->received += n;
	if (rq->refused != CAMP_OK)
		return rq->received > readable_bytes(rq) ? MHD_NO : MHD_YES;
	if (rq->received > rq->route->body_limit) {
		rq->refused = CAMP_ERR_TOO_LARGE;
		return MHD_YES;
	}
	buffer_add(&rq->body, data, n);
	if (rq->body.failed)
		rq->refused = CAMP_ERR_MEMORY;
	return MHD_YES;
}

enum MHD_Result
dispatch_access(void *server, struct MHD_Connection *mhd, const char *url,
		const char *method, const char *version, const char *upload,
		size_t *upload_size, void **context)
{
	struct request *rq = *context;

	if (!rq)
		return start(server, mhd, method, version, context);
	if (*upload_size > 0) {
		size_t n = *upload_size;

		*upload_size = 0;
		return collect(rq, upload, n);
	}
	if (rq->response)
		return queue_answer(rq); /* resumed */
	metrics_count(METRICS_RECEIVED_BYTES, rq->received);
	return call(rq, rq->refused);
}

static void
log_request(const struct request *rq, double seconds)
{
	char id[REQUEST_ID_SIZE];

	if (!rq->sv->config->access_log && rq->status < 500)
		return;
	request_id_format(rq, id);
	log_event(LOG_INFO, "request", log_text("request_id", id),
		  log_text("method", rq->method),
		  log_text("route", rq->route ? rq->route->path : NULL),
		  log_int("status", rq->status), log_real("ms", seconds * 1e3));
}

void
dispatch_completed(void *server, struct MHD_Connection *mhd, void **context,
		   enum MHD_RequestTerminationCode code)
{
	struct request *rq = *context;
	double seconds;

	*context = NULL;
	if (!rq)
		return;
	seconds = (double)(monotonic_us() - rq->started_us) / 1e6;
	if (rq->status != 0) {
		metrics_request(rq->route ? (int)(rq->route - routes)
					  : METRICS_ROUTE_OTHER,
				rq->status, seconds);
		log_request(rq, seconds);
	}
	net_connection_receiving(rq->sv->net, rq->connection);
	/* Cut off before its handler ran: no answer is pending. */
	if (!atomic_load(&rq->answered) && !rq->called)
		request_release(rq);
	request_release(rq);
}
