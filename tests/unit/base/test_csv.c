/* base/csv: what is read, and the line and reason of everything that is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/csv.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

static char path[64], why[256];

static void
make_path(void)
{
	int fd;

	strcpy(path, "/tmp/camp-csv-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
remove_path(void)
{
	unlink(path);
}

static void
write_file(const void *text, size_t len)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static struct csv *
open_bytes(const char *text, size_t len)
{
	struct csv *csv;

	write_file(text, len);
	ck_assert_int_eq(csv_open(&csv, path, why, sizeof(why)), CAMP_OK);
	return csv;
}

static struct csv *
open_text(const char *text)
{
	return open_bytes(text, strlen(text));
}

static void
expect_row(struct csv *csv, uint64_t line, const char *first, const char *second)
{
	const struct csv_field *fields;

	ck_assert_int_eq(csv_next(csv, &fields), CSV_ROW);
	ck_assert_uint_eq(csv_line(csv), line);
	ck_assert_str_eq(fields[0].text, first);
	ck_assert_uint_eq(fields[0].len, strlen(first));
	ck_assert_str_eq(fields[1].text, second);
	ck_assert_uint_eq(fields[1].len, strlen(second));
}

static void
expect_bad(struct csv *csv, uint64_t line, const char *reason)
{
	const struct csv_field *fields;

	ck_assert_int_eq(csv_next(csv, &fields), CSV_BAD_LINE);
	ck_assert_ptr_null(fields);
	ck_assert_uint_eq(csv_line(csv), line);
	ck_assert_str_eq(csv_why(csv), reason);
}

static void
expect_end(struct csv *csv)
{
	const struct csv_field *fields;

	ck_assert_int_eq(csv_next(csv, &fields), CSV_END);
	ck_assert_int_eq(csv_next(csv, &fields), CSV_END);
	csv_close(csv);
}

START_TEST(csv_reads_plain_and_quoted_fields)
{
	struct csv *csv =
		open_text("a,b\n1,2\n\"x,\"\"y\"\"\",\"two\nlines\"\n,\"\"\nlast,line");

	ck_assert_int_eq(csv_columns(csv), 2);
	ck_assert_str_eq(csv_column_name(csv, 1), "b");
	ck_assert_int_eq(csv_column(csv, "b"), 1);
	ck_assert_int_eq(csv_column(csv, "c"), -1);
	expect_row(csv, 2, "1", "2");
	expect_row(csv, 3, "x,\"y\"", "two\nlines");
	expect_row(csv, 5, "", "");
	expect_row(csv, 6, "last", "line");
	expect_end(csv);
}
END_TEST

START_TEST(csv_takes_crlf_and_a_byte_order_mark)
{
	struct csv *csv = open_text("\xef\xbb\xbf"
				    "a,b\r\n1,\"2\"\r\n3,\xe6\xb3\xa8\r\n");

	ck_assert_int_eq(csv_column(csv, "a"), 0);
	expect_row(csv, 2, "1", "2");
	expect_row(csv, 3, "3", "\xe6\xb3\xa8");
	expect_end(csv);
}
END_TEST

START_TEST(csv_names_each_malformed_line_and_goes_on)
{
	static const char text[] = "a,b\n"
				   "1\n"
				   "1,2,3\n"
				   "\n"
				   "x\"y,2\n"
				   "\"x\"y,2\n"
				   "1,2\r3\n"
				   "1,\xff\n"
				   "1,\xed\xa0\x80\n"
				   "1,\xc0\x80\n"
				   "z\0z,1\n"
				   "4,5\n"
				   "\"open,6\n"
				   "7,8\n";
	struct csv *csv = open_bytes(text, sizeof(text) - 1);

	expect_bad(csv, 2, "has 1 field where the header has 2");
	expect_bad(csv, 3, "has 3 fields where the header has 2");
	expect_bad(csv, 4, "is empty");
	expect_bad(csv, 5, "has a quote inside a field that does not begin with one");
	expect_bad(csv, 6, "has text after the closing quote of a field");
	expect_bad(csv, 7, "has a carriage return that no line feed follows");
	expect_bad(csv, 8, "is not valid UTF-8");
	expect_bad(csv, 9, "is not valid UTF-8");
	expect_bad(csv, 10, "is not valid UTF-8");
	expect_bad(csv, 11, "holds a zero byte");
	expect_row(csv, 12, "4", "5");
	expect_bad(csv, 13, "has a quoted field that is never closed");
	expect_row(csv, 14, "7", "8");
	expect_end(csv);
}
END_TEST

START_TEST(csv_counts_on_over_a_malformed_record_of_two_lines)
{
	struct csv *csv = open_text("a,b\n\"one\ntwo\"\n1,2\n\"\xff\n\",3\n4,5\n");

	expect_bad(csv, 2, "has 1 field where the header has 2");
	expect_row(csv, 4, "1", "2");
	expect_bad(csv, 5, "is not valid UTF-8");
	expect_row(csv, 7, "4", "5");
	expect_end(csv);
}
END_TEST

/* The longest record that is read, and one byte more; quoted or not. */
START_TEST(csv_bounds_a_record)
{
	for (int quoted = 0; quoted < 2; quoted++) {
		for (size_t over = 0; over < 2; over++) {
			size_t payload =
				CSV_RECORD_BYTES_MAX - 3 - 2 * (size_t)quoted + over;
			char *text = malloc(CSV_RECORD_BYTES_MAX + 64);
			char *at = stpcpy(text, "a,b\n");
			const struct csv_field *fields;
			struct csv *csv;

			if (quoted)
				*at++ = '"';
			memset(at, 'x', payload);
			at += payload;
			if (quoted)
				*at++ = '"';
			strcpy(at, ",2\n3,4\n");
			csv = open_text(text);
			if (over == 0) {
				ck_assert_int_eq(csv_next(csv, &fields), CSV_ROW);
				ck_assert_uint_eq(fields[0].len, payload);
			} else {
				expect_bad(csv, 2, "is longer than 64 KiB");
			}
			expect_row(csv, 3, "3", "4");
			expect_end(csv);
			free(text);
		}
	}
}
END_TEST

START_TEST(csv_goes_on_after_a_quote_that_is_never_closed)
{
	size_t rows = 40000;
	char *text = malloc(rows * 4 + 64), *at = stpcpy(text, "a,b\n\"1,2\n");
	struct csv *csv;

	for (size_t i = 0; i < rows; i++)
		at = stpcpy(at, "3,4\n");
	csv = open_text(text);
	expect_bad(csv, 2, "has a quoted field that is not closed within 64 KiB");
	for (size_t i = 0; i < rows; i++)
		expect_row(csv, 3 + i, "3", "4");
	expect_end(csv);
	free(text);
}
END_TEST

/* Records of every length around the size of the refills. */
START_TEST(csv_reads_across_refills)
{
	FILE *out = fopen(path, "w");
	struct csv *csv;
	char text[1200];

	fputs("a,b\n", out);
	for (int i = 0; i < 3000; i++) {
		memset(text, 'a' + i % 26, sizeof(text));
		text[i % 1100] = '\0';
		fprintf(out, "%d,\"%s\n\"\n", i, text);
	}
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(csv_open(&csv, path, why, sizeof(why)), CAMP_OK);
	for (int i = 0; i < 3000; i++) {
		char number[16];

		memset(text, 'a' + i % 26, sizeof(text));
		strcpy(text + i % 1100, "\n");
		snprintf(number, sizeof(number), "%d", i);
		expect_row(csv, 2 + 2 * (uint64_t)i, number, text);
	}
	expect_end(csv);
}
END_TEST

/* The sentence begins with the file's name. */
static void
expect_no_header(const char *text, size_t len, const char *reason)
{
	struct csv *csv;

	write_file(text, len);
	ck_assert_int_eq(csv_open(&csv, path, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_null(csv);
	ck_assert_mem_eq(why + 1, path, strlen(path));
	ck_assert_str_eq(why + 2 + strlen(path), reason);
}

START_TEST(csv_refuses_bad_headers)
{
	expect_no_header("", 0, " has no header line");
	expect_no_header("\n1,2\n", 5, " has no header line");
	expect_no_header("\xef\xbb\xbf", 3, " has no header line");
	expect_no_header("a,,b\n", 5, ": column 2 of line 1 has no name");
	expect_no_header("a,b,a\n", 6, ": line 1 names two columns \"a\"");
	expect_no_header("\"a,b\n", 5,
			 ": line 1 has a quoted field that is never closed");
	expect_no_header("a,\xff\n", 4, ": line 1 is not valid UTF-8");
}
END_TEST

START_TEST(csv_refuses_what_is_no_file)
{
	struct csv *csv;

	ck_assert_int_eq(csv_open(&csv, "/nonexistent/x.csv", why, sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
	ck_assert_str_eq(why, "\"/nonexistent/x.csv\" cannot be opened: "
			      "No such file or directory");
	ck_assert_int_eq(csv_open(&csv, "/tmp", why, sizeof(why)), CAMP_ERR_NOT_FOUND);
	ck_assert_str_eq(why, "\"/tmp\" is a folder");
	csv_close(NULL);
}
END_TEST

/* 60,000 rows as gzip; returns the size of the file. */
static size_t
write_gzip(void)
{
	gzFile out = gzopen(path, "wb9");
	FILE *back;
	long size;

	gzputs(out, "a,b\n");
	for (int i = 0; i < 60000; i++)
		gzprintf(out, "%d,%d\n", i, i * 7919 % 1000003);
	ck_assert_int_eq(gzclose(out), Z_OK);
	back = fopen(path, "r");
	fseek(back, 0, SEEK_END);
	size = ftell(back);
	fclose(back);
	return (size_t)size;
}

static enum csv_status
read_to_end(uint64_t *rows)
{
	const struct csv_field *fields;
	enum csv_status status;
	struct csv *csv;

	*rows = 0;
	if (csv_open(&csv, path, why, sizeof(why)) != CAMP_OK)
		return CSV_FAILED;
	while ((status = csv_next(csv, &fields)) == CSV_ROW)
		++*rows;
	snprintf(why, sizeof(why), "%s", csv_why(csv));
	csv_close(csv);
	return status;
}

START_TEST(csv_reads_gzip)
{
	uint64_t rows;

	write_gzip();
	ck_assert_int_eq(read_to_end(&rows), CSV_END);
	ck_assert_uint_eq(rows, 60000);
}
END_TEST

START_TEST(csv_notices_cut_and_corrupt_gzip)
{
	size_t size = write_gzip();
	uint64_t rows;
	FILE *file;

	ck_assert_int_eq(truncate(path, (off_t)(size / 2)), 0);
	ck_assert_int_eq(read_to_end(&rows), CSV_FAILED);
	ck_assert_str_eq(why, "the gzip file is cut off");
	ck_assert_uint_lt(rows, 60000);
	/* Only the last bytes, the checksum, are missing. */
	ck_assert_int_eq(truncate(path, (off_t)(write_gzip() - 3)), 0);
	ck_assert_int_eq(read_to_end(&rows), CSV_FAILED);
	ck_assert_str_eq(why, "the gzip file is cut off");
	size = write_gzip();
	file = fopen(path, "r+");
	fseek(file, (long)size / 2, SEEK_SET);
	fputs("corrupted", file);
	fclose(file);
	ck_assert_int_eq(read_to_end(&rows), CSV_FAILED);
	ck_assert_uint_lt(rows, 60000);
}
END_TEST

START_TEST(csv_survives_every_lack_of_memory)
{
	struct csv *csv;
	enum camp_err err;

	write_file("a,b\n1,2\n", 8);
	for (long n = 1;; n++) {
		fail_alloc_arm(n);
		err = csv_open(&csv, path, why, sizeof(why));
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_ptr_null(csv);
		ck_assert_str_ne(why, "");
	}
	ck_assert_int_eq(err, CAMP_OK);
	csv_close(csv);
}
END_TEST

START_TEST(csv_tells_how_far_it_is)
{
	uint64_t read, size;
	struct csv *csv = open_text("a,b\n1,2\n");

	csv_progress(csv, &read, &size);
	ck_assert_uint_eq(size, 8);
	ck_assert_uint_eq(read, 8);
	csv_close(csv);
}
END_TEST

Suite *
suite_csv(void)
{
	Suite *s = suite_create("base/csv");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_path, remove_path);
	tcase_add_test(t, csv_reads_plain_and_quoted_fields);
	tcase_add_test(t, csv_takes_crlf_and_a_byte_order_mark);
	tcase_add_test(t, csv_names_each_malformed_line_and_goes_on);
	tcase_add_test(t, csv_counts_on_over_a_malformed_record_of_two_lines);
	tcase_add_test(t, csv_bounds_a_record);
	tcase_add_test(t, csv_goes_on_after_a_quote_that_is_never_closed);
	tcase_add_test(t, csv_reads_across_refills);
	tcase_add_test(t, csv_refuses_bad_headers);
	tcase_add_test(t, csv_refuses_what_is_no_file);
	tcase_add_test(t, csv_reads_gzip);
	tcase_add_test(t, csv_notices_cut_and_corrupt_gzip);
	tcase_add_test(t, csv_survives_every_lack_of_memory);
	tcase_add_test(t, csv_tells_how_far_it_is);
	suite_add_tcase(s, t);
	return s;
}
