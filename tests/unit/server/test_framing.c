/* server/framing: what could hide a second request is refused, the rest passes. */
#include <string.h>

#include "server/framing.h"
#include "tests/unit/unit.h"

struct line {
	const char *name, *value;
};

static enum camp_err
check(struct framing *f, const char *method, const char *version,
      const struct line *lines)
{
	framing_init(f);
	for (; lines->name != NULL; lines++) {
		enum camp_err err = framing_header(f, lines->name, strlen(lines->name),
						   lines->value, strlen(lines->value));

		if (err != CAMP_OK)
			return err;
	}
	return framing_finish(f, method, version);
}

#define LINES(...) \
	(const struct line[]) \
	{ \
		__VA_ARGS__, \
		{ \
			0 \
		} \
	}

START_TEST(framing_passes_ordinary_requests)
{
	struct framing f;

	ck_assert_int_eq(check(&f, "GET", "HTTP/1.1",
			       LINES({"Host", "localhost:8080"}, {"Accept", "*/*"},
				     {"accept-encoding", "br"},
				     {"If-None-Match", "\"a\""})),
			 CAMP_OK);
	ck_assert_int_eq(f.content_length, -1);
	ck_assert_str_eq(f.host, "localhost:8080");
	ck_assert_str_eq(f.accept, "*/*");
	ck_assert_str_eq(f.accept_encoding, "br");
	ck_assert_str_eq(f.if_none_match, "\"a\"");
	ck_assert_int_eq(check(&f, "POST", "HTTP/1.1",
			       LINES({"HOST", "[::1]:80"}, {"Content-Length", "17 "},
				     {"Authorization", "Bearer x"},
				     {"Content-Type", "application/json"},
				     {"Idempotency-Key", "k"},
				     {"Expect", "100-continue"})),
			 CAMP_OK);
	ck_assert_int_eq(f.content_length, 17);
	ck_assert(!f.chunked);
	ck_assert(f.expects_continue);
	ck_assert_str_eq(f.authorization, "Bearer x");
	ck_assert_str_eq(f.content_type, "application/json");
	ck_assert_str_eq(f.idempotency_key, "k");
	ck_assert_int_eq(check(&f, "POST", "HTTP/1.1",
			       LINES({"Host", "a"}, {"Transfer-Encoding", "Chunked"})),
			 CAMP_OK);
	ck_assert(f.chunked);
	ck_assert_int_eq(check(&f, "GET", "HTTP/1.0", LINES({"X", "y"})), CAMP_OK);
	ck_assert_int_eq(check(&f, "GET", "HTTP/1.1",
			       LINES({"Host", "a"}, {"Content-Length", "0"})),
			 CAMP_OK);
}
END_TEST

START_TEST(framing_refuses_what_is_ambiguous)
{
	static const struct {
		const char *method, *version;
		struct line lines[4];
		enum camp_err err;
	} cases[] = {
		{"GET", "HTTP/1.1", {{"Accept", "*/*"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"host", "a"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.0", {{"Host", "a"}, {"Host", "b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a/b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a, b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "u@b"}}, CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"},
		  {"Content-Length", "3"},
		  {"Transfer-Encoding", "chunked"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "3"}, {"Content-Length", "3"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "3, 3"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "+3"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "-3"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "0x3"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", ""}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "1 2"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Content-Length", "9999999999999999"}},
		 CAMP_ERR_TOO_LARGE},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Transfer-Encoding", "xchunked"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Transfer-Encoding", "identity"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"},
		  {"Transfer-Encoding", "chunked"},
		  {"Transfer-Encoding", "chunked"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.0",
		 {{"Transfer-Encoding", "chunked"}},
		 CAMP_ERR_REQUEST},
		{"POST", "HTTP/1.1", {{"Host", "a"}}, CAMP_ERR_LENGTH_REQUIRED},
		{"PUT", "HTTP/1.1", {{"Host", "a"}}, CAMP_ERR_LENGTH_REQUIRED},
		{"G\x01T", "HTTP/1.1", {{"Host", "a"}}, CAMP_ERR_REQUEST},
		{"", "HTTP/1.1", {{"Host", "a"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"X Y", "b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"X ", "b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"", "b"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"X", "b\rc"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"X", "b\x01"}}, CAMP_ERR_REQUEST},
		{"GET", "HTTP/1.1", {{"Host", "a"}, {"X", "b\x7f"}}, CAMP_ERR_REQUEST},
		{"GET",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Authorization", "b"}, {"Authorization", "c"}},
		 CAMP_ERR_REQUEST},
		{"POST",
		 "HTTP/1.1",
		 {{"Host", "a"}, {"Expect", "a miracle"}},
		 CAMP_ERR_REQUEST},
	};
	struct framing f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum camp_err err =
			check(&f, cases[i].method, cases[i].version, cases[i].lines);

		ck_assert_msg(err == cases[i].err, "case %zu: %s, \"%s\"", i,
			      camp_err_code(err), f.reason == NULL ? "" : f.reason);
	}
}
END_TEST

START_TEST(framing_sees_nul_bytes_in_values)
{
	struct framing f;

	framing_init(&f);
	ck_assert_int_eq(framing_header(&f, "Host", 4, "a\0b", 3), CAMP_ERR_REQUEST);
	framing_init(&f);
	ck_assert_int_eq(framing_header(&f, "X", 1, "a\0b", 3), CAMP_ERR_REQUEST);
}
END_TEST

START_TEST(framing_bounds_headers)
{
	static char value[FRAMING_VALUE_MAX + 1];
	struct framing f;

	framing_init(&f);
	for (int i = 0; i < FRAMING_HEADERS_MAX; i++)
		ck_assert_int_eq(framing_header(&f, "X", 1, "y", 1), CAMP_OK);
	ck_assert_int_eq(framing_header(&f, "X", 1, "y", 1), CAMP_ERR_REQUEST);
	memset(value, 'v', sizeof(value));
	framing_init(&f);
	ck_assert_int_eq(framing_header(&f, "X", 1, value, FRAMING_VALUE_MAX), CAMP_OK);
	ck_assert_int_eq(framing_header(&f, "X", 1, value, FRAMING_VALUE_MAX + 1),
			 CAMP_ERR_REQUEST);
}
END_TEST

Suite *
suite_framing(void)
{
	Suite *s = suite_create("framing");
	TCase *c = tcase_create("framing");

	tcase_add_test(c, framing_passes_ordinary_requests);
	tcase_add_test(c, framing_refuses_what_is_ambiguous);
	tcase_add_test(c, framing_sees_nul_bytes_in_values);
	tcase_add_test(c, framing_bounds_headers);
	suite_add_tcase(s, c);
	return s;
}
