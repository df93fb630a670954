/* server/cli: the text that verbs read and write. */
#include <math.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/progress.h"
#include "server/cli/text.h"
#include "tests/unit/unit.h"

static void
expect(struct buffer *b, const char *text)
{
	buffer_add_char(b, '\0');
	ck_assert(!b->failed);
	ck_assert_str_eq(b->data, text);
	buffer_reset(b);
}

START_TEST(text_writes_json_and_csv)
{
	struct buffer b = {0};

	text_add_json(&b, "a\"b\\c\n\xe6\xb3\xa8");
	expect(&b, "\"a\\\"b\\\\c\\u000a\xe6\xb3\xa8\"");
	text_add_csv(&b, "plain");
	expect(&b, "plain");
	text_add_csv(&b, "a,\"b\"");
	expect(&b, "\"a,\"\"b\"\"\"");
	text_add_csv(&b, "two\nlines");
	expect(&b, "\"two\nlines\"");
	text_add_csv(&b, NULL);
	expect(&b, "");
	buffer_clear(&b);
}
END_TEST

START_TEST(text_writes_the_shortest_numbers)
{
	struct buffer b = {0};

	text_add_float(&b, 626.0f);
	expect(&b, "626");
	text_add_float(&b, 512.4f);
	expect(&b, "512.4");
	text_add_float(&b, 16777216.0f);
	expect(&b, "16777216");
	text_add_float(&b, NAN);
	expect(&b, "");
	text_add_double(&b, 0.1);
	expect(&b, "0.1");
	text_add_double(&b, 106.77131951526701);
	expect(&b, "106.77131951526701");
	text_add_json_double(&b, INFINITY);
	expect(&b, "null");
	buffer_clear(&b);
}
END_TEST

START_TEST(progress_writes_numbers_and_durations)
{
	char out[27];

	ck_assert_str_eq(progress_number(0, out), "0");
	ck_assert_str_eq(progress_number(999, out), "999");
	ck_assert_str_eq(progress_number(145527, out), "145,527");
	ck_assert_str_eq(progress_number(UINT64_MAX, out), "18,446,744,073,709,551,615");
	ck_assert_str_eq(progress_duration(7.2, out), "0:07");
	ck_assert_str_eq(progress_duration(3723, out), "1:02:03");
	ck_assert_str_eq(progress_duration(-1, out), "-");
	ck_assert_str_eq(progress_duration(NAN, out), "-");
}
END_TEST

START_TEST(cli_reads_whole_numbers_only)
{
	static const char *const bad[] = {"",   "-",   "1x",
					  " 1", "1.0", "0x1",
					  "11", "-1",  "99999999999999999999"};
	long value = 7;

	ck_assert(cli_read_long("10", 0, 10, &value));
	ck_assert_int_eq(value, 10);
	ck_assert(cli_read_long("-3", -5, 10, &value));
	ck_assert_int_eq(value, -3);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!cli_read_long(bad[i], 0, 10, &value));
	ck_assert_int_eq(value, -3);
}
END_TEST

START_TEST(cli_reads_join_codes)
{
	char code[9];

	ck_assert(cli_read_code("abcd1234", code));
	ck_assert_str_eq(code, "ABCD1234");
	ck_assert(!cli_read_code("ABCD123", code));
	ck_assert(!cli_read_code("ABCD12345", code));
	ck_assert(!cli_read_code("ABCD-123", code));
	ck_assert(!cli_read_code("ABCD12\xc3\xa4", code));
}
END_TEST

START_TEST(client_latency_quantiles_are_within_two_percent)
{
	static struct client_latency latency;

	ck_assert(isnan(client_latency_ms(&latency, 0.5)));
	for (int us = 1; us <= 100000; us++)
		client_latency_add(&latency, us);
	ck_assert_double_eq_tol(client_latency_ms(&latency, 0.5), 50, 1);
	ck_assert_double_eq_tol(client_latency_ms(&latency, 0.99), 99, 2);
	client_latency_add(&latency, 1e30);
	ck_assert_uint_eq(latency.bucket[CLIENT_BUCKETS - 1], 1);
}
END_TEST

Suite *
suite_cli_text(void)
{
	Suite *s = suite_create("server/cli");
	TCase *t = tcase_create("all");

	tcase_add_test(t, text_writes_json_and_csv);
	tcase_add_test(t, text_writes_the_shortest_numbers);
	tcase_add_test(t, progress_writes_numbers_and_durations);
	tcase_add_test(t, cli_reads_whole_numbers_only);
	tcase_add_test(t, cli_reads_join_codes);
	tcase_add_test(t, client_latency_quantiles_are_within_two_percent);
	suite_add_tcase(s, t);
	return s;
}
