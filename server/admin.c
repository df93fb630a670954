#include <config.h>

#include "server/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "db/db.h"
#include "server/metrics.h"

#define CONNECTIONS_MAX 64
#define TIMEOUT_S 10

struct admin {
	struct admin_options options;
	struct MHD_Daemon *daemon;
};

/* Frees data in any case. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *type, char *data,
       size_t len, const char *allow)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(data);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (allow != NULL)
		MHD_add_response_header(response, "Allow", allow);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_status(struct MHD_Connection *connection, unsigned status, const char *word,
	      const char *reason, const char *allow)
{
	char *text;
	int n;

	if (reason == NULL)
		n = asprintf(&text, "{\"status\":\"%s\"}\n", word);
	else
		n = asprintf(&text, "{\"status\":\"%s\",\"reason\":\"%s\"}\n", word,
			     reason);
	if (n < 0)
		return MHD_NO;
	return answer(connection, status, "application/json", text, (size_t)n, allow);
}

static enum MHD_Result
answer_metrics(const struct admin *admin, struct MHD_Connection *connection)
{
	struct buffer text = {0};
	struct db_metrics db;
	bool have_db = admin->options.db_metrics != NULL &&
		       admin->options.db_metrics(admin->options.arg, &db);

	metrics_render(&text, have_db ? &db : NULL);
	if (text.failed) {
		buffer_clear(&text);
		return answer_status(connection, 503, "unavailable", "out of memory",
				     NULL);
	}
	return answer(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
		      text.data, text.len, NULL);
}

static enum MHD_Result
answer_degraded(struct MHD_Connection *connection, const char *why)
{
	json_t *body = json_pack("{s:s, s:s}", "status", "ok", "degraded", why);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	if (text == NULL)
		return answer_status(connection, 503, "unavailable", "out of memory",
				     NULL);
	return answer(connection, 200, "application/json", text, strlen(text), NULL);
}

static enum MHD_Result
answer_ready(const struct admin *admin, struct MHD_Connection *connection)
{
	const char *reason = admin->options.not_ready == NULL
				     ? NULL
				     : admin->options.not_ready(admin->options.arg);

	char why[512];

	if (reason != NULL)
		return answer_status(connection, 503, "unavailable", reason, NULL);
	if (admin->options.degraded != NULL &&
	    admin->options.degraded(admin->options.arg, why, sizeof(why)))
		return answer_degraded(connection, why);
	return answer_status(connection, 200, "ok", NULL, NULL);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
	   const char *method, const char *version, const char *upload,
	   size_t *upload_len, void **state)
{
	const struct admin *admin = arg;
	bool metrics = strcmp(url, "/metrics") == 0, ready = strcmp(url, "/readyz") == 0;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)state;
	/* Answered in the first call: a body, if there is one, is never read. */
	if (!metrics && !ready && strcmp(url, "/livez") != 0)
		return answer_status(connection, 404, "not_found", NULL, NULL);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer_status(connection, 405, "method_not_allowed", NULL,
				     "GET, HEAD");
	if (metrics)
		return answer_metrics(admin, connection);
	if (ready)
		return answer_ready(admin, connection);
	return answer_status(connection, 200, "ok", NULL, NULL);
}

enum camp_err
admin_start(struct admin **out, const struct admin_options *options, char *why,
	    size_t why_size)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)options->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct admin *admin = calloc(1, sizeof(*admin));

	*out = NULL;
	if (admin == NULL) {
		snprintf(why, why_size, "out of memory");
		return CAMP_ERR_MEMORY;
	}
	admin->options = *options;
	errno = 0;
	admin->daemon =
		MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
				 NULL, on_request, admin, MHD_OPTION_SOCK_ADDR, &address,
				 MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
				 MHD_OPTION_END);
	if (admin->daemon == NULL) {
		snprintf(why, why_size,
			 "cannot listen on 127.0.0.1:%d for the operator (admin_port): "
			 "%s",
			 options->port,
			 errno == 0 ? "the listener does not start" : strerror(errno));
		free(admin);
		return CAMP_ERR_FAULT;
	}
	*out = admin;
	return CAMP_OK;
}

void
admin_stop(struct admin *admin)
{
	if (admin == NULL)
		return;
	MHD_stop_daemon(admin->daemon);
	free(admin);
}
