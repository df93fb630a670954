/**
 * The task definitions that this process serves and scores: the current version of each
 * from tasks/NAME/task.json, and earlier versions from the database, as a device may send
 * trials of a session that began before an upgrade.
 */
#ifndef SERVER_TASK_REGISTRY_H
#define SERVER_TASK_REGISTRY_H

#include <stddef.h>

#include "base/errors.h"
#include "models/tasks/definition.h"

struct assets;
struct task_registry;

#define TASK_REGISTRY_MAX 256

/** Reads DIR/NAME/task.json. Errors: NOT_FOUND, INVALID, MEMORY; one sentence in why. */
CAMP_MUST_CHECK enum camp_err
task_registry_load(struct task_registry **out, const char *dir, char *why,
		   size_t why_size);

/** Adds an earlier version, unless that version is there. INVALID, MEMORY. */
CAMP_MUST_CHECK enum camp_err
task_registry_add(struct task_registry *tasks, const char *json, size_t len, char *why,
		  size_t why_size);

/** That version, or NULL. */
const struct task_definition *
task_registry_find(const struct task_registry *tasks, const char *name, int version);

/** The newest version, or NULL. */
const struct task_definition *
task_registry_current(const struct task_registry *tasks, const char *name);

/** All of them, i < count, sorted by name and version. */
size_t task_registry_count(const struct task_registry *tasks);
const struct task_definition *
task_registry_at(const struct task_registry *tasks, size_t i);

/** Publishes /api/v1/tasks and /api/v1/tasks/NAME among the assets. MEMORY. */
CAMP_MUST_CHECK enum camp_err
task_registry_publish(const struct task_registry *tasks, struct assets *assets);

void task_registry_free(struct task_registry *tasks);

#endif
