/* server/secret: made once, private, and found again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/secret.h"
#include "tests/unit/unit.h"

static char folder[64], path[96], why[512];

static void
make_folder(void)
{
	strcpy(folder, "/tmp/camp-secret-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/secret", folder);
}

static void
remove_folder(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left behind */
}

static void
put(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

START_TEST(secret_is_made_private_and_found_again)
{
	uint8_t first[SECRET_BYTES], second[SECRET_BYTES];
	struct stat st;

	ck_assert_int_eq(secret_load(first, path, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 65);
	ck_assert_int_eq(secret_load(second, path, why, sizeof(why)), CAMP_OK);
	ck_assert_mem_eq(first, second, SECRET_BYTES);
}
END_TEST

START_TEST(secret_refuses_what_is_none)
{
	static const char *const bad[] = {
		"",
		"abc",
		"zz23456789012345678901234567890123456789012345678901234567890123",
		"000000000000000000000000000000000000000000000000000000000000000",
		"00000000000000000000000000000000000000000000000000000000000000000",
	};
	uint8_t out[SECRET_BYTES], zero[SECRET_BYTES] = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i], 0600);
		memset(out, 1, sizeof(out));
		ck_assert_int_eq(secret_load(out, path, why, sizeof(why)),
				 CAMP_ERR_INVALID);
		ck_assert_mem_eq(out, zero, SECRET_BYTES);
		ck_assert_ptr_nonnull(strstr(why, path));
	}
}
END_TEST

START_TEST(secret_that_others_may_write_is_refused)
{
	uint8_t out[SECRET_BYTES];

	put("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", 0622);
	ck_assert_int_eq(secret_load(out, path, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "chmod 600"));
}
END_TEST

START_TEST(secret_that_cannot_be_made_is_one_sentence)
{
	uint8_t out[SECRET_BYTES];

	ck_assert_int_eq(secret_load(out, "/nowhere/at/all/secret", why, sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_str_eq(why, "cannot make \"/nowhere/at/all/secret\": No such file or "
			      "directory");
}
END_TEST

START_TEST(secret_write_file_replaces_at_once)
{
	struct stat st;

	ck_assert_int_eq(secret_write_file(path, "one", 3, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(secret_write_file(path, "three", 5, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 5);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

Suite *
suite_secret(void)
{
	Suite *s = suite_create("secret");
	TCase *c = tcase_create("secret");

	tcase_add_checked_fixture(c, make_folder, remove_folder);
	tcase_add_test(c, secret_is_made_private_and_found_again);
	tcase_add_test(c, secret_refuses_what_is_none);
	tcase_add_test(c, secret_that_others_may_write_is_refused);
	tcase_add_test(c, secret_that_cannot_be_made_is_one_sentence);
	tcase_add_test(c, secret_write_file_replaces_at_once);
	suite_add_tcase(s, c);
	return s;
}
