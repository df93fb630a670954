/**
 * Reads CSV strictly: RFC 4180, UTF-8, a header line, every record as wide as the header.
 *
 * Plain and gzip files are read alike, in constant memory. Lines end with LF or CRLF; a
 * byte order mark before the header is skipped. A malformed record is answered with its
 * line number and a reason, and reading goes on at the next line.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define CSV_RECORD_BYTES_MAX 65536
#define CSV_COLUMNS_MAX 256

struct csv;

/* Zero-terminated, too (a NUL byte in the file is malformed). */
struct csv_field {
	const char *text;
	size_t len;
};

enum csv_status {
	CSV_ROW,      /* a record */
	CSV_END,      /* the file ended where a record may end */
	CSV_BAD_LINE, /* csv_line() and csv_why() tell; csv_next() may go on */
	CSV_FAILED,   /* the file cannot be read on, csv_why() tells */
};

/**
 * Opens a file ("-": standard input) and reads its header. On failure *out is NULL and
 * why holds one sentence. Errors: NOT_FOUND (cannot be opened), INVALID (header), FAULT
 * (reading), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
csv_open(struct csv **out, const char *path, char *why, size_t why_size);
void csv_close(struct csv *csv);

/** The columns of the header, which stay until csv_close(). */
int csv_columns(const struct csv *csv);
const char *csv_column_name(const struct csv *csv, int column);
/** The column of that name, or -1. */
int csv_column(const struct csv *csv, const char *name);

/** Reads a record; *fields (csv_columns() of them) is borrowed until the next call. */
enum csv_status csv_next(struct csv *csv, const struct csv_field **fields);

/** The line where the last record begins, from 1 (the header's line). */
uint64_t csv_line(const struct csv *csv);
/** Why the last csv_next() did not give a record; without the line number. */
const char *csv_why(const struct csv *csv);

/** The file's size on disk and how much of it was read, for a progress bar; 0: unknown.
 */
void csv_progress(const struct csv *csv, uint64_t *read, uint64_t *size);

#endif
