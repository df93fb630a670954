/** A fixed list of names and their look-up: open addressing, three quarters empty. */
#ifndef MODELS_TASKS_NAMES_H
#define MODELS_TASKS_NAMES_H

#include "models/tasks/definition.h"

/**
 * Makes the look-up of names[0..n), all different and at most TASK_LABEL_MAX long; it
 * borrows the texts. Errors: MEMORY, with *table left empty.
 */
CAMP_MUST_CHECK enum camp_err
task_names_init(struct task_names *table, char *const *names, int n);
void task_names_clear(struct task_names *table);

/** The index of text[0..len), or -1. Safe on an empty table. */
int task_names_find(const struct task_names *table, const char *text, size_t len);

#endif
