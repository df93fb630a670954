#include "base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* A record and what follows it fit, so that a record never straddles two refills. */
#define RAW_BYTES (4 * CSV_RECORD_BYTES_MAX)

struct csv {
	gzFile file;
	uint64_t size;
	bool at_end;
	uint64_t line, next_line;
	size_t pos, len; /* what is left of raw */
	size_t record_len;
	int n_columns, n_fields;
	char **names;
	struct csv_field fields[CSV_COLUMNS_MAX];
	char raw[RAW_BYTES];
	/* the record's fields, unquoted, each followed by a zero */
	char text[CSV_RECORD_BYTES_MAX + CSV_COLUMNS_MAX];
	char why_text[160];
};

/* Length of the UTF-8 sequence at s, 0 when it is malformed (RFC 3629). */
static size_t
utf8_len(const unsigned char *s, size_t n)
{
	uint32_t code;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	code = s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && code < 0x800) ||
	    (len == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

static const char *
check_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n;

		if (text[i] == '\0')
			return "holds a zero byte";
		n = utf8_len((const unsigned char *)text + i, len - i);
		if (n == 0)
			return "is not valid UTF-8";
		i += n;
	}
	return NULL;
}

/* Makes a whole record available at pos, unless the file ends before. */
static bool
fill(struct csv *csv)
{
	if (csv->at_end || csv->len - csv->pos > 2 * (size_t)CSV_RECORD_BYTES_MAX)
		return true;
	memmove(csv->raw, csv->raw + csv->pos, csv->len - csv->pos);
	csv->len -= csv->pos;
	csv->pos = 0;
	while (csv->len < RAW_BYTES) {
		int code, n = gzread(csv->file, csv->raw + csv->len,
				     (unsigned)(RAW_BYTES - csv->len));

		if (n < 0) {
			const char *text = gzerror(csv->file, &code);

			snprintf(csv->why_text, sizeof(csv->why_text),
				 "the file cannot be read: %s",
				 code == Z_ERRNO ? strerror(errno) : text);
			return false;
		}
		if (n == 0) {
			/* A gzip stream that stops early says so only here. */
			gzerror(csv->file, &code);
			if (code == Z_BUF_ERROR) {
				snprintf(csv->why_text, sizeof(csv->why_text),
					 "the gzip file is cut off");
				return false;
			}
			csv->at_end = true;
			break;
		}
		csv->len += (size_t)n;
	}
	return true;
}

/*
 * Splits the record at raw + pos into fields. NULL when it is well-formed, else the
 * reason; record_len covers it with its line end, except after a reason.
 */
static const char *
split(struct csv *csv)
{
	const char *s = csv->raw + csv->pos;
	size_t n = csv->len - csv->pos, at = 0, out = 0;

	csv->n_fields = 0;
	for (;;) {
		size_t start = out;
		bool last;

		if (csv->n_fields == CSV_COLUMNS_MAX)
			return "has more than 256 fields";
		if (at < n && s[at] == '"') {
			for (at++;; at++) {
				if (at >= CSV_RECORD_BYTES_MAX)
					return "has a quoted field that is not closed "
					       "within 64 KiB";
				if (at >= n)
					return "has a quoted field that is never closed";
				if (s[at] == '"' && (at + 1 >= n || s[at + 1] != '"'))
					break;
				if (s[at] == '"')
					at++;
				csv->text[out++] = s[at];
			}
			at++;
		} else {
			for (; at < n && s[at] != ',' && s[at] != '\n' && s[at] != '\r';
			     at++) {
				if (at >= CSV_RECORD_BYTES_MAX)
					return "is longer than 64 KiB";
				if (s[at] == '"')
					return "has a quote inside a field that does not "
					       "begin with one";
				csv->text[out++] = s[at];
			}
		}
		csv->fields[csv->n_fields++] =
			(struct csv_field){csv->text + start, out - start};
		csv->text[out++] = '\0';
		if (at < n && s[at] == '\r') {
			if (at + 1 >= n || s[at + 1] != '\n')
				return "has a carriage return that no line feed follows";
			at++;
		}
		last = at >= n || s[at] == '\n';
		if (!last && s[at] != ',')
			return "has text after the closing quote of a field";
		at++;
		if (at > CSV_RECORD_BYTES_MAX)
			return "is longer than 64 KiB";
		if (last)
			break;
	}
	csv->record_len = at < n ? at : n;
	return NULL;
}

/* Goes behind the present line's end, as far as that takes. */
static bool
skip_line(struct csv *csv)
{
	for (;;) {
		char *end = memchr(csv->raw + csv->pos, '\n', csv->len - csv->pos);

		if (end) {
			csv->pos = (size_t)(end - csv->raw) + 1;
			csv->next_line++;
			return true;
		}
		csv->pos = csv->len;
		if (csv->at_end)
			return true;
		if (!fill(csv))
			return false;
	}
}

static void
take_record(struct csv *csv)
{
	const char *s = csv->raw + csv->pos;

	for (size_t i = 0; i < csv->record_len; i++)
		csv->next_line += s[i] == '\n';
	csv->pos += csv->record_len;
}

/* The header's width binds all other records; 0 while the header itself is read. */
static enum csv_status
next_record(struct csv *csv, int width)
{
	const char *reason;

	csv->line = csv->next_line;
	if (!fill(csv))
		return CSV_FAILED;
	if (csv->pos == csv->len)
		return CSV_END;
	reason = split(csv);
	if (reason) {
		snprintf(csv->why_text, sizeof(csv->why_text), "%s", reason);
		return skip_line(csv) ? CSV_BAD_LINE : CSV_FAILED;
	}
	reason = check_text(csv->raw + csv->pos, csv->record_len);
	take_record(csv);
	if (reason) {
		snprintf(csv->why_text, sizeof(csv->why_text), "%s", reason);
		return CSV_BAD_LINE;
	}
	if (width == 0 || csv->n_fields == width)
		return CSV_ROW;
	if (csv->n_fields == 1 && csv->fields[0].len == 0)
		snprintf(csv->why_text, sizeof(csv->why_text), "is empty");
	else
		snprintf(csv->why_text, sizeof(csv->why_text),
			 "has %d field%s where the header has %d", csv->n_fields,
			 csv->n_fields == 1 ? "" : "s", width);
	return CSV_BAD_LINE;
}

static enum camp_err
open_file(struct csv *csv, const char *path, char *why, size_t why_size)
{
	struct stat info;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &info) != 0) {
		snprintf(why, why_size, "\"%s\" cannot be opened: %s", path,
			 strerror(errno));
		if (fd >= 0)
			close(fd);
		return CAMP_ERR_NOT_FOUND;
	}
	if (S_ISDIR(info.st_mode)) {
		snprintf(why, why_size, "\"%s\" is a folder", path);
		close(fd);
		return CAMP_ERR_NOT_FOUND;
	}
	if (S_ISREG(info.st_mode))
		csv->size = (uint64_t)info.st_size;
	csv->file = gzdopen(fd, "rb");
	if (!csv->file) {
		close(fd);
		return CAMP_ERR_MEMORY;
	}
	gzbuffer(csv->file, 128 * 1024);
	return CAMP_OK;
}

static enum camp_err
read_header(struct csv *csv, const char *path, char *why, size_t why_size)
{
	enum csv_status status;

	csv->next_line = 1;
	if (!fill(csv)) {
		snprintf(why, why_size, "\"%s\": %s", path, csv->why_text);
		return CAMP_ERR_FAULT;
	}
	if (csv->len >= 3 && memcmp(csv->raw, "\xef\xbb\xbf", 3) == 0)
		csv->pos = 3;
	status = next_record(csv, 0);
	if (status == CSV_END ||
	    (status == CSV_ROW && csv->n_fields == 1 && csv->fields[0].len == 0)) {
		snprintf(why, why_size, "\"%s\" has no header line", path);
		return CAMP_ERR_INVALID;
	}
	if (status != CSV_ROW) {
		snprintf(why, why_size, "\"%s\": line 1 %s", path, csv->why_text);
		return CAMP_ERR_INVALID;
	}
	csv->names = calloc((size_t)csv->n_fields, sizeof(*csv->names));
	if (!csv->names)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < csv->n_fields; i++) {
		if (csv->fields[i].len == 0) {
			snprintf(why, why_size, "\"%s\": column %d of line 1 has no name",
				 path, i + 1);
			return CAMP_ERR_INVALID;
		}
		if (csv_column(csv, csv->fields[i].text) >= 0) {
			snprintf(why, why_size,
				 "\"%s\": line 1 names two columns \"%.60s\"", path,
				 csv->fields[i].text);
			return CAMP_ERR_INVALID;
		}
		csv->names[i] = strdup(csv->fields[i].text);
		if (!csv->names[i])
			return CAMP_ERR_MEMORY;
		csv->n_columns++;
	}
	return CAMP_OK;
}

enum camp_err
csv_open(struct csv **out, const char *path, char *why, size_t why_size)
{
	struct csv *csv = calloc(1, sizeof(*csv));
	enum camp_err err = CAMP_ERR_MEMORY;

	*out = NULL;
	snprintf(why, why_size, "%s", camp_err_title(CAMP_ERR_MEMORY));
	if (csv)
		err = open_file(csv, path, why, why_size);
	if (err == CAMP_OK)
		err = read_header(csv, path, why, why_size);
	if (err != CAMP_OK) {
		csv_close(csv);
		return err;
	}
	*out = csv;
	why[0] = '\0';
	return CAMP_OK;
}

void
csv_close(struct csv *csv)
{
	if (!csv)
		return;
	if (csv->file)
		gzclose(csv->file);
	for (int i = 0; i < csv->n_columns; i++)
		free(csv->names[i]);
	free(csv->names);
	free(csv);
}

int
csv_columns(const struct csv *csv)
{
	return csv->n_columns;
}

const char *
csv_column_name(const struct csv *csv, int column)
{
	return csv->names[column];
}

int
csv_column(const struct csv *csv, const char *name)
{
	for (int i = 0; i < csv->n_columns; i++) {
		if (strcmp(csv->names[i], name) == 0)
			return i;
	}
	return -1;
}

enum csv_status
csv_next(struct csv *csv, const struct csv_field **fields)
{
	enum csv_status status = next_record(csv, csv->n_columns);

	*fields = status == CSV_ROW ? csv->fields : NULL;
	return status;
}

uint64_t
csv_line(const struct csv *csv)
{
	return csv->line;
}

const char *
csv_why(const struct csv *csv)
{
	return csv->why_text;
}

void
csv_progress(const struct csv *csv, uint64_t *read, uint64_t *size)
{
	z_off_t at = gzoffset(csv->file);

	*read = at > 0 ? (uint64_t)at : 0;
	*size = csv->size;
}
