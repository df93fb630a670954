/* base/folder: what is missing is made, what is in the way is told. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "tests/unit/unit.h"

static char top[64];

static const char *
below(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void
make_top(void)
{
	strcpy(top, "/tmp/camp-folder-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void
remove_top(void)
{
	static const char *const names[] = {"a/b/c", "a/b", "a", "file", ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(below(names[i]));
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

START_TEST(folder_make_makes_all_that_is_missing_and_again)
{
	ck_assert(folder_make(below("a/b/c"), 0700));
	ck_assert(is_folder(below("a/b/c")));
	ck_assert(folder_make(below("a/b/c"), 0700));
}
END_TEST

START_TEST(folder_make_for_makes_the_folder_but_not_the_file)
{
	ck_assert(folder_make_for(below("a/b/c"), 0700));
	ck_assert(is_folder(below("a/b")));
	ck_assert(!is_folder(below("a/b/c")));
	ck_assert(folder_make_for("here", 0700));
	ck_assert(folder_make_for("/here", 0700));
}
END_TEST

START_TEST(folder_make_refuses_what_cannot_be)
{
	char longest[PATH_MAX + 2];
	int fd = open(below("file"), O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(!folder_make(below("file"), 0700));
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert(!folder_make(below("file/a"), 0700));
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert(!folder_make("", 0700));
	ck_assert_int_eq(errno, ENOENT);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	ck_assert(!folder_make(longest, 0700));
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

Suite *
suite_folder(void)
{
	Suite *s = suite_create("folder");
	TCase *tc = tcase_create("folder");

	tcase_add_checked_fixture(tc, make_top, remove_top);
	tcase_add_test(tc, folder_make_makes_all_that_is_missing_and_again);
	tcase_add_test(tc, folder_make_for_makes_the_folder_but_not_the_file);
	tcase_add_test(tc, folder_make_refuses_what_cannot_be);
	suite_add_tcase(s, tc);
	return s;
}
