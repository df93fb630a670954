#include <stdio.h>
#include <string.h>

#include "server/query.h"
#include "tests/unit/unit.h"

static struct query q;
static const char *why;

static enum camp_err
parse(const char *raw)
{
	return query_parse(&q, raw, strlen(raw), &why);
}

START_TEST(query_parse_decodes_names_and_values)
{
	ck_assert_int_eq(parse("a=1&b=%E4%BD%A0+x&c&d="), CAMP_OK);
	ck_assert_int_eq(q.n, 4);
	ck_assert_str_eq(query_value(&q, "a"), "1");
	ck_assert_str_eq(query_value(&q, "b"), "\xe4\xbd\xa0 x");
	ck_assert_str_eq(query_value(&q, "c"), "");
	ck_assert_str_eq(query_value(&q, "d"), "");
	ck_assert_ptr_null(query_value(&q, "e"));
	ck_assert_int_eq(parse(""), CAMP_OK);
	ck_assert_int_eq(q.n, 0);
}
END_TEST

START_TEST(query_parse_refuses_what_is_malformed)
{
	static const char *const bad[] = {
		"a=%",         "a=%4",
		"a=%zz",       "a=1&a=2",
		"=1",          "a=1&&b=2",
		"a=b=c",       "a=%00",
		"a=%0a",       "a=\x01",
		"a=%ff",       "a=%c0%80",
		"a=%ed%a0%80", "a&b&c&d&e&f&g&h&i",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(parse(bad[i]) == CAMP_ERR_PARAMETER, "accepted '%s'",
			      bad[i]);
		ck_assert_ptr_nonnull(why);
		ck_assert_int_eq(q.n, 0);
	}
}
END_TEST

START_TEST(query_parse_bounds_its_length)
{
	char raw[QUERY_BYTES_MAX + 2];

	memset(raw, 'a', sizeof(raw));
	ck_assert_int_eq(query_parse(&q, raw, QUERY_BYTES_MAX - 2 * QUERY_PAIRS_MAX,
				     &why),
			 CAMP_OK);
	ck_assert_int_eq(query_parse(&q, raw, QUERY_BYTES_MAX - 2 * QUERY_PAIRS_MAX + 1,
				     &why),
			 CAMP_ERR_PARAMETER);
}
END_TEST

Suite *
suite_query(void)
{
	Suite *suite = suite_create("server/query");
	TCase *parsing = tcase_create("parsing");

	tcase_add_test(parsing, query_parse_decodes_names_and_values);
	tcase_add_test(parsing, query_parse_refuses_what_is_malformed);
	tcase_add_test(parsing, query_parse_bounds_its_length);
	suite_add_tcase(suite, parsing);
	return suite;
}
