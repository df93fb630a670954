/**
 * What a model knows of tasks and conditions: their names and, from the training people,
 * each one's mean and sd of ln RT, its log odds of being correct and its response rate.
 *
 * Index 0 of tasks and of conditions is "unknown"; its figures are those of all trials. A
 * condition belongs to one task; two tasks may use the same name.
 */
#ifndef MODELS_ENGAGEMENT_VOCABULARY_H
#define MODELS_ENGAGEMENT_VOCABULARY_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/errors.h"
#include "models/engagement/sequence.h"

#define VOCABULARY_TASKS_MAX 4096
#define VOCABULARY_CONDITIONS_MAX 16384

struct vocabulary_figures {
	float mean, sd;      /* of ln(RT in s) */
	float log_odds;      /* of a correct trial */
	float response_rate; /* share of correct trials with a response */
};

struct vocabulary_condition {
	char *name;
	int task;
	struct vocabulary_figures figures;
};

struct vocabulary_task {
	char *name;
	struct vocabulary_figures figures;
};

struct vocabulary {
	int n_tasks, n_conditions; /* with the unknown ones, so at least 1 each */
	struct vocabulary_task *tasks;
	struct vocabulary_condition *conditions;
	/* Of the trials of training that have the parameter; sd 1 where none has. */
	float parameter_mean[SEQUENCE_PARAMETERS], parameter_sd[SEQUENCE_PARAMETERS];
};

/** Only the unknown task and condition. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err vocabulary_init(struct vocabulary *v);
void vocabulary_clear(struct vocabulary *v);
CAMP_MUST_CHECK enum camp_err
vocabulary_copy(struct vocabulary *to, const struct vocabulary *from);

/** The index of a name, added when new. Errors: INVALID (a control character, too many),
 * MEMORY. */
CAMP_MUST_CHECK enum camp_err
vocabulary_add_task(struct vocabulary *v, const char *name, int *task);
CAMP_MUST_CHECK enum camp_err vocabulary_add_condition(struct vocabulary *v, int task,
						       const char *name, int *condition);

/** 0 when it is not known. */
int vocabulary_task(const struct vocabulary *v, const char *name);
int vocabulary_condition(const struct vocabulary *v, int task, const char *name);

/** The figures of a trial: of its condition, else its task, else all. */
const struct vocabulary_figures *
vocabulary_figures(const struct vocabulary *v, int task, int condition);

/**
 * Names as text for a model file: a line a task, its name; a line a condition, its task's
 * index, a tab, its name; without the unknown ones. Reading refuses (INVALID) anything
 * else.
 */
void vocabulary_print_tasks(const struct vocabulary *v, struct buffer *out);
void vocabulary_print_conditions(const struct vocabulary *v, struct buffer *out);
CAMP_MUST_CHECK enum camp_err
vocabulary_read(struct vocabulary *v, const char *tasks, const char *conditions);

#endif
