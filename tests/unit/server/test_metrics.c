/* server/metrics and server/admin: what is counted comes out, where operators look. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/db.h"
#include "server/admin.h"
#include "server/metrics.h"
#include "tests/unit/unit.h"

static const struct metrics_route routes[] = {
	{"GET", "/api/v1/tasks"},
	{"POST", "/api/v1/sessions/{id}/trials"},
};

static void
reset(void)
{
	metrics_reset();
	metrics_routes(routes, 2);
}

static char *
render(const struct db_metrics *db)
{
	struct buffer b = {0};

	metrics_render(&b, db);
	buffer_add_char(&b, 0);
	ck_assert(!b.failed);
	return b.data;
}

static void
ck_line(const char *text, const char *line)
{
	char framed[300];

	snprintf(framed, sizeof(framed), "\n%s\n", line);
	ck_assert_msg(strstr(text, framed) != NULL, "\"%s\" is missing in:\n%s", line,
		      text);
}

START_TEST(metrics_count_requests_by_route_status_and_latency)
{
	char *text;

	metrics_request(1, 200, 0.0004);
	metrics_request(1, 200, 0.0005);
	metrics_request(1, 422, 0.2);
	metrics_request(0, 304, 100);
	metrics_request(METRICS_ROUTE_OTHER, 404, 0.001);
	metrics_request(7, 418, 0.001);
	text = render(NULL);
	ck_line(text, "camp_http_requests_total{method=\"POST\","
		      "route=\"/api/v1/sessions/{id}/trials\",status=\"200\"} 2");
	ck_line(text, "camp_http_requests_total{method=\"POST\","
		      "route=\"/api/v1/sessions/{id}/trials\",status=\"422\"} 1");
	ck_line(text,
		"camp_http_requests_total{method=\"\",route=\"other\",status=\"404\"} 1");
	ck_line(text,
		"camp_http_requests_total{method=\"\",route=\"other\",status=\"599\"} 1");
	ck_line(text, "camp_http_request_seconds_bucket{method=\"POST\","
		      "route=\"/api/v1/sessions/{id}/trials\",le=\"0.0005\"} 2");
	ck_line(text, "camp_http_request_seconds_bucket{method=\"POST\","
		      "route=\"/api/v1/sessions/{id}/trials\",le=\"0.25\"} 3");
	ck_line(text, "camp_http_request_seconds_bucket{method=\"GET\","
		      "route=\"/api/v1/tasks\",le=\"10\"} 0");
	ck_line(text, "camp_http_request_seconds_bucket{method=\"GET\","
		      "route=\"/api/v1/tasks\",le=\"+Inf\"} 1");
	ck_line(text, "camp_http_request_seconds_sum{method=\"GET\","
		      "route=\"/api/v1/tasks\"} 100");
	ck_line(text, "camp_http_request_seconds_count{method=\"POST\","
		      "route=\"/api/v1/sessions/{id}/trials\"} 3");
	free(text);
}
END_TEST

START_TEST(metrics_show_the_database)
{
	struct db_metrics db = {.lane_depth = 3,
				.trials_stored = 20,
				.trials_repeated = 2,
				.commits = 4,
				.commit_batch_bucket = {1, 0, 2, 0, 0, 0, 0, 0, 0, 1},
				.commit_uploads = 308};
	char *text;

	metrics_refused(CAMP_ERR_REQUEST);
	metrics_gauge_add(METRICS_CONNECTIONS, 5);
	metrics_gauge_add(METRICS_CONNECTIONS, -2);
	metrics_count(METRICS_DEADLINES, 2);
	text = render(&db);
	ck_line(text, "camp_db_lane_depth 3");
	ck_line(text, "camp_trials_total{outcome=\"stored\"} 20");
	ck_line(text, "camp_db_commit_uploads_bucket{le=\"1\"} 1");
	ck_line(text, "camp_db_commit_uploads_bucket{le=\"4\"} 3");
	ck_line(text, "camp_db_commit_uploads_bucket{le=\"256\"} 3");
	ck_line(text, "camp_db_commit_uploads_bucket{le=\"+Inf\"} 4");
	ck_line(text, "camp_db_commit_uploads_sum 308");
	ck_line(text, "camp_http_refused_total{code=\"bad_request\"} 1");
	ck_line(text, "camp_http_connections 3");
	ck_line(text, "camp_http_deadlines_total 2");
	free(text);
}
END_TEST

/* Every sample follows its HELP and TYPE, names are ours, and no name comes twice. */
START_TEST(metrics_are_well_formed)
{
	struct db_metrics db = {0};
	char *text, *next, name[100] = "";

	metrics_request(0, 200, 0.1);
	text = render(&db);
	for (char *line = text; *line != 0; line = next) {
		next = strchr(line, '\n');
		ck_assert_ptr_nonnull(next);
		*next++ = 0;
		if (strncmp(line, "# HELP ", 7) == 0) {
			sscanf(line + 7, "%99s", name);
			ck_assert_msg(strncmp(name, "camp_", 5) == 0 ||
					      strncmp(name, "process_", 8) == 0,
				      "%s", name);
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			ck_assert(strncmp(line + 7, name, strlen(name)) == 0);
		} else {
			ck_assert_msg(strncmp(line, name, strlen(name)) == 0,
				      "%s after %s", line, name);
		}
	}
	free(text);
}
END_TEST

static const char *reason;

static const char *
not_ready(void *arg)
{
	return *(const char **)arg;
}

static int
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static char answer[65536];

static const char *
ask(int port, const char *request)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t len = 0;
	ssize_t n;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += (size_t)n;
	answer[len] = 0;
	close(fd);
	return answer;
}

#define REQUEST(line) line " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

START_TEST(admin_answers_operators)
{
	struct admin_options options = {.port = free_port(),
					.not_ready = not_ready,
					.arg = &reason};
	struct admin *admin, *second;
	char why[300], expected[300];

	ck_assert_int_eq(admin_start(&admin, &options, why, sizeof(why)), CAMP_OK);
	ck_assert_ptr_nonnull(strstr(ask(options.port, REQUEST("GET /livez")), " 200 "));
	ck_assert_ptr_nonnull(strstr(ask(options.port, REQUEST("GET /readyz")), " 200 "));
	reason = "draining";
	ask(options.port, REQUEST("GET /readyz"));
	ck_assert_ptr_nonnull(strstr(answer, " 503 "));
	ck_assert_ptr_nonnull(
		strstr(answer, "{\"status\":\"unavailable\",\"reason\":\"draining\"}"));
	ck_assert_ptr_nonnull(strstr(ask(options.port, REQUEST("GET /livez")), " 200 "));
	ck_assert_ptr_nonnull(strstr(ask(options.port, REQUEST("GET /metrics")),
				     "\nprocess_resident_memory_bytes "));
	ck_assert_ptr_nonnull(strstr(ask(options.port, REQUEST("GET /other")), " 404 "));
	ask(options.port, REQUEST("POST /livez"));
	ck_assert_ptr_nonnull(strstr(answer, " 405 "));
	ck_assert_ptr_nonnull(strstr(answer, "\nAllow: GET, HEAD\r"));
	/* HEAD has no body. */
	ask(options.port, REQUEST("HEAD /livez"));
	ck_assert_ptr_nonnull(strstr(answer, " 200 "));
	ck_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");

	ck_assert_int_eq(admin_start(&second, &options, why, sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_ptr_null(second);
	snprintf(expected, sizeof(expected),
		 "cannot listen on 127.0.0.1:%d for the operator (admin_port): Address "
		 "already in use",
		 options.port);
	ck_assert_str_eq(why, expected);
	admin_stop(admin);
	admin_stop(NULL);
}
END_TEST

Suite *
suite_metrics(void)
{
	Suite *s = suite_create("metrics");
	TCase *c = tcase_create("metrics");

	tcase_add_checked_fixture(c, reset, NULL);
	tcase_add_test(c, metrics_count_requests_by_route_status_and_latency);
	tcase_add_test(c, metrics_show_the_database);
	tcase_add_test(c, metrics_are_well_formed);
	tcase_add_test(c, admin_answers_operators);
	suite_add_tcase(s, c);
	return s;
}
