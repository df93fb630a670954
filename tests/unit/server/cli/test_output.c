/* server/cli/output: files that appear whole or not at all. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "server/cli/output.h"
#include "tests/unit/unit.h"

static char folder[64], path[128];
static struct output out;

static void
make_folder(void)
{
	strcpy(folder, "/tmp/camp-output-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x", folder);
}

static int
count_files(void)
{
	DIR *dir = opendir(folder);
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

static void
remove_folder(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
expect_content(const char *text)
{
	char data[64] = "";
	gzFile file = gzopen(path, "rb"); /* reads plain files as well */

	ck_assert_ptr_nonnull(file);
	gzread(file, data, sizeof(data) - 1);
	gzclose(file);
	ck_assert_str_eq(data, text);
}

START_TEST(output_gives_a_file_its_name_at_the_end)
{
	struct stat info;

	umask(027);
	for (int gzip = 0; gzip < 2; gzip++) {
		ck_assert(output_open(&out, path, gzip));
		ck_assert(output_write(&out, "one\n", 4));
		ck_assert_int_ne(access(path, F_OK), gzip ? -1 : 0);
		ck_assert(output_write(&out, "two\n", 4));
		ck_assert(output_close(&out, true));
		expect_content("one\ntwo\n");
		ck_assert_int_eq(stat(path, &info), 0);
		ck_assert_int_eq(info.st_mode & 0777, 0640);
		ck_assert_int_eq(count_files(), 1);
	}
}
END_TEST

START_TEST(output_leaves_nothing_and_the_old_file_when_not_kept)
{
	ck_assert(output_open(&out, path, false));
	ck_assert(output_write(&out, "old", 3));
	ck_assert(output_close(&out, true));
	ck_assert(output_open(&out, path, true));
	ck_assert(output_write(&out, "new", 3));
	ck_assert(!output_close(&out, false));
	expect_content("old");
	ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(output_says_why_a_file_cannot_be_made)
{
	char inside[160];

	ck_assert(!output_open(&out, "/nonexistent/x", false));
	ck_assert_str_eq(out.why, "\"/nonexistent/x\" cannot be written: "
				  "No such file or directory");
	ck_assert(!output_write(&out, "x", 1));
	ck_assert(!output_close(&out, true));
	/* A folder of that name is there: the rename fails, and nothing is left. */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(inside, sizeof(inside), "%s/y", path);
	ck_assert_int_eq(mkdir(inside, 0700), 0);
	ck_assert(output_open(&out, path, false));
	ck_assert(!output_close(&out, true));
	ck_assert_ptr_nonnull(strstr(out.why, "cannot be written"));
	ck_assert_int_eq(count_files(), 1);
	rmdir(inside);
	rmdir(path);
}
END_TEST

START_TEST(output_notices_a_full_disk_and_a_reader_that_left)
{
	int saved = dup(STDOUT_FILENO), pipes[2];
	char block[8192] = "";
	bool kept;

	fflush(stdout);
	ck_assert_ptr_nonnull(freopen("/dev/full", "w", stdout));
	ck_assert(output_open(&out, NULL, false));
	output_write(&out, "x", 1);
	kept = output_close(&out, true);
	ck_assert(!kept && out.failed && !out.reader_left);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	dup2(pipes[1], STDOUT_FILENO);
	close(pipes[1]);
	ck_assert(output_open(&out, NULL, false));
	while (output_write(&out, block, sizeof(block)))
		;
	ck_assert(!output_close(&out, true) && out.reader_left);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}
END_TEST

Suite *
suite_output(void)
{
	Suite *s = suite_create("server/cli/output");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, output_gives_a_file_its_name_at_the_end);
	tcase_add_test(t, output_leaves_nothing_and_the_old_file_when_not_kept);
	tcase_add_test(t, output_says_why_a_file_cannot_be_made);
	tcase_add_test(t, output_notices_a_full_disk_and_a_reader_that_left);
	suite_add_tcase(s, t);
	return s;
}
