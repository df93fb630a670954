/** A task's definition (tasks/NAME/task.json) as the server and the scorers use it. */
#ifndef MODELS_TASKS_DEFINITION_H
#define MODELS_TASKS_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"

#define TASK_NAME_MAX 31
#define TASK_NAMES_MAX 256 /* conditions, and responses, a definition may have */

struct task_condition {
	char *name;      /* "incongruent", "absent-6" */
	double set_size; /* NAN when the task has none */
	bool target;     /* visual search: a target is present */
};

/* The one value that the definition fixes for each exclusion rule; NAN: rule not used. */
struct task_exclusions {
	double rt_min_ms;    /* drop faster responses */
	double rt_max_ms;    /* drop slower responses */
	double rt_mad;       /* drop |RT - median| > this many scaled MADs (1.4826 MAD) */
	double accuracy_min; /* session unusable below this share correct */
	double omission_max; /* session unusable above this share without response */
};

struct task_definition {
	char name[TASK_NAME_MAX + 1];
	int version;
	struct task_condition *conditions;
	int n_conditions;
	char **responses;
	int n_responses;
	struct task_exclusions exclusions;
	char *json; /* the text as served */
	size_t json_len;
};

/**
 * Parses and checks a definition. On failure *out is NULL and why holds one sentence with
 * the JSON pointer of what is wrong. Errors: INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
task_definition_parse(struct task_definition **out, const char *json, size_t len,
		      char *why, size_t why_size);
void task_definition_free(struct task_definition *def);

/** The code of a name, or -1. Called for every trial: a hash look-up. */
int task_condition_code(const struct task_definition *def, const char *name, size_t len);
int task_response_code(const struct task_definition *def, const char *name, size_t len);

#endif
