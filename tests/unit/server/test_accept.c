/* server/accept: which media types and codings a client takes. */
#include "server/accept.h"
#include "tests/unit/unit.h"

START_TEST(accept_absent_or_empty_takes_everything)
{
	ck_assert_int_eq(accept_type_quality(NULL, "application/json"), 1000);
	ck_assert_int_eq(accept_type_quality("", "application/json"), 1000);
	ck_assert_int_eq(accept_type_quality(" , ,", "application/json"), 1000);
}
END_TEST

START_TEST(accept_most_specific_range_decides)
{
	static const struct {
		const char *accept;
		int quality;
	} cases[] = {
		{"application/json", 1000},
		{"APPLICATION/JSON", 1000},
		{"text/html", 0},
		{"text/html, */*", 1000},
		{"text/html,*/*;q=0.8", 800},
		{"application/*;q=0.5", 500},
		{"*/*;q=0", 0},
		{"*/*, application/json;q=0", 0},
		{"application/json;q=0, */*", 0},
		{"application/json;q=0.000", 0},
		{"application/*;q=0, */*;q=1", 0},
		{"application/json;q=0.1, application/*;q=0.9", 100},
		{"application/json; q=0.25", 250},
		{"application/json ;\tq=0.25", 250},
		{"application/json;Q=0.5", 500},
		{"application/json;charset=utf-8", 1000},
		{"application/json;version=2", 0},
		{"application/json;note=\"a,b;q=0\"", 0},
		{"application/jsonx", 0},
		{"application", 0},
		{"app*/json", 0},
		{"application/json;q=1.5", 0},
		{"application/json;q=-1", 0},
		{"application/json;q=", 0},
		{"application/json;q=0.1234", 0},
		{"application/json;q=1.000", 1000},
		{"application/json;q=abc, */*;q=0.3", 300},
		{"\"unclosed, application/json", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(accept_type_quality(cases[i].accept, "application/json") ==
				      cases[i].quality,
			      "%s: %d", cases[i].accept,
			      accept_type_quality(cases[i].accept, "application/json"));
}
END_TEST

START_TEST(accept_encoding_follows_its_qualities)
{
	static const struct {
		const char *value, *coding;
		int quality;
	} cases[] = {
		{NULL, "gzip", 0},
		{NULL, "identity", 1000},
		{"", "identity", 1000},
		{"", "br", 0},
		{"gzip, br", "br", 1000},
		{"gzip;q=0.5", "gzip", 500},
		{"x-gzip", "gzip", 1000},
		{"gzip;q=0", "gzip", 0},
		{"*", "br", 1000},
		{"*;q=0", "identity", 0},
		{"*;q=0, identity;q=0.1", "identity", 100},
		{"identity;q=0", "identity", 0},
		{"br;q=0, *", "br", 0},
		{"deflate", "gzip", 0},
		{"GZIP", "gzip", 1000},
		{"gzip;q=2", "gzip", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(accept_encoding_quality(cases[i].value, cases[i].coding) ==
				      cases[i].quality,
			      "%s for %s", cases[i].value, cases[i].coding);
}
END_TEST

START_TEST(content_type_is_json_whatever_its_case)
{
	ck_assert(content_type_is_json("application/json"));
	ck_assert(content_type_is_json("Application/JSON; charset=UTF-8"));
	ck_assert(content_type_is_json("application/json;charset=\"utf-8\""));
	ck_assert(content_type_is_json("application/json;"));
	ck_assert(!content_type_is_json(NULL));
	ck_assert(!content_type_is_json(""));
	ck_assert(!content_type_is_json("application/json; charset=latin1"));
	ck_assert(!content_type_is_json("application/jsonp"));
	ck_assert(!content_type_is_json("text/plain"));
	ck_assert(!content_type_is_json("application/json, text/plain"));
}
END_TEST

Suite *
suite_accept(void)
{
	Suite *s = suite_create("accept");
	TCase *c = tcase_create("accept");

	tcase_add_test(c, accept_absent_or_empty_takes_everything);
	tcase_add_test(c, accept_most_specific_range_decides);
	tcase_add_test(c, accept_encoding_follows_its_qualities);
	tcase_add_test(c, content_type_is_json_whatever_its_case);
	suite_add_tcase(s, c);
	return s;
}
