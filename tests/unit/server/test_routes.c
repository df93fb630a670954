#include <stdlib.h>
#include <string.h>

#include "server/request.h"
#include "server/routes.h"
#include "tests/unit/unit.h"

#define API_MODEL "/model"

static struct request *rq;
static struct route_miss miss;

static void
setup(void)
{
	rq = calloc(1, sizeof(*rq));
	ck_assert_ptr_nonnull(rq);
}

static void
teardown(void)
{
	free(rq);
}

static const struct route *
match(const char *method, const char *path)
{
	return route_match(rq, method, path, strlen(path), &miss);
}

START_TEST(a_path_finds_its_route_and_parameters)
{
	const struct route *route =
		match("POST",
		      "/api/v1/sessions/0190f7c0-0000-7000-8000-000000000001/trials");
	struct uuid id;

	ck_assert_ptr_nonnull(route);
	ck_assert_str_eq(route->path, "/api/v1/sessions/{session}/trials");
	ck_assert_int_eq(request_param_uuid(rq, "session", &id), CAMP_OK);
	ck_assert_int_eq(id.b[15], 1);
	ck_assert_int_eq(request_param_uuid(rq, "sess", &id), CAMP_ERR_PARAMETER);
}
END_TEST

START_TEST(head_is_served_where_get_is)
{
	ck_assert_ptr_eq(match("HEAD", "/api/v1/tasks"), match("GET", "/api/v1/tasks"));
	ck_assert_ptr_nonnull(match("HEAD", "/"));
}
END_TEST

START_TEST(another_method_is_told_which_are_allowed)
{
	ck_assert_ptr_null(match("DELETE", "/api/v1/tasks"));
	ck_assert_int_eq(miss.err, CAMP_ERR_METHOD);
	ck_assert_str_eq(miss.allow, "GET, HEAD");
	ck_assert_ptr_null(match("GET", "/api/v1/join"));
	ck_assert_int_eq(miss.err, CAMP_ERR_METHOD);
	ck_assert_str_eq(miss.allow, "POST");
}
END_TEST

START_TEST(unknown_paths_are_not_found)
{
	static const char *const unknown[] = {
		"/api/v1",
		"/api/v1/",
		"/api/v1/tasks/",
		"/api/v1/tasks/a/b",
		"/api/v1/sessions//trials",
		"/api/v2/tasks",
		"//",
		"",
		"/assets/",
		"/assets/a/b",
		"/api/v1/sessions/x/trialsx",
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		ck_assert_msg(!match("GET", unknown[i]), "found '%s'", unknown[i]);
		ck_assert_int_eq(miss.err, CAMP_ERR_NOT_FOUND);
		ck_assert_int_eq(rq->n_params, 0);
	}
}
END_TEST

START_TEST(every_pattern_is_sound)
{
	for (size_t i = 0; i < n_routes; i++) {
		int open = 0;

		ck_assert_int_eq(routes[i].path[0], '/');
		ck_assert_ptr_nonnull((void *)routes[i].handle);
		for (const char *c = routes[i].path; *c; c++)
			open += *c == '{' ? 1 : *c == '}' ? -1 : 0;
		ck_assert_int_eq(open, 0);
		/* An address that is a verb says it all. */
		if (strcmp(routes[i].method, "POST") == 0 &&
		    !strstr(routes[i].path, "/activate") &&
		    !strstr(routes[i].path, "/cancel"))
			ck_assert_uint_gt(routes[i].body_limit, 0);
		if (strstr(routes[i].path, API_MODEL) &&
		    strncmp(routes[i].path, "/api", 4) == 0)
			ck_assert(routes[i].auth == ROUTE_OPERATOR ||
				  routes[i].auth == ROUTE_OPERATOR_FILE);
	}
}
END_TEST

Suite *
suite_routes(void)
{
	Suite *suite = suite_create("server/routes");
	TCase *matching = tcase_create("matching");

	tcase_add_checked_fixture(matching, setup, teardown);
	tcase_add_test(matching, a_path_finds_its_route_and_parameters);
	tcase_add_test(matching, head_is_served_where_get_is);
	tcase_add_test(matching, another_method_is_told_which_are_allowed);
	tcase_add_test(matching, unknown_paths_are_not_found);
	tcase_add_test(matching, every_pattern_is_sound);
	suite_add_tcase(suite, matching);
	return suite;
}
