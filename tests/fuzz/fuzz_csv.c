/*
 * Files of the verbs: what base/csv reads as rows reads the same when it is written
 * again, and a recording and a data set account for every line.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/csv.h"
#include "server/cli/dataset_file.h"
#include "server/cli/recording.h"
#include "server/cli/text.h"
#include "tests/fuzz/fuzz.h"

/* A file in memory, and a path that opens it. */
struct file {
	int fd;
	char path[32];
};

static struct file
make_file(const void *data, size_t size)
{
	struct file file = {.fd = memfd_create("fuzz", 0)};

	if (file.fd < 0 || write(file.fd, data, size) != (ssize_t)size)
		fuzz_fail("no file in memory");
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

static struct csv *
open_csv(const struct file *file)
{
	char why[512] = "";
	struct csv *csv;

	if (csv_open(&csv, file->path, why, sizeof(why)) == CAMP_OK)
		return csv;
	if (csv || why[0] == '\0')
		fuzz_fail("a refused file has no reason, or a reader");
	return NULL;
}

static void
add_row(struct buffer *b, const struct csv_field *fields, int n)
{
	for (int i = 0; i < n; i++) {
		if (strlen(fields[i].text) != fields[i].len)
			fuzz_fail("a field's length is not that of its text");
		if (i > 0)
			buffer_add_char(b, ',');
		text_add_csv(b, fields[i].text);
	}
	buffer_add_char(b, '\n');
}

/* All good rows, written again, behind a byte order mark; *bad counts the others. */
static bool
write_again(const struct file *file, struct buffer *out, uint64_t *rows, uint64_t *bad)
{
	struct csv *csv = open_csv(file);
	const struct csv_field *fields;
	enum csv_status status;
	uint64_t line = 1;

	*rows = *bad = 0;
	if (!csv)
		return false;
	buffer_add_text(out, "\xef\xbb\xbf");
	for (int i = 0; i < csv_columns(csv); i++) {
		const char *name = csv_column_name(csv, i);

		if (csv_column(csv, name) != i)
			fuzz_fail("a column is not found by its name");
		if (i > 0)
			buffer_add_char(out, ',');
		text_add_csv(out, name);
	}
	buffer_add_char(out, '\n');
	while ((status = csv_next(csv, &fields)) == CSV_ROW || status == CSV_BAD_LINE) {
		if (csv_line(csv) <= line)
			fuzz_fail("lines do not ascend");
		line = csv_line(csv);
		if (status == CSV_ROW)
			add_row(out, fields, csv_columns(csv));
		else if (csv_why(csv)[0] == '\0')
			fuzz_fail("a bad line has no reason");
		*(status == CSV_ROW ? rows : bad) += 1;
	}
	csv_close(csv);
	return true;
}

static void
check_csv(const struct file *file)
{
	struct buffer first = {0}, second = {0};
	uint64_t rows, rows_again, bad;

	if (write_again(file, &first, &rows, &bad)) {
		struct file again = make_file(first.data, first.len);

		if (!write_again(&again, &second, &rows_again, &bad) || bad > 0 ||
		    rows_again != rows || second.len != first.len ||
		    memcmp(first.data, second.data, first.len) != 0)
			fuzz_fail("rows written again read otherwise");
		close(again.fd);
	}
	buffer_clear(&first);
	buffer_clear(&second);
}

static void
check_recording(const struct file *file)
{
	struct recording rec;
	uint64_t trials = 0, sessions = 0;
	char why[512] = "";
	enum camp_err err = recording_load(&rec, file->path, NULL, why, sizeof(why));

	if (err != CAMP_OK && why[0] == '\0')
		fuzz_fail("a refused recording has no reason");
	for (int p = 0; p < rec.n_people; p++) {
		sessions += (uint64_t)rec.people[p].n_sessions;
		for (int s = 0; s < rec.people[p].n_sessions; s++)
			trials += (uint64_t)rec.people[p].sessions[s].n_trials;
	}
	if (trials != rec.n_trials || sessions != rec.n_sessions)
		fuzz_fail("the recording's counts do not add up");
	if (rec.problems.n > 0 && !rec.problems.text[0])
		fuzz_fail("a problem has no text");
	recording_clear(&rec);
}

static void
check_sequence(const struct sequence *s)
{
	int last = -1;

	if (s->n < 1)
		fuzz_fail("a sequence has no trials");
	for (int t = 0; t < s->n; t++) {
		float rt_ms = s->trials[t].rt_ms;

		if (!isnan(rt_ms) && !(rt_ms >= 100 && rt_ms <= 10000))
			fuzz_fail("a response time is outside its limits");
	}
	for (int i = 0; i < s->n_epochs; i++) {
		if (s->epochs[i].before_trial <= last ||
		    s->epochs[i].before_trial >= s->n)
			fuzz_fail("epochs are not in order");
		last = s->epochs[i].before_trial;
	}
}

static void
check_dataset(const struct file *file)
{
	struct dataset_file_notes notes;
	struct dataset data = {0};
	uint64_t trials = 0, epochs = 0;
	char why[512] = "";
	enum camp_err err =
		dataset_file_add(&data, file->path, NULL, &notes, why, sizeof(why));

	if (err != CAMP_OK && why[0] == '\0')
		fuzz_fail("a refused data set has no reason");
	if (dataset_finish(&data) != CAMP_OK)
		fuzz_fail("a data set cannot be finished");
	for (int i = 0; i < data.n_sequences; i++) {
		check_sequence(&data.sequences[i].s);
		trials += (uint64_t)data.sequences[i].s.n;
		epochs += (uint64_t)data.sequences[i].s.n_epochs;
	}
	if (trials != notes.rows || trials != (uint64_t)data.n_trials ||
	    epochs != notes.epochs)
		fuzz_fail("the data set's counts do not add up");
	if (notes.problems.n > 0 && !notes.problems.text[0])
		fuzz_fail("a problem has no text");
	row_problems_clear(&notes.problems);
	dataset_clear(&data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = make_file(data, size);

	check_csv(&file);
	check_recording(&file);
	check_dataset(&file);
	close(file.fd);
	return 0;
}
