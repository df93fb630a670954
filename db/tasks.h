/** The task registry: the names behind the codes of stored trials. */
#ifndef DB_TASKS_H
#define DB_TASKS_H

#include <libpq-fe.h>
#include <stddef.h>

#include "base/errors.h"

struct db_task {
	const char *name;
	int version;
	int n_conditions, n_responses;
	const char *const *conditions, *const *responses;
	const char *definition_json;
};

/**
 * Enters a version of a task, or checks that the one entered before is the same but for
 * texts that people read (title, summary, instructions, label, description, notes,
 * reason, source, sources; within stimuli: notes), which are then replaced: a translation
 * changes no trial. The connection must be allowed to take role camp_owner and be outside
 * a transaction.
 *
 * Errors: INVALID (an edited definition of an entered version; why holds a sentence),
 * UNAVAILABLE, STORAGE_FULL, FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_task_register(PGconn *conn, const struct db_task *task, char *why, size_t why_size);

/**
 * Calls each(arg, definition) for every registered version; a code other than CAMP_OK
 * ends it and is returned. Errors: as db_exec().
 */
CAMP_MUST_CHECK enum camp_err
db_tasks_each(PGconn *conn, enum camp_err (*each)(void *arg, const char *definition_json),
	      void *arg);

#endif
