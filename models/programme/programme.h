/**
 * A cohort's programme: phases of sessions, what each plays, and the arms of a study.
 *
 * It is one JSON document; docs/programmes.md describes its members. Pure data, read once
 * and then constant.
 */
#ifndef MODELS_PROGRAMME_PROGRAMME_H
#define MODELS_PROGRAMME_PROGRAMME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/tasks/definition.h"

#define PROGRAMME_JSON_MAX (128 * 1024)
#define PROGRAMME_NAME_MAX 31 /* bytes of a phase's or an arm's name */
#define PROGRAMME_ARMS_MAX 16
#define PROGRAMME_BLOCK_MAX 64 /* sum of the arms' weights */
#define PROGRAMME_PHASES_MAX 16
#define PROGRAMME_SESSIONS_MAX 400 /* of a phase */
#define PROGRAMME_TASKS_MAX 12     /* of a session, and of a pool */
#define PROGRAMME_ITEM_MAX 47      /* bytes of "training-2-1" */

enum programme_order { ORDER_FIXED, ORDER_COUNTERBALANCED, ORDER_RANDOM };

/* What becomes of sessions that a week wanted and did not get. */
enum programme_roll_over {
	ROLL_EXTEND,   /* later, at the same pace: the phase takes longer */
	ROLL_CATCH_UP, /* later, in addition to those of that week */
	ROLL_DROP      /* never: the week's end takes them away */
};

struct programme_arm {
	char name[PROGRAMME_NAME_MAX + 1];
	int weight;
};

struct programme_task {
	char name[TASK_NAME_MAX + 1];
	int minutes;
	const json_t *parameters; /* object of integers, or NULL; borrowed from root */
};

struct programme_phase {
	char name[PROGRAMME_NAME_MAX + 1];
	const json_t *title; /* borrowed from root */
	int sessions;
	int per_week;      /* 0: as many as one likes */
	int min_gap_hours; /* from one session's end to the next one's beginning */
	int after_days;    /* from the end of the phase before, or from joining */
	uint32_t arms;     /* bit a: arm a takes part */
	enum programme_order order;
	enum programme_roll_over roll_over;
	int pick; /* so many of the tasks in each session; 0: all of them */
	int n_tasks;
	struct programme_task tasks[PROGRAMME_TASKS_MAX];
};

struct programme {
	json_t *root;
	const json_t *title; /* borrowed from root */
	/* Of all that is drawn. Unless the document gives one it is drawn itself, by
	 * whoever stores the document, so that nobody can tell the arms beforehand. */
	uint32_t seed;
	bool seed_given;
	bool free_practice;
	int n_arms; /* 0: everyone does the same */
	struct programme_arm arms[PROGRAMME_ARMS_MAX];
	int n_phases;
	struct programme_phase phases[PROGRAMME_PHASES_MAX];
};

/** The definition of that task that sessions use, or NULL. */
typedef const struct task_definition *
programme_find_fn(const void *arg, const char *task);

/**
 * Parses and checks a document. With `find`, every task must be known and its parameters
 * within the definition's ranges; without (NULL), as for one that was stored and checked
 * before, tasks are taken as they are. On failure *out is NULL and why holds one sentence
 * with the JSON pointer of what is wrong, or line and column when it is no JSON.
 * Errors: INVALID, MEMORY. Does not keep json.
 */
CAMP_MUST_CHECK enum camp_err
programme_parse(struct programme **out, const char *json, size_t len,
		programme_find_fn *find, const void *arg, char *why, size_t why_size);
void programme_free(struct programme *p);

/** The arm's number, or -1. */
int programme_arm_find(const struct programme *p, const char *name);

/**
 * One block of the randomisation: each arm's number as often as its weight says. Blocks
 * are shuffled and dealt out in order of joining (db/programmes_sql.h). Returns its
 * length, 0 without arms.
 */
int programme_block(const struct programme *p, int block[PROGRAMME_BLOCK_MAX]);

/** Whether an arm (-1: none) takes part in the phase. */
bool programme_phase_applies(const struct programme_phase *phase, int arm);

/**
 * "training-2-1": phase, number of the session and of the item from 1.
 * programme_item_read() is false for anything else.
 */
void programme_item_write(char out[PROGRAMME_ITEM_MAX + 1], const char *phase, int number,
			  int item);
bool programme_item_read(const char *text, char phase[PROGRAMME_NAME_MAX + 1],
			 int *number, int *item);

#endif
