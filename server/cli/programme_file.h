/** A programme's document from a file, checked against the definitions of tasks_dir. */
#ifndef SERVER_CLI_PROGRAMME_FILE_H
#define SERVER_CLI_PROGRAMME_FILE_H

#include "base/errors.h"
#include "db/programmes.h"
#include "models/programme/programme.h"

/**
 * Reads and checks FILE. *document is its text, the caller's. On failure both are NULL
 * and why holds one sentence with the file's name. Errors: NOT_FOUND, INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
programme_file_load(struct programme **out, char **document, const char *path,
		    const char *tasks_dir, char *why, size_t why_size);

/** The same of a text in memory; `name` stands for the file in messages. */
CAMP_MUST_CHECK enum camp_err
programme_text_load(struct programme **out, const char *document, const char *name,
		    const char *tasks_dir, char *why, size_t why_size);

/** What the database stores of it, with a seed; borrows from all three. */
struct db_programme_new programme_new(const struct programme *p, const char *document,
				      const char *names[PROGRAMME_BLOCK_MAX]);

#endif
