/**
 * What the readers of CSV rows share: the grammar of their fields, and the list of what
 * is wrong with a file, one sentence a line of it.
 */
#ifndef SERVER_CLI_ROW_TEXT_H
#define SERVER_CLI_ROW_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/csv.h"

#define ROW_TEXT_SHOWN_SIZE 52
#define ROW_PROBLEMS_SHOWN 20

/** The field in a message: short, and without control characters. Returns out. */
const char *row_text_shown(const struct csv_field *field, char out[ROW_TEXT_SHOWN_SIZE]);

/** digits[.digits][e[+-]digits]: what strtod() takes, less signs, names, hex and blanks.
 */
bool row_text_is_decimal(const char *text);

struct row_problems {
	uint64_t n; /* all of them; the first few have text */
	char *text[ROW_PROBLEMS_SHOWN];
};

void row_problems_add(struct row_problems *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** The problems kept, to stderr, and how many more there are, without the first `seen`,
 * which were printed before. */
void row_problems_print(const struct row_problems *p, const char *path, uint64_t seen);
void row_problems_clear(struct row_problems *p);

#endif
