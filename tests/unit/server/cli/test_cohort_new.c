/* server/cli/cohort_new: codes, tokens, links, consent texts; refusals as people read
 * them. */
#include <ctype.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/cohort_new.h"
#include "server/cli/refusal.h"
#include "server/cli/task_file.h"
#include "tests/unit/unit.h"

START_TEST(join_codes_hold_no_letter_that_is_mistaken_for_another)
{
	char code[JOIN_CODE_LEN + 1], last[JOIN_CODE_LEN + 1] = "";

	for (int i = 0; i < 1000; i++) {
		join_code_make(code);
		ck_assert_uint_eq(strlen(code), JOIN_CODE_LEN);
		ck_assert_uint_eq(strspn(code, "ABCDEFGHJKMNPQRSTUVWXYZ23456789"),
				  JOIN_CODE_LEN);
		ck_assert_str_ne(code, last);
		strcpy(last, code);
	}
}
END_TEST

START_TEST(read_tokens_are_kept_as_their_blake2b)
{
	char token[READ_TOKEN_LEN + 1], hex[2 * TOKEN_HASH_BYTES + 1];
	uint8_t hash[TOKEN_HASH_BYTES];

	read_token_make(token);
	ck_assert_uint_eq(strlen(token), READ_TOKEN_LEN);
	ck_assert_uint_eq(strspn(token,
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789-_"),
			  READ_TOKEN_LEN);
	/* BLAKE2b-256 of "abc", as b2sum -l 256 gives it. */
	read_token_hash("abc", hash);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	ck_assert_str_eq(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068"
			      "d52319");
}
END_TEST

START_TEST(links_end_in_code_and_token)
{
	struct demo_links links = {.join_code = "ABCD2345", .read_token = "tok"};
	char long_url[600], *json;
	json_t *object;

	ck_assert(demo_links_write(&links, "https://camp.example"));
	ck_assert_str_eq(links.join_url, "https://camp.example/join/ABCD2345");
	ck_assert_str_eq(links.cohort_url, "https://camp.example/cohort/"
					   "00000000-0000-0000-0000-000000000000#tok");
	json = demo_links_json(&links);
	object = json_loads(json, 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(object, "join_url")),
			 links.join_url);
	ck_assert_uint_eq(json_object_size(object), 5);
	json_decref(object);
	free(json);
	memset(long_url, 'x', sizeof(long_url));
	long_url[sizeof(long_url) - 1] = '\0';
	ck_assert(!demo_links_write(&links, long_url));
}
END_TEST

START_TEST(consent_texts_come_in_every_language)
{
	for (int demo = 0; demo < 2; demo++) {
		char *text = consent_text_standard(demo);
		json_t *object = json_loads(text, 0, NULL), *value;
		const char *language;

		ck_assert_uint_eq(json_object_size(object), 4);
		json_object_foreach(object, language, value)
			ck_assert_uint_gt(json_string_length(value), 200);
		ck_assert_ptr_nonnull(json_object_get(object, "ar"));
		ck_assert_int_eq(strstr(text, "simulated") != NULL, demo);
		json_decref(object);
		free(text);
	}
}
END_TEST

static struct call
answer(long status, const char *text)
{
	struct call call = {.status = status};

	buffer_add_text(&call.answer, text);
	return call;
}

static void
expect_refusal(struct call call, const char *code, const char *text)
{
	struct recording_trial batch[TRIALS_PER_CELL];
	char *got;

	for (int i = 0; i < TRIALS_PER_CELL; i++)
		batch[i].line = (uint32_t)(100 + i);
	got = refusal_code(&call);
	ck_assert_str_eq(got, code);
	free(got);
	got = refusal_text(&call, batch);
	ck_assert_str_eq(got, text);
	free(got);
	buffer_clear(&call.answer);
}

START_TEST(refusals_name_pointers_and_lines)
{
	expect_refusal(
		answer(422, "{\"title\":\"T\",\"code\":\"invalid\",\"detail\":\"D\","
			    "\"errors\":["
			    "{\"pointer\":\"/trials/3/rt_ms\",\"detail\":\"too long\"},"
			    "{\"pointer\":\"/trials/32/rt_ms\"},{\"pointer\":\"\"},{}]}"),
		"invalid",
		"T: D; /trials/3/rt_ms (line 103): too long; /trials/32/rt_ms; ; ?");
	expect_refusal(answer(404, "<html>"), "http_404", "no reason was given");
	expect_refusal(answer(502, ""), "http_502", "no reason was given");
	expect_refusal(answer(400, "[1]"), "http_400", "no reason was given");
	expect_refusal(answer(400, "{\"title\":7,\"code\":[],\"errors\":{}}"), "http_400",
		       "no reason was given");
}
END_TEST

START_TEST(task_files_are_found_by_plain_names_only)
{
	static const char *const bad[] = {"",
					  "..",
					  "../stroop",
					  "stroop/",
					  "Stroop",
					  "a-name-of-more-than-31-letters-x"};
	struct task_definition *def;
	struct db_task row;
	char why[512];

	ck_assert_int_eq(task_file_load(&def, CAMP_SOURCE_DIR "/tasks", "stroop", why,
					sizeof(why)),
			 CAMP_OK);
	ck_assert_int_eq(task_file_row(&row, def), CAMP_OK);
	ck_assert_str_eq(row.name, "stroop");
	ck_assert_int_eq(row.n_conditions, 2);
	ck_assert_str_eq(row.conditions[1], "incongruent");
	ck_assert_str_eq(row.responses[0], "red");
	free((void *)row.conditions);
	task_definition_free(def);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(task_file_load(&def, CAMP_SOURCE_DIR "/tasks", bad[i],
						why, sizeof(why)),
				 CAMP_ERR_NOT_FOUND);
		ck_assert_ptr_null(def);
	}
	ck_assert_int_eq(task_file_load(&def, CAMP_SOURCE_DIR "/tasks", "juggling", why,
					sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why, "juggling/task.json\" cannot be opened"));
}
END_TEST

Suite *
suite_cohort_new(void)
{
	Suite *s = suite_create("server/cli/cohort_new");
	TCase *t = tcase_create("all");

	tcase_add_test(t, join_codes_hold_no_letter_that_is_mistaken_for_another);
	tcase_add_test(t, read_tokens_are_kept_as_their_blake2b);
	tcase_add_test(t, links_end_in_code_and_token);
	tcase_add_test(t, consent_texts_come_in_every_language);
	tcase_add_test(t, refusals_name_pointers_and_lines);
	tcase_add_test(t, task_files_are_found_by_plain_names_only);
	suite_add_tcase(s, t);
	return s;
}
