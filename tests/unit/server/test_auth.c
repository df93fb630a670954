#include <string.h>

#include "server/auth.h"
#include "tests/unit/unit.h"

#define NOW 1800000000

static struct auth_keys keys, other_keys;

static void
make_keys(void)
{
	uint8_t secret[AUTH_SECRET_BYTES];

	memset(secret, 7, sizeof(secret));
	auth_keys_init(&keys, secret);
	secret[31] = 8;
	auth_keys_init(&other_keys, secret);
}

static struct auth
sample(enum auth_kind kind)
{
	struct auth who = {.kind = kind, .expires_unix_s = NOW + 60};

	who.owner.organisation_id = uuid_v7();
	who.owner.participant_id = uuid_v7();
	if (kind == AUTH_SESSION) {
		who.owner.session_id = uuid_v7();
		who.owner.task_version = 3;
		strcpy(who.owner.task, "visual-search");
	} else {
		who.cohort_id = uuid_v7();
	}
	return who;
}

START_TEST(a_token_gives_back_what_it_was_made_of)
{
	static const enum auth_kind kinds[] = {AUTH_PARTICIPANT, AUTH_SESSION,
					       AUTH_OPERATOR};
	enum auth_kind kind = kinds[_i];
	struct auth who = sample(kind), read;
	char token[AUTH_TOKEN_MAX];

	auth_token_make(&keys, &who, token);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW, &read),
			 CAMP_OK);
	ck_assert_int_eq(read.kind, kind);
	ck_assert_uint_eq(read.expires_unix_s, who.expires_unix_s);
	ck_assert(uuid_equal(&read.owner.participant_id, &who.owner.participant_id));
	ck_assert(uuid_equal(&read.owner.organisation_id, &who.owner.organisation_id));
	ck_assert(uuid_equal(&read.owner.session_id, &who.owner.session_id));
	ck_assert(uuid_equal(&read.cohort_id, &who.cohort_id));
	ck_assert_str_eq(read.owner.task, who.owner.task);
	ck_assert_int_eq(read.owner.task_version, who.owner.task_version);
}
END_TEST

START_TEST(a_token_with_any_character_changed_is_refused)
{
	struct auth who = sample(AUTH_SESSION), read;
	char token[AUTH_TOKEN_MAX];
	size_t len;

	auth_token_make(&keys, &who, token);
	len = strlen(token);
	for (size_t i = 0; i < len; i++) {
		char kept = token[i];

		token[i] = kept == 'A' ? 'B' : 'A';
		ck_assert_int_eq(auth_token_check(&keys, token, len, NOW, &read),
				 CAMP_ERR_TOKEN_INVALID);
		ck_assert_int_eq(read.kind, AUTH_NONE);
		token[i] = kept;
	}
	for (size_t n = 0; n < len; n++)
		ck_assert_int_eq(auth_token_check(&keys, token, n, NOW, &read),
				 CAMP_ERR_TOKEN_INVALID);
}
END_TEST

START_TEST(a_token_of_another_secret_or_kind_is_refused)
{
	struct auth who = sample(AUTH_PARTICIPANT), read;
	char token[AUTH_TOKEN_MAX];

	auth_token_make(&other_keys, &who, token);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW, &read),
			 CAMP_ERR_TOKEN_INVALID);
	auth_token_make(&keys, &who, token);
	memcpy(token, "cst_", 4);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW, &read),
			 CAMP_ERR_TOKEN_INVALID);
	memcpy(token, "cot_", 4);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW, &read),
			 CAMP_ERR_TOKEN_INVALID);
}
END_TEST

START_TEST(a_token_ends_at_its_second)
{
	struct auth who = sample(AUTH_SESSION), read;
	char token[AUTH_TOKEN_MAX];

	auth_token_make(&keys, &who, token);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW + 59, &read),
			 CAMP_OK);
	ck_assert_int_eq(auth_token_check(&keys, token, strlen(token), NOW + 60, &read),
			 CAMP_ERR_TOKEN_EXPIRED);
	ck_assert_int_eq(read.kind, AUTH_NONE);
}
END_TEST

START_TEST(a_derived_id_depends_on_key_cohort_and_secret_alone)
{
	struct uuid cohort = uuid_v7(), other = uuid_v7();
	struct uuid id = auth_derive_id(&keys, &cohort, "0123456789abcdef");
	struct uuid again = auth_derive_id(&keys, &cohort, "0123456789abcdef");
	struct uuid elsewhere = auth_derive_id(&keys, &other, "0123456789abcdef");
	struct uuid unlike = auth_derive_id(&keys, &cohort, "0123456789abcdeg");
	struct uuid strange = auth_derive_id(&other_keys, &cohort, "0123456789abcdef");

	ck_assert(uuid_equal(&id, &again));
	ck_assert(!uuid_equal(&id, &elsewhere));
	ck_assert(!uuid_equal(&id, &unlike));
	ck_assert(!uuid_equal(&id, &strange));
	ck_assert_int_eq(id.b[6] >> 4, 8);
	ck_assert_int_eq(id.b[8] >> 6, 2);
}
END_TEST

Suite *
suite_auth(void)
{
	Suite *suite = suite_create("server/auth");
	TCase *tokens = tcase_create("tokens");

	tcase_add_unchecked_fixture(tokens, make_keys, NULL);
	tcase_add_loop_test(tokens, a_token_gives_back_what_it_was_made_of, 0, 3);
	tcase_add_test(tokens, a_token_with_any_character_changed_is_refused);
	tcase_add_test(tokens, a_token_of_another_secret_or_kind_is_refused);
	tcase_add_test(tokens, a_token_ends_at_its_second);
	tcase_add_test(tokens, a_derived_id_depends_on_key_cohort_and_secret_alone);
	suite_add_tcase(suite, tokens);
	return suite;
}
