/* base/log: one JSON object a line, whatever the values hold. */
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/unit.h"

static int ends[2];

static void
open_pipe(void)
{
	ck_assert_int_eq(pipe(ends), 0);
	log_set_fd(ends[1]);
}

static size_t
read_all(char *out, size_t size)
{
	ssize_t n;
	size_t len = 0;

	log_flush();
	log_set_fd(2);
	close(ends[1]);
	while ((n = read(ends[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	out[len] = 0;
	return len;
}

static json_t *
only_line(void)
{
	static char text[65536];
	json_t *line;

	read_all(text, sizeof(text));
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	ck_assert_ptr_eq(strchr(text, '\n') + 1, text + strlen(text));
	line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(line != NULL, "not JSON: %s", text);
	return line;
}

START_TEST(log_line_holds_time_level_message_and_fields)
{
	json_t *line;
	const char *time;

	open_pipe();
	log_event(LOG_INFO, "listening", log_int("port", 8080),
		  log_text("address", "::1"), log_real("share", 0.25),
		  log_bool("demo", true), log_text("none", NULL),
		  log_real("unknown", NAN));
	line = only_line();
	time = json_string_value(json_object_get(line, "time"));
	ck_assert_uint_eq(strlen(time), strlen("2026-11-01T09:00:00.123Z"));
	ck_assert_int_eq(time[10], 'T');
	ck_assert_int_eq(time[23], 'Z');
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")), "info");
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")),
			 "listening");
	ck_assert_int_eq(json_integer_value(json_object_get(line, "port")), 8080);
	ck_assert_str_eq(json_string_value(json_object_get(line, "address")), "::1");
	ck_assert_double_eq(json_real_value(json_object_get(line, "share")), 0.25);
	ck_assert(json_is_true(json_object_get(line, "demo")));
	ck_assert(json_is_null(json_object_get(line, "none")));
	ck_assert(json_is_null(json_object_get(line, "unknown")));
	json_decref(line);
}
END_TEST

START_TEST(log_value_cannot_forge_a_line)
{
	const char *text = "a\"\\\n{\"level\":\"error\"}\r\x01\x7f \xe4\xb8\xad "
			   "\xff\xc0\x80\xed\xa0\x80";
	json_t *line;

	open_pipe();
	log_event(LOG_WARNING, "odd", log_text("text", text));
	line = only_line();
	ck_assert_str_eq(json_string_value(json_object_get(line, "text")),
			 "a\"\\\n{\"level\":\"error\"}\r\x01\x7f \xe4\xb8\xad "
			 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			 "\xef\xbf\xbd");
	json_decref(line);
}
END_TEST

START_TEST(log_cuts_what_is_too_long_and_stays_json)
{
	char big[5000];
	json_t *line;

	memset(big, '"', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	open_pipe();
	log_event(LOG_INFO, "long", log_text("a", big), log_text("b", big),
		  log_text("c", big), log_int("d", 1));
	line = only_line();
	ck_assert_uint_eq(json_string_length(json_object_get(line, "a")), 1024 + 3);
	ck_assert(json_is_true(json_object_get(line, "truncated")));
	json_decref(line);
}
END_TEST

START_TEST(log_below_the_level_is_not_written)
{
	char text[4096];

	open_pipe();
	log_event(LOG_DEBUG, "hidden");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARNING, "hidden too");
	log_set_level(LOG_INFO);
	ck_assert_uint_eq(read_all(text, sizeof(text)), 0);
}
END_TEST

START_TEST(log_waits_for_flush_but_not_with_errors)
{
	char text[4096];
	ssize_t n;

	open_pipe();
	log_event(LOG_INFO, "first");
	log_event(LOG_ERROR, "second");
	/* Both are there without a flush, in their order. */
	n = read(ends[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = 0;
	ck_assert_ptr_nonnull(strstr(text, "first"));
	ck_assert_ptr_nonnull(strstr(text, "second"));
	ck_assert(strstr(text, "first") < strstr(text, "second"));
	read_all(text, sizeof(text));
}
END_TEST

static void *
write_lines(void *arg)
{
	for (int i = 0; i < 100; i++)
		log_event(LOG_INFO, "from a thread", log_int("i", i));
	return arg;
}

START_TEST(log_lines_of_threads_do_not_mix)
{
	static char text[400 * 200];
	pthread_t threads[4];
	int lines = 0;

	open_pipe();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	read_all(text, sizeof(text));
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		json_t *json = json_loads(line, 0, NULL);

		ck_assert_msg(json != NULL, "not JSON: %s", line);
		json_decref(json);
		lines++;
	}
	ck_assert_int_eq(lines, 400);
}
END_TEST

START_TEST(log_levels_have_names)
{
	enum log_level level = LOG_INFO;

	ck_assert(log_level_parse(&level, "warning"));
	ck_assert_int_eq(level, LOG_WARNING);
	ck_assert(!log_level_parse(&level, "loud"));
	ck_assert(!log_level_parse(&level, ""));
	ck_assert_int_eq(level, LOG_WARNING);
	ck_assert_str_eq(log_level_name(LOG_DEBUG), "debug");
}
END_TEST

Suite *
suite_log(void)
{
	Suite *s = suite_create("log");
	TCase *c = tcase_create("log");

	tcase_add_test(c, log_line_holds_time_level_message_and_fields);
	tcase_add_test(c, log_value_cannot_forge_a_line);
	tcase_add_test(c, log_cuts_what_is_too_long_and_stays_json);
	tcase_add_test(c, log_below_the_level_is_not_written);
	tcase_add_test(c, log_waits_for_flush_but_not_with_errors);
	tcase_add_test(c, log_lines_of_threads_do_not_mix);
	tcase_add_test(c, log_levels_have_names);
	suite_add_tcase(s, c);
	return s;
}
