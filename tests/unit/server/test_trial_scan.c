/* server/trial_scan: what is taken, what is refused and with which words. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/json_read.h"
#include "server/trial_scan.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/scan_differ.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

static struct task_definition *def;
static struct trial_batch batch;
static struct problem why;

static void
setup(void)
{
	def = unit_definition("stroop");
}

static void
teardown(void)
{
	trial_batch_clear(&batch);
	task_definition_free(def);
}

static enum camp_err
scan(const char *body)
{
	return trial_scan(&batch, def, body, strlen(body), &why);
}

/* One trial with these members besides, or in place of, the required ones. */
static const char *
with(const char *members)
{
	static char body[8192];

	snprintf(body, sizeof(body),
		 "{\"trials\":[{\"seq\":0,\"condition\":\"congruent\",\"correct\":true,"
		 "\"rt_ms\":500%s%s}]}",
		 members[0] ? "," : "", members);
	return body;
}

#define ONE(members) "{\"trials\":[{" members "}]}"
#define REQUIRED "\"seq\":0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":500"

START_TEST(trial_scan_reads_every_field)
{
	static const char body[] =
		"{\"trials\":[{\"seq\":7,\"condition\":\"incongruent\",\"correct\":false,"
		"\"rt_ms\":512.4,\"onset_ms\":12034.5,\"response\":\"blue\","
		"\"difficulty\":-0.4,\"flags\":[\"touch\",\"timeout\"],\"trial\":9,"
		"\"detail\":{\"set\":\"LLRLL\"}}]}";
	const struct trial *t;

	ck_assert(trial_scan_fast(&batch, def, body, sizeof(body) - 1));
	ck_assert_uint_eq(batch.n, 1);
	t = &batch.trials[0];
	ck_assert_int_eq(t->seq, 7);
	ck_assert_int_eq(t->trial, 9);
	ck_assert_int_eq(t->condition, task_condition_code(def, "incongruent", 11));
	ck_assert_int_eq(t->response, task_response_code(def, "blue", 4));
	ck_assert_uint_eq(t->flags, TRIAL_TOUCH | TRIAL_TIMEOUT);
	ck_assert(!t->correct);
	ck_assert(t->rt_ms == 512.4f);
	ck_assert(t->difficulty == -0.4f);
	ck_assert(t->onset_ms == 12034.5);
	ck_assert_uint_eq(t->detail_len, 15);
	ck_assert_mem_eq(t->detail, "{\"set\":\"LLRLL\"}", 15);
}
END_TEST

START_TEST(trial_scan_needs_only_four_fields)
{
	const struct trial *t;

	ck_assert_int_eq(scan(ONE("\"rt_ms\":null,\"correct\":true,\"condition\":"
				  "\"congruent\","
				  "\"seq\":99999")),
			 CAMP_OK);
	t = &batch.trials[0];
	ck_assert_int_eq(t->seq, TRIAL_SEQ_MAX);
	ck_assert_int_eq(t->trial, -1);
	ck_assert_int_eq(t->response, -1);
	ck_assert_uint_eq(t->flags, 0);
	ck_assert(isnan(t->rt_ms) && isnan(t->difficulty) && isnan(t->onset_ms));
	ck_assert_ptr_null(t->detail);
}
END_TEST

/* Taken by the scanner itself, and by both in the same way. */
static void
for_the_scanner(const char *body)
{
	struct scan_differ d = {0};
	const char *wrong = scan_differ(&d, def, body, strlen(body));

	ck_assert_msg(!wrong, "%s: %s", wrong, body);
	ck_assert_msg(d.scanned, "not scanned: %s", body);
	scan_differ_clear(&d);
}

START_TEST(trial_scan_takes_what_clients_send)
{
	for_the_scanner(with(""));
	for_the_scanner(with("\"onset_ms\":null,\"response\":null,\"difficulty\":null,"
			     "\"trial\":null,\"detail\":null,\"flags\":[]"));
	for_the_scanner(with("\"onset_ms\":0,\"trial\":0,\"difficulty\":-0.0"));
	for_the_scanner(with("\"onset_ms\":86400000,\"trial\":1000000"));
	for_the_scanner(with("\"difficulty\":0.30000001192092896"));
	for_the_scanner(with("\"onset_ms\":532.2999999523163,\"difficulty\":-1000000.0"));
	for_the_scanner(with("\"detail\":{}"));
	for_the_scanner(with("\"detail\":{\"a\":[1,2.5,-3],\"b\":{\"a\":null},\"c\":true,"
			     "\"d\":false,\"e\":\"\",\"f\":[],\"g\":{}}"));
	for_the_scanner(with("\"detail\":{\"a\":[[[[]]]]}"));
	/* As Python's json.dumps() and as a person spaces it. */
	for_the_scanner(
		"{\"trials\": [{\"seq\": 0, \"condition\": \"congruent\", \"correct\": "
		"true, \"rt_ms\": null, \"flags\": [\"touch\", \"blurred\"], "
		"\"detail\": {\"a b\": [1, 2], \"c\": {}}}, {\"seq\": 1, "
		"\"condition\": \"congruent\", \"correct\": false, \"rt_ms\": 1, "
		"\"detail\": { } }]}");
	for_the_scanner(
		"\n{\n\t\"trials\" : [\r\n {\n\"seq\" : 0 ,\n\"condition\" : "
		"\"congruent\" , \"correct\" : false , \"rt_ms\" : 1.5 }\n]\n}\n");
	for_the_scanner(
		"{\"trials\":[{\"seq\":40,\"condition\":\"congruent\",\"correct\":true,"
		"\"rt_ms\":1},{\"rt_ms\":2,\"correct\":true,\"seq\":2,"
		"\"condition\":\"incongruent\"}]}");
}
END_TEST

/* Beyond the scanner, but good. */
static void
for_jansson(const char *body)
{
	struct scan_differ d = {0};
	const char *wrong = scan_differ(&d, def, body, strlen(body));

	ck_assert_msg(!wrong, "%s: %s", wrong, body);
	ck_assert_msg(!d.scanned, "scanned: %s", body);
	ck_assert_uint_gt(d.full.n, 0);
	scan_differ_clear(&d);
}

START_TEST(trial_scan_leaves_the_unusual_to_jansson)
{
	for_jansson(with("\"difficulty\":1e3"));
	for_jansson(with("\"onset_ms\":0.00000000000000000001"));
	for_jansson(with("\"onset_ms\":1.00000000000000000001"));
	for_jansson(ONE(
		"\"seq\":-0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"));
	for_jansson(ONE("\"seq\":0,\"condition\":\"con\\u0067ruent\",\"correct\":true,"
			"\"rt_ms\":1"));
	for_jansson(ONE("\"s\\u0065q\":0,\"condition\":\"congruent\",\"correct\":true,"
			"\"rt_ms\":1"));
	for_jansson(with("\"d\\u0065tail\":{\"a\":1}"));
	for_jansson(with("\"detail\":{\"a\":\"\\n\\\"\"}"));
	for_jansson(with("\"detail\":{\"\xe4\xb8\xad\":\"\xe6\x96\x87\"}"));
	for_jansson(with("\"detail\":{\"a\":1e5}"));
}
END_TEST

/* The same content, spaced and written differently, must be stored as the same bytes. */
START_TEST(trial_scan_compacts_details_alike)
{
	static const char *const bodies[] =
		{ONE(REQUIRED ",\"detail\":{\"a\":[0.1,{\"b c\":\" x \"}]}"),
		 ONE(REQUIRED
		     ", \"detail\" : { \"a\" :\n[ 0.1 , {\t\"b c\" : \" x \" } ] }"),
		 ONE("\"detail\":{\"a\": [0.1, {\"b c\": \" x \"}]},\"s\\u0065q\":0,"
		     "\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":500"),
		 ONE("\"s\\u0065q\":0, \"detail\" :{\"a\":[0.1,{\"b c\":\" x \"}]} ,"
		     "\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":500")};
	static const char compact[] = "{\"a\":[0.1,{\"b c\":\" x \"}]}";

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		ck_assert_int_eq(scan(bodies[i]), CAMP_OK);
		ck_assert_uint_eq(batch.trials[0].detail_len, sizeof(compact) - 1);
		ck_assert_mem_eq(batch.trials[0].detail, compact, sizeof(compact) - 1);
	}
}
END_TEST

START_TEST(trial_scan_sorts_trials_with_their_details)
{
	ck_assert_int_eq(scan("{\"trials\":["
			      "{\"seq\":9,\"condition\":\"congruent\",\"correct\":true,"
			      "\"rt_ms\":9,"
			      "\"detail\":{\"n\": 9}},"
			      "{\"seq\":2,\"condition\":\"congruent\",\"correct\":true,"
			      "\"rt_ms\":2,"
			      "\"detail\":{\"n\":2}},"
			      "{\"seq\":5,\"condition\":\"congruent\",\"correct\":true,"
			      "\"rt_ms\":5,"
			      "\"detail\":{\"n\" :5}}]}"),
			 CAMP_OK);
	ck_assert_uint_eq(batch.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct trial *t = &batch.trials[i];
		char expected[16];

		snprintf(expected, sizeof(expected), "{\"n\":%d}", (int)t->rt_ms);
		ck_assert_int_eq(t->seq, (int)t->rt_ms);
		ck_assert_uint_eq(t->detail_len, 7);
		ck_assert_mem_eq(t->detail, expected, 7);
	}
	ck_assert_int_eq(batch.trials[0].seq, 2);
	ck_assert_int_eq(batch.trials[2].seq, 9);
}
END_TEST

static const struct {
	const char *body, *pointer, *code;
} invalid[] = {
	{"[]", "", "wrong_type"},
	{"{}", "/trials", "missing"},
	{"{\"trials\":null}", "/trials", "wrong_type"},
	{"{\"trials\":{}}", "/trials", "wrong_type"},
	{"{\"trials\":[]}", "/trials", "out_of_range"},
	{"{\"trials\":[{" REQUIRED "}],\"x\":1}", "/x", "unknown_field"},
	{"{\"trials\":[{" REQUIRED "}],\"a/b~c\":1}", "/a~1b~0c", "unknown_field"},
	{"{\"trials\":[1]}", "/trials/0", "wrong_type"},
	{"{\"trials\":[{" REQUIRED "},[]]}", "/trials/1", "wrong_type"},
	{ONE("\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"), "/trials/0/seq",
	 "missing"},
	{ONE("\"seq\":0,\"correct\":true,\"rt_ms\":1"), "/trials/0/condition", "missing"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"rt_ms\":1"), "/trials/0/correct",
	 "missing"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":true"), "/trials/0/rt_ms",
	 "missing"},
	{ONE(REQUIRED ",\"score\":1"), "/trials/0/score", "unknown_field"},
	{ONE("\"seq\":-1,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/seq", "out_of_range"},
	{ONE("\"seq\":100000,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/seq", "out_of_range"},
	{ONE("\"seq\":0.0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/seq", "wrong_type"},
	{ONE("\"seq\":\"0\",\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/seq", "wrong_type"},
	{ONE("\"seq\":null,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/seq", "wrong_type"},
	{ONE("\"seq\":0,\"condition\":\"neutral\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/condition", "unknown_name"},
	{ONE("\"seq\":0,\"condition\":\"\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/condition", "unknown_name"},
	{ONE("\"seq\":0,\"condition\":\"congruentt\",\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/condition", "unknown_name"},
	{ONE("\"seq\":0,\"condition\":0,\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/condition", "wrong_type"},
	{ONE("\"seq\":0,\"condition\":null,\"correct\":true,\"rt_ms\":1"),
	 "/trials/0/condition", "wrong_type"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":1,\"rt_ms\":1"),
	 "/trials/0/correct", "wrong_type"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":null,\"rt_ms\":1"),
	 "/trials/0/correct", "wrong_type"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":-1"),
	 "/trials/0/rt_ms", "out_of_range"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":600000."
	     "01"),
	 "/trials/0/rt_ms", "out_of_range"},
	{ONE("\"seq\":0,\"condition\":\"congruent\",\"correct\":true,\"rt_ms\":\"1\""),
	 "/trials/0/rt_ms", "wrong_type"},
	{ONE(REQUIRED ",\"onset_ms\":-0.5"), "/trials/0/onset_ms", "out_of_range"},
	{ONE(REQUIRED ",\"onset_ms\":86400000.5"), "/trials/0/onset_ms", "out_of_range"},
	{ONE(REQUIRED ",\"onset_ms\":true"), "/trials/0/onset_ms", "wrong_type"},
	{ONE(REQUIRED ",\"difficulty\":1000001"), "/trials/0/difficulty", "out_of_range"},
	{ONE(REQUIRED ",\"difficulty\":-1e300"), "/trials/0/difficulty", "out_of_range"},
	{ONE(REQUIRED ",\"difficulty\":[]"), "/trials/0/difficulty", "wrong_type"},
	{ONE(REQUIRED ",\"response\":\"purple\""), "/trials/0/response", "unknown_name"},
	{ONE(REQUIRED ",\"response\":\"congruent\""), "/trials/0/response",
	 "unknown_name"},
	{ONE(REQUIRED ",\"response\":1"), "/trials/0/response", "wrong_type"},
	{ONE(REQUIRED ",\"flags\":null"), "/trials/0/flags", "wrong_type"},
	{ONE(REQUIRED ",\"flags\":\"touch\""), "/trials/0/flags", "wrong_type"},
	{ONE(REQUIRED ",\"flags\":[\"touch\",\"nap\"]"), "/trials/0/flags/1",
	 "unknown_name"},
	{ONE(REQUIRED ",\"flags\":[\"touch\",\"touch\"]"), "/trials/0/flags/1",
	 "duplicate"},
	{ONE(REQUIRED ",\"flags\":[1]"), "/trials/0/flags/0", "wrong_type"},
	{ONE(REQUIRED ",\"trial\":-1"), "/trials/0/trial", "out_of_range"},
	{ONE(REQUIRED ",\"trial\":1000001"), "/trials/0/trial", "out_of_range"},
	{ONE(REQUIRED ",\"trial\":1.5"), "/trials/0/trial", "wrong_type"},
	{ONE(REQUIRED ",\"detail\":[]"), "/trials/0/detail", "wrong_type"},
	{ONE(REQUIRED ",\"detail\":\"x\""), "/trials/0/detail", "wrong_type"},
	{"{\"trials\":[{" REQUIRED "},{" REQUIRED "}]}", "/trials/1/seq", "duplicate"},
};

START_TEST(trial_scan_points_at_what_is_invalid)
{
	ck_assert_msg(scan(invalid[_i].body) == CAMP_ERR_INVALID, "%s", invalid[_i].body);
	ck_assert_int_eq(why.count, 1);
	ck_assert_str_eq(why.entries[0].pointer, invalid[_i].pointer);
	ck_assert_str_eq(why.entries[0].code, invalid[_i].code);
	ck_assert_str_ne(why.entries[0].detail, "");
	ck_assert_uint_eq(batch.n, 0);
}
END_TEST

static const struct {
	const char *body;
	size_t len; /* 0: all of it */
} malformed[] = {
	{"", 0},
	{"x", 0},
	{"{", 0},
	{"{\"trials\":[{" REQUIRED "}]", 0},
	{"{\"trials\":[{" REQUIRED "}]}}", 0},
	{"{\"trials\":[{" REQUIRED "}]} x", 0},
	{"{\"trials\":[{" REQUIRED ",}]}", 0},
	{"{\"trials\":[{" REQUIRED "},]}", 0},
	{"{\"trials\":[{" REQUIRED "}],}", 0},
	{"{'trials':[]}", 0},
	{"\xef\xbb\xbf{\"trials\":[{" REQUIRED "}]}", 0},
	{"{\"trials\":[{" REQUIRED "}],\"trials\":[]}", 0},
	{ONE(REQUIRED ",\"seq\":1"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":1,\"a\":2}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":{\"b\":1,\"c\":2,\"b\":3}}"), 0},
	{ONE(REQUIRED ",\"onset_ms\":NaN"), 0},
	{ONE(REQUIRED ",\"onset_ms\":1e999"), 0},
	{ONE(REQUIRED ",\"onset_ms\":01"), 0},
	{ONE(REQUIRED ",\"onset_ms\":1."), 0},
	{ONE(REQUIRED ",\"onset_ms\":.5"), 0},
	{ONE(REQUIRED ",\"onset_ms\":+5"), 0},
	{ONE(REQUIRED ",\"trial\":99999999999999999999"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\\u0000\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"\\u0000\":1}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\\ud800\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\xff\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\xc0\x80\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\xe4\xb8\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\t\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":\"\\x\"}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":[[[[[]]]]]}"), 0},
	{ONE(REQUIRED ",\"detail\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{}}}}}}"), 0},
	{ONE(REQUIRED "\0"), sizeof(ONE(REQUIRED "\0")) - 1},
	{ONE(REQUIRED) "\0", sizeof(ONE(REQUIRED))},
};

START_TEST(trial_scan_says_where_json_ends)
{
	const char *body = malformed[_i].body;
	size_t len = malformed[_i].len ? malformed[_i].len : strlen(body);

	ck_assert_msg(trial_scan(&batch, def, body, len, &why) == CAMP_ERR_BODY, "%s",
		      body);
	ck_assert_str_ne(why.detail, "");
	ck_assert_int_eq(why.count, 0);
	ck_assert_uint_eq(batch.n, 0);
}
END_TEST

START_TEST(trial_scan_lists_several_problems)
{
	struct buffer body = {0};

	buffer_add_text(&body, "{\"trials\":[");
	for (int i = 0; i < 20; i++)
		buffer_addf(&body,
			    "%s{\"seq\":%d,\"condition\":\"x\",\"correct\":1,\"rt_ms\":"
			    "1}",
			    i ? "," : "", i);
	buffer_add_text(&body, "]}");
	ck_assert_int_eq(trial_scan(&batch, def, body.data, body.len, &why),
			 CAMP_ERR_INVALID);
	ck_assert_int_eq(why.count, PROBLEM_ENTRIES_MAX);
	ck_assert(why.truncated);
	ck_assert_str_eq(why.entries[0].pointer, "/trials/0/condition");
	ck_assert_str_eq(why.entries[1].pointer, "/trials/0/correct");
	ck_assert_str_eq(why.entries[7].pointer, "/trials/3/correct");
	buffer_clear(&body);
}
END_TEST

/* n trials, each with a detail of that many bytes. */
static void
many(struct buffer *body, int n, size_t detail, const char *space)
{
	buffer_reset(body);
	buffer_add_text(body, "{\"trials\":[");
	for (int i = 0; i < n; i++) {
		buffer_addf(body,
			    "%s{\"seq\":%d,\"condition\":\"congruent\",\"correct\":true,"
			    "\"rt_ms\":%d.25",
			    i ? "," : "", i, i);
		if (detail > 0) {
			buffer_addf(body, ",\"detail\":{\"a\":%s\"", space);
			for (size_t c = 8; c < detail; c++)
				buffer_add_char(body, 'x');
			buffer_add_text(body, "\"}");
		}
		buffer_add_char(body, '}');
	}
	buffer_add_text(body, "]}");
	ck_assert(!body->failed);
}

START_TEST(trial_scan_keeps_its_limits)
{
	struct scan_differ d = {0};
	struct buffer body = {0};

	many(&body, TRIALS_PER_REQUEST_MAX, 0, "");
	ck_assert_ptr_null(scan_differ(&d, def, body.data, body.len));
	ck_assert(d.scanned);
	ck_assert_uint_eq(d.full.n, TRIALS_PER_REQUEST_MAX);
	many(&body, TRIALS_PER_REQUEST_MAX + 1, 0, "");
	ck_assert_int_eq(trial_scan(&batch, def, body.data, body.len, &why),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why.entries[0].pointer, "/trials");
	/* The limit is on the compact text, so white space does not count. */
	for (int spaced = 0; spaced < 2; spaced++) {
		const char *space = spaced ? " \n\t " : "";

		many(&body, 30, TRIAL_DETAIL_BYTES_MAX, space);
		ck_assert_ptr_null(scan_differ(&d, def, body.data, body.len));
		ck_assert(d.scanned);
		ck_assert_uint_eq(d.fast.trials[29].detail_len, TRIAL_DETAIL_BYTES_MAX);
		many(&body, 1, TRIAL_DETAIL_BYTES_MAX + 1, space);
		ck_assert_int_eq(trial_scan(&batch, def, body.data, body.len, &why),
				 CAMP_ERR_INVALID);
		ck_assert_str_eq(why.entries[0].pointer, "/trials/0/detail");
		ck_assert_str_eq(why.entries[0].code, "too_long");
	}
	buffer_clear(&body);
	scan_differ_clear(&d);
}
END_TEST

/* Each prefix and each end of memory: the body stands at the end of its allocation. */
START_TEST(trial_scan_reads_nothing_beyond_the_body)
{
	const char *body =
		with("\"onset_ms\":12.5,\"response\":\"red\",\"difficulty\":0.5,"
		     "\"flags\":[\"touch\"],\"detail\":{\"abc\":[1,true,\"x\"]}");
	size_t len = strlen(body);

	for (size_t n = 0; n < len; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, body, n);
		ck_assert(!trial_scan_fast(&batch, def, copy, n));
		ck_assert_int_eq(trial_scan(&batch, def, copy, n, &why), CAMP_ERR_BODY);
		free(copy);
	}
}
END_TEST

START_TEST(trial_scan_reports_every_failed_allocation)
{
	/* White space needs the text, an escape needs jansson. */
	static const char *const bodies[] = {ONE(REQUIRED ",\"detail\":{\"a\": 1}"),
					     ONE(REQUIRED
						 ",\"detail\":{\"a\":\"\\u0041\"}"),
					     ONE(REQUIRED ",\"score\":1"),
					     "{\"trials\":[{" REQUIRED "},{" REQUIRED
					     "}]}"};
	static const enum camp_err expected[] = {CAMP_OK, CAMP_OK, CAMP_ERR_INVALID,
						 CAMP_ERR_INVALID};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		for (long n = 1;; n++) {
			enum camp_err err;

			trial_batch_clear(&batch);
			fail_alloc_arm(n);
			err = scan(bodies[i]);
			if (!fail_alloc_disarm()) {
				ck_assert_int_eq(err, expected[i]);
				break;
			}
			/* The scanner's failure may leave it to jansson's success. */
			ck_assert_msg(err == CAMP_ERR_MEMORY || err == expected[i],
				      "body %zu, allocation %ld: %d", i, n, (int)err);
			ck_assert(err == CAMP_OK || batch.n == 0);
			ck_assert(err != CAMP_ERR_MEMORY || why.count == 0);
		}
	}
}
END_TEST

static unsigned seed;

static unsigned
below(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

/* A body such as clients send, with now and then something odd in it. */
static void
random_body(struct buffer *out)
{
	static const char *const names[] = {"congruent", "incongruent", "neutral", ""};
	static const char *const numbers[] = {"0",    "1",        "512.4",
					      "null", "1e2",      "-0.25",
					      "-0.0", "99999999", "0.30000001192092896"};
	static const char *const details[] = {"{}",
					      "null",
					      "{\"a\":1,\"b\":[]}",
					      "{\"a\": [1, 2]}",
					      "{\"a\":\"\\u00e9\"}",
					      "{\"a\":1,\"a\":2}",
					      "{\"x\":{\"x\":{}}}",
					      "[]"};
	int n = 1 + (int)below(4);

	buffer_reset(out);
	buffer_add_text(out, "{\"trials\":[");
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_text(out, below(4) ? "," : " , ");
		buffer_addf(out,
			    "{\"seq\":%u,\"condition\":\"%s\",\"correct\":%s,\"rt_ms\":%"
			    "s",
			    below(8) ? (unsigned)i : below(4),
			    names[below(20) ? below(2) : 2], below(2) ? "true" : "false",
			    numbers[below(9)]);
		if (below(2))
			buffer_addf(out, ",\"onset_ms\":%s", numbers[below(9)]);
		if (below(2))
			buffer_addf(out, ",\"difficulty\":%s", numbers[below(9)]);
		if (below(3) == 0)
			buffer_addf(out, ",\"flags\":[%s]",
				    below(2) ? "" : "\"touch\", \"blurred\"");
		if (below(3) == 0)
			buffer_addf(out, ",\"trial\":%s", numbers[below(9)]);
		if (below(2))
			buffer_addf(out, ",\"detail\":%s", details[below(8)]);
		buffer_add_char(out, '}');
	}
	buffer_add_text(out, "]}");
	/* And in half of them some bytes changed, doubled or lost. */
	for (unsigned k = below(2) ? 0 : 1 + below(3); k > 0 && out->len > 2; k--) {
		static const char bytes[] = "\"{}[],:\\ \t0159.-eEtfn\x01\x80\xff\0a";
		size_t at = below((unsigned)out->len);

		switch (below(3)) {
		case 0:
			out->data[at] = bytes[below(sizeof(bytes) - 1)];
			break;
		case 1:
			memmove(out->data + at, out->data + at + 1, out->len - at - 1);
			out->len--;
			break;
		default:
			buffer_add_char(out, ' ');
			memmove(out->data + at + 1, out->data + at, out->len - at - 1);
		}
	}
}

START_TEST(trial_scan_agrees_with_jansson_on_random_bodies)
{
	struct scan_differ d = {0};
	struct buffer body = {0};
	int scanned = 0, taken = 0;

	seed = 20261101;
	printf("test_trial_scan: seed %u\n", seed);
	for (int i = 0; i < 40000; i++) {
		const char *wrong;

		random_body(&body);
		wrong = scan_differ(&d, def, body.data, body.len);
		ck_assert_msg(!wrong, "%s: %.*s", wrong, (int)body.len, body.data);
		scanned += d.scanned;
		taken += d.full.n > 0;
	}
	/* Both readers had their share. */
	ck_assert_int_gt(scanned, 2000);
	ck_assert_int_gt(taken, scanned + 500);
	ck_assert_int_lt(taken, 35000);
	buffer_clear(&body);
	scan_differ_clear(&d);
}
END_TEST

START_TEST(json_read_body_refuses_depth_before_parsing)
{
	static char deep[200000];
	json_t *root;

	memset(deep, '[', sizeof(deep));
	problem_reset(&why);
	ck_assert_int_eq(json_read_body(&root, deep, sizeof(deep), &why), CAMP_ERR_BODY);
	ck_assert_ptr_null(root);
	ck_assert_str_eq(why.detail, "nested deeper than 8 levels at byte 8");
}
END_TEST

START_TEST(json_read_reads_members_and_their_absence)
{
	static const char body[] =
		"{\"i\":5,\"n\":1.5,\"s\":\"text\",\"b\":true,\"o\":{\"a\":1},"
		"\"a\":[1,2],\"nil\":null}";
	struct json_in in = {.why = &why};
	int64_t i = -1;
	double n = -1;
	const char *s = NULL;
	bool b = false;
	json_t *o, *a;

	problem_reset(&why);
	ck_assert_int_eq(json_read_body(&in.object, body, sizeof(body) - 1, &why),
			 CAMP_OK);
	ck_assert(json_read_int(&in, "i", JSON_REQUIRED, 1, 5, &i) && i == 5);
	ck_assert(json_read_number(&in, "n", JSON_REQUIRED, 1, 2, &n) && n == 1.5);
	ck_assert(json_read_number(&in, "i", JSON_REQUIRED, 1, 5, &n) && n == 5);
	ck_assert(json_read_string(&in, "s", JSON_REQUIRED, 4, 4, &s));
	ck_assert_str_eq(s, "text");
	ck_assert(json_read_bool(&in, "b", JSON_REQUIRED, &b) && b);
	ck_assert(json_read_object(&in, "o", JSON_REQUIRED, 7, &o));
	ck_assert(json_read_array(&in, "a", JSON_REQUIRED, 2, 2, &a));
	ck_assert(!json_read_int(&in, "none", JSON_OPTIONAL, 0, 1, &i));
	ck_assert(!json_read_int(&in, "nil", JSON_REQUIRED | JSON_NULLABLE, 0, 1, &i));
	ck_assert_int_eq(why.count, 0);
	ck_assert(!json_read_int(&in, "nil", JSON_OPTIONAL, 0, 1, &i));
	ck_assert(!json_read_string(&in, "s", JSON_REQUIRED, 1, 3, &s));
	ck_assert(!json_read_object(&in, "o", JSON_REQUIRED, 6, &o));
	ck_assert(!json_read_array(&in, "a", JSON_REQUIRED, 3, 9, &a));
	ck_assert(!json_read_bool(&in, "none", JSON_REQUIRED, &b));
	json_read_end(&in, (const char *const[]){"i", "n", "s", "b", "o", "nil", NULL});
	ck_assert_int_eq(why.count, 6);
	ck_assert_str_eq(why.entries[0].code, "wrong_type");
	ck_assert_str_eq(why.entries[1].code, "too_long");
	ck_assert_str_eq(why.entries[2].code, "too_long");
	ck_assert_str_eq(why.entries[3].code, "out_of_range");
	ck_assert_str_eq(why.entries[4].code, "missing");
	ck_assert_str_eq(why.entries[5].code, "unknown_field");
	ck_assert_str_eq(why.entries[5].pointer, "/a");
	json_decref(in.object);
}
END_TEST

Suite *
suite_trial_scan(void)
{
	Suite *s = suite_create("server/trial_scan");
	TCase *t = tcase_create("trial_scan");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, trial_scan_reads_every_field);
	tcase_add_test(t, trial_scan_needs_only_four_fields);
	tcase_add_test(t, trial_scan_takes_what_clients_send);
	tcase_add_test(t, trial_scan_leaves_the_unusual_to_jansson);
	tcase_add_test(t, trial_scan_compacts_details_alike);
	tcase_add_test(t, trial_scan_sorts_trials_with_their_details);
	tcase_add_loop_test(t, trial_scan_points_at_what_is_invalid, 0,
			    (int)(sizeof(invalid) / sizeof(invalid[0])));
	tcase_add_loop_test(t, trial_scan_says_where_json_ends, 0,
			    (int)(sizeof(malformed) / sizeof(malformed[0])));
	tcase_add_test(t, trial_scan_lists_several_problems);
	tcase_add_test(t, trial_scan_keeps_its_limits);
	tcase_add_test(t, trial_scan_reads_nothing_beyond_the_body);
	tcase_add_test(t, trial_scan_reports_every_failed_allocation);
	tcase_add_test(t, trial_scan_agrees_with_jansson_on_random_bodies);
	tcase_add_test(t, json_read_body_refuses_depth_before_parsing);
	tcase_add_test(t, json_read_reads_members_and_their_absence);
	suite_add_tcase(s, t);
	return s;
}
