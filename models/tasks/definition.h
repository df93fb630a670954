/** A task's definition (tasks/NAME/task.json) as the server and the scorers use it. */
#ifndef MODELS_TASKS_DEFINITION_H
#define MODELS_TASKS_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/adaptive/config.h"

#define TASK_NAME_MAX 31
#define TASK_LABEL_MAX \
	47 /* bytes of a condition's, response's, parameter's, score's name */
#define TASK_NAMES_MAX 256 /* conditions, and responses, a definition may have */
#define TASK_JSON_MAX (256 * 1024)

struct task_condition {
	char *name;      /* "incongruent", "absent-6" */
	double set_size; /* factor "set_size"; NAN when the task has none */
	bool target;     /* factor "target" is "present" */
};

/* The one value that the definition fixes for each exclusion rule; NAN: rule not used. */
struct task_exclusions {
	bool blurred;     /* drop trials during which the page lost focus */
	double rt_min_ms; /* "rt_fast": drop faster responses */
	double rt_max_ms; /* "rt_slow": drop slower responses */
	double rt_mad;    /* "rt_outlier": drop |RT - median| > this many scaled MADs */
	double accuracy_min; /* "accuracy": session unusable below this share correct */
	double omission_max; /* "omissions": ... above this share without response */
	double t1_accuracy_min; /* "t1_accuracy": ... below this share of first targets
				   named */
	double catch_max; /* "catch": ... above this share of failed attention checks */
};

/* An integer that a session may set; parameters of type integer_set are the client's. */
struct task_parameter {
	char *name;
	int standard, min, max;
};

/* A hash table of names; see models/tasks/names.h. */
struct task_names {
	size_t mask; /* slots - 1 */
	struct task_names_slot {
		const char *name; /* borrowed; NULL: free */
		uint16_t len;
		int16_t code;
	} * slots;
};

struct task_definition {
	char name[TASK_NAME_MAX + 1];
	int version;
	struct task_condition *conditions;
	int n_conditions;
	char **responses;
	int n_responses;
	struct task_parameter *parameters;
	int n_parameters;
	char primary_score[TASK_LABEL_MAX + 1]; /* what a page shows first; "": none */
	/* Its sd between people in tasks/NAME/reference.json; NAN: not known. Set by who
	 * reads that file. */
	double primary_sd;
	struct task_exclusions exclusions;
	bool adapts; /* the difficulty of its trials follows the person: */
	struct adaptive_config adaptive;
	struct task_names condition_names, response_names;
	char *json; /* the text as served */
	size_t json_len;
};

/**
 * Parses and checks a definition by the rules of tasks/README.md, with texts in four
 * languages. On failure *out is NULL and why holds one sentence with the JSON pointer of
 * what is wrong, or line and column when it is not JSON. Errors: INVALID, MEMORY (which
 * jansson often takes for a syntax error: INVALID). Does not keep json.
 */
CAMP_MUST_CHECK enum camp_err
task_definition_parse(struct task_definition **out, const char *json, size_t len,
		      char *why, size_t why_size);
/** The same of a definition kept from earlier, when fewer languages were demanded. */
CAMP_MUST_CHECK enum camp_err
task_definition_parse_kept(struct task_definition **out, const char *json, size_t len,
			   char *why, size_t why_size);
void task_definition_free(struct task_definition *def);

/** The code of a name, or -1. Called for every trial: a hash look-up. */
int task_condition_code(const struct task_definition *def, const char *name, size_t len);
/** The same of a zero-terminated name. */
int task_condition_named(const struct task_definition *def, const char *name);
int task_response_code(const struct task_definition *def, const char *name, size_t len);

/** The integer parameter of that name, or NULL. */
const struct task_parameter *
task_parameter_find(const struct task_definition *def, const char *name);

#endif
