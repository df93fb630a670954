/** Task definitions read by the verbs from tasks_dir. */
#ifndef SERVER_CLI_TASK_FILE_H
#define SERVER_CLI_TASK_FILE_H

#include <stddef.h>

#include "base/errors.h"
#include "db/tasks.h"
#include "models/tasks/definition.h"

/**
 * Reads TASKS_DIR/NAME/task.json. On failure *out is NULL and why holds one sentence.
 * Errors: NOT_FOUND, INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
task_file_load(struct task_definition **out, const char *tasks_dir, const char *name,
	       char *why, size_t why_size);

/**
 * What db_task_register() wants of a definition; it borrows from it. The caller frees the
 * names: free((void *)out->conditions). MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
task_file_row(struct db_task *out, const struct task_definition *def);

#endif
